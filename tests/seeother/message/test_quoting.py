# SPDX-License-Identifier: Apache-2.0
"""Quoted strings keep their commas, and cost linear time whatever stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message.quoting import has_open_quote, parts_of, quoted, unquoted

HOSTILE = st.binary(max_size=40) | st.text('a ,;="\\', max_size=30).map(str.encode)


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        (b"", []),
        (b"a", [b"a"]),
        (b" a ,, b\t,", [b"a", b"b"]),
        (b'a="1,2", b', [b'a="1,2"', b"b"]),
        (b'"a\\",b", c', [b'"a\\",b"', b"c"]),
        (b'"a, b', [b'"a, b']),
        (b'"a\\', [b'"a\\']),
        (b'a"b,c"d,e', [b'a"b,c"d', b"e"]),
    ],
)
def test_commas_in_quotes_part_nothing(value: bytes, parts: list[bytes]) -> None:
    """An open quote runs to the end."""
    assert parts_of(value, b",") == parts


@given(contents=st.lists(st.binary(max_size=8), max_size=5))
def test_quoted_contents_come_back(contents: list[bytes]) -> None:
    """Whatever bytes they are."""
    line = b", ".join([quoted(content) for content in contents])

    assert [unquoted(part) for part in parts_of(line, b",")] == contents
    assert not has_open_quote(line)


@given(value=HOSTILE, separator=st.sampled_from([b",", b";"]))
def test_any_bytes_are_parted(value: bytes, separator: bytes) -> None:
    """No part is empty, and outside of quotes nothing but blanks is lost."""
    parts = parts_of(value, separator)

    assert all(parts)
    if b'"' not in value:
        assert parts == [part.strip(b" \t") for part in value.split(separator) if part.strip(b" \t")]


@given(value=HOSTILE)
def test_a_quote_is_open_when_another_would_close_it(value: bytes) -> None:
    """And one that is closed is not."""
    escapes = has_open_quote(value) and value.endswith(b"\\")

    assert not has_open_quote(value) or escapes or not has_open_quote(value + b'"')


@pytest.mark.parametrize("value", [b'"' * 100_001, b'"' + b'\\"' * 50_000 + b"\\", b'"a\\' * 30_000, b'a"' * 50_001])
def test_hostile_quotes_cost_linear_time(value: bytes) -> None:
    """The suite's own limit of time would stop anything quadratic."""
    parts_of(value, b",")
    has_open_quote(value)
