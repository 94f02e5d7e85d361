# SPDX-License-Identifier: Apache-2.0
"""Field lines are found, taken away and replaced by name, and their order is kept."""

from http.cookies import SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Field, Lines, cookie, every, first, media_type, replaced, without

NAMES = st.sampled_from([b"location", b"cookie", b"set-cookie", b"content-type", b"x-a"])
FIELDS = st.lists(st.tuples(NAMES, st.binary(max_size=20)), max_size=8)
TOKEN = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=8)
COOKIE_OCTETS = "!#$%&'()*+-./0123456789:<=>?@ABCXYZ[]^_`abcxyz{|}~"  # RFC 6265 section 4.1.1


@given(fields=FIELDS, name=NAMES)
def test_first_is_the_first_of_every(fields: list[Field], name: bytes) -> None:
    """`first` and `every` see the same lines."""
    values = every(fields, name)

    assert values == [value for key, value in fields if key == name]
    assert first(fields, name) == (values[0] if values else None)


@given(fields=FIELDS, name=NAMES)
def test_indexed_lines_answer_as_plain_ones(fields: list[Field], name: bytes) -> None:
    """An index changes no answer, whether a name stands twice or not; and the lines are the tuple that they were."""
    lines = Lines(fields)

    assert lines == tuple(fields)
    assert (first(lines, name), every(lines, name)) == (first(fields, name), every(fields, name))
    assert cookie(lines, b"x") == cookie(fields, b"x")
    assert media_type(lines) == media_type(fields)


@given(fields=FIELDS, name=NAMES)
def test_without_leaves_the_others_in_order(fields: list[Field], name: bytes) -> None:
    """Taking a field away takes all its lines and no other."""
    assert without(fields, name) == tuple(field for field in fields if field[0] != name)


@given(fields=FIELDS, name=NAMES, value=st.binary(max_size=9))
def test_replaced_leaves_exactly_one(fields: list[Field], name: bytes, value: bytes) -> None:
    """One line remains, at the place of the first, and the others are as they were."""
    result = replaced(fields, name, value)

    assert every(result, name) == [value]
    assert without(result, name) == without(fields, name)
    place = next((index for index, field in enumerate(fields) if field[0] == name), len(without(fields, name)))
    assert result[place] == (name, value)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([b"journey=a"], b"a"),
        ([b"other=1; journey=a; journey=b"], b"a"),
        ([b"other=1", b"journey=a"], b"a"),  # HTTP/2 may send one line a pair (RFC 9113 section 8.2.3)
        ([b"journey_old=1; xjourney=2"], None),
        ([b"other=journey"], None),
        ([b"other=x;journey=a"], b"a"),
        ([b" journey = a "], b"a"),
        ([b"journey=a=b="], b"a=b="),
        ([b"journey="], b""),
        ([b"journey"], None),
        ([b"Journey=a"], None),  # a cookie's name is case-sensitive
        ([b";;=;journey=a"], b"a"),
        ([], None),
    ],
)
def test_cookie_is_found_among_others(lines: list[bytes], expected: bytes | None) -> None:
    """The first pair of that very name counts, in whichever line it stands."""
    fields = [(b"cookie", line) for line in lines]

    assert cookie(fields, b"journey") == expected


def test_cookie_is_read_from_no_other_field() -> None:
    """A name that stands elsewhere is no cookie."""
    assert cookie([(b"set-cookie", b"journey=a"), (b"x-cookie", b"journey=a")], b"journey") is None


@given(
    pairs=st.lists(
        st.tuples(TOKEN, st.text(COOKIE_OCTETS, max_size=12)), min_size=1, max_size=6, unique_by=lambda pair: pair[0]
    )
)
def test_cookie_reads_what_the_standard_library_reads(pairs: list[tuple[str, str]]) -> None:
    """Every pair of a field line as browsers send it is found under its name."""
    line = "; ".join(f"{name}={value}" for name, value in pairs)
    read = {name: morsel.coded_value for name, morsel in SimpleCookie(line).items()}
    fields = [(b"cookie", line.encode())]

    for name, value in pairs:
        assert cookie(fields, name.encode()) == value.encode()
        assert read.get(name, value) == value


@given(line=st.binary(max_size=60), name=st.binary(max_size=6))
def test_cookie_takes_any_bytes(line: bytes, name: bytes) -> None:
    """Whatever a peer sends, there is an answer, and it is a part of what was sent."""
    value = cookie([(b"cookie", line)], name)

    assert value is None or value in line


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"text/html", b"text/html"),
        (b"Text/HTML; Charset=UTF-8", b"text/html"),
        (b" application/x-www-form-urlencoded ;x=1;y=2", b"application/x-www-form-urlencoded"),
        (b"", b""),
        (b";", b""),
    ],
)
def test_media_type_is_lower_case_without_parameters(value: bytes, expected: bytes) -> None:
    """What is compared is the type alone."""
    assert media_type([(b"content-type", value)]) == expected


def test_media_type_of_nothing_is_empty() -> None:
    """An undeclared type is no type."""
    assert media_type([(b"accept", b"text/html")]) == b""


@given(value=st.binary(max_size=40))
def test_media_type_takes_any_bytes(value: bytes) -> None:
    """Whatever a peer declares, the answer is normalised: read again it is the same."""
    kind = media_type([(b"content-type", value)])

    assert b";" not in kind
    assert kind == media_type([(b"content-type", kind)])
