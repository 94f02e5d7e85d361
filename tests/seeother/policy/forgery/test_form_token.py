# SPDX-License-Identifier: Apache-2.0
"""Tokens prove for whom a form was made, and when; forms of any shape can be looked into."""

from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import SettingsError
from seeother.message import Request
from seeother.policy.forgery.form_token import (
    SCAN_LIMIT,
    SKEW_SECONDS,
    TOKEN_FIELD,
    TOKEN_SECONDS,
    FormTokens,
    read_form_token,
)

OLD, NEW = "the old secret of it", "the new secret of it"
TOKENS = FormTokens((OLD,))
NOW = 1_800_000_000.0
NAME = TOKEN_FIELD.encode()


def form(kind: bytes) -> Request:
    """A form with this content type."""
    return Request("POST", "/orders", fields=((b"content-type", kind),))


URLENCODED = form(b"application/x-www-form-urlencoded; charset=utf-8")
MULTIPART = form(b"multipart/form-data; boundary=----WebKitFormBoundaryAbC")


def part(name: bytes, value: bytes, *, extra: bytes = b"", boundary: bytes = b"----WebKitFormBoundaryAbC") -> bytes:
    """One part as browsers write it."""
    return b'--%b\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n' % (boundary, name, extra, value)


END = b"------WebKitFormBoundaryAbC--\r\n"


def test_token_is_valid_for_whom_and_when_it_was_made() -> None:
    """For one principal, for a day."""
    token = TOKENS.mint(b"alice", NOW).encode()

    assert TOKENS.is_valid(token, b"alice", NOW)
    assert TOKENS.is_valid(token, b"alice", NOW + TOKEN_SECONDS)
    assert TOKENS.is_valid(token, b"alice", NOW - SKEW_SECONDS)
    assert not TOKENS.is_valid(token, b"alice", NOW + TOKEN_SECONDS + 1)
    assert not TOKENS.is_valid(token, b"alice", NOW - SKEW_SECONDS - 1)
    assert not TOKENS.is_valid(token, b"bob", NOW)
    assert not TOKENS.is_valid(token, b"", NOW)


def test_secrets_can_be_rotated() -> None:
    """The first signs, all verify, and a secret that is gone proves nothing."""
    old = TOKENS.mint(b"alice", NOW).encode()
    new = FormTokens((NEW, OLD)).mint(b"alice", NOW).encode()

    assert FormTokens((NEW, OLD)).is_valid(old, b"alice", NOW)
    assert FormTokens((NEW,)).is_valid(new, b"alice", NOW)
    assert not TOKENS.is_valid(new, b"alice", NOW)
    assert not FormTokens((NEW,)).is_valid(old, b"alice", NOW)


@pytest.mark.parametrize("secrets", [(), ("short",), (OLD, "short")])
def test_bad_secrets_are_refused(secrets: tuple[str, ...]) -> None:
    """The operator is told, once, at the start."""
    with pytest.raises(SettingsError, match="secrets"):
        FormTokens(secrets)


def test_two_tokens_have_nothing_in_common() -> None:
    """Nothing of a token repeats on the next page, so that compression cannot betray it."""
    first, second = (TOKENS.mint(b"alice", NOW) for _ in range(2))

    assert len(first) == len(second) == 48
    assert not {first[i : i + 8] for i in range(40)} & {second[i : i + 8] for i in range(40)}


@given(place=st.integers(0, 47), digit=st.sampled_from(b"ABCyz09-_"))
def test_no_digit_of_a_token_can_be_changed(place: int, digit: int) -> None:
    """There is no second way to write a token."""
    token = TOKENS.mint(b"alice", NOW).encode()
    changed = token[:place] + bytes([digit]) + token[place + 1 :]

    assert TOKENS.is_valid(changed, b"alice", NOW) is (changed == token)


@given(token=st.binary(max_size=60), principal=st.binary(), now=st.floats(0, 1e11))
def test_garbage_is_no_token(token: bytes, principal: bytes, now: float) -> None:
    """Whatever is sent, the answer is no and nothing is raised."""
    assert not TOKENS.is_valid(token, principal, now)


@given(principal=st.binary(), now=st.floats(0, 2**32 - 1), later=st.floats(0, TOKEN_SECONDS - 1))
def test_token_round_trips(principal: bytes, now: float, later: float) -> None:
    """For every principal, through both kinds of form."""
    token = TOKENS.mint(principal, now)

    for request, content in (
        (URLENCODED, urlencode({"a": "b", TOKEN_FIELD: token}).encode()),
        (MULTIPART, part(NAME, token.encode()) + END),
    ):
        read = read_form_token(request, content)
        assert read is not None
        assert TOKENS.is_valid(read, principal, now + later)


@pytest.mark.parametrize(
    ("content", "token"),
    [
        (b"seeother_token=t", b"t"),
        (b"a=1&seeother_token=t&b=2", b"t"),
        (b"seeother_token=t&seeother_token=t", b"t"),
        (b"seeother_token=t%2D", b"t-"),
        (b"seeother_token=t&seeother_token=u", None),
        (b"my_seeother_token=t", None),
        (b"a=seeother_token=t", None),
        (b"", None),
        (b"a=" + b"1" * SCAN_LIMIT + b"&seeother_token=t", None),
        (b"a=" + b"1" * (SCAN_LIMIT - 20) + b"&seeother_token=cut in two", None),
        (b"seeother_token=t&a=" + b"1" * SCAN_LIMIT, b"t"),
    ],
)
def test_urlencoded_form_is_looked_into(content: bytes, token: bytes | None) -> None:
    """The token is found wherever the first bytes have it whole, once."""
    assert read_form_token(URLENCODED, content) == token


@pytest.mark.parametrize(
    ("content", "token"),
    [
        (part(NAME, b"t") + END, b"t"),
        (b"preamble\r\n" + part(b"a", b"1") + part(NAME, b"t") + part(b"b", b"2") + END, b"t"),
        (part(b"file", b"\r\n\r\n--x", extra=b'; filename="a.png"') + part(NAME, b"t") + END, b"t"),
        (part(NAME, b"t") + part(NAME, b"t") + END, b"t"),
        (part(NAME, b"t") + part(b"a", b"x" * SCAN_LIMIT) + END, b"t"),
        (part(NAME, b"t").lower().replace(b"----webkitformboundaryabc", b"----WebKitFormBoundaryAbC") + END, b"t"),
        (part(NAME, b"t") + part(NAME, b"u") + END, None),
        (part(NAME, b"t", extra=b'; filename="a"') + END, None),
        (part(b"x" + NAME, b"t") + END, None),
        (part(b"a", b"1\r\n" + part(NAME, b"t", boundary=b"other")) + END, None),
        (part(NAME, b"t"), None),
        (part(NAME, b"cut off")[:-4], None),
        (part(NAME, b"t", boundary=b"----WebKitFormBoundaryAbCd") + END, None),
        (part(b"a", b"x" * SCAN_LIMIT) + part(NAME, b"t") + END, None),
        (b"--\r\n", None),
        (b"", None),
    ],
)
def test_multipart_form_is_looked_into(content: bytes, token: bytes | None) -> None:
    """As browsers write it; a file, a part within a part, one that was cut off and one further on are not read."""
    assert read_form_token(MULTIPART, content) == token


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (b'multipart/form-data; boundary="a b"', b"a b"),
        (b"Multipart/Form-Data; charset=utf-8; Boundary=ab ; x=y", b"ab"),
        (b"multipart/form-data; boundary=" + b"a" * 70, b"a" * 70),
        (b"multipart/form-data; boundary=" + b"a" * 71, None),
        (b"multipart/form-data; boundary=", None),
        (b"multipart/form-data", None),
        (b"multipart/form-data; myboundary=ab", None),
        (b"multipart/mixed; boundary=ab", None),
        (b"application/json", None),
        (b"", None),
    ],
)
def test_boundary_is_read_as_declared(kind: bytes, found: bytes | None) -> None:
    """Quoted or not, in any case, at most 70 characters (RFC 2046 section 5.1.1)."""
    boundary = found or b"ab"
    content = part(NAME, b"t", boundary=boundary) + b"--" + boundary + b"--"

    assert read_form_token(form(kind), content) == (None if found is None else b"t")


def test_form_without_a_type_has_no_token() -> None:
    """Nothing says how to read it."""
    assert read_form_token(Request("POST", "/"), b"seeother_token=t") is None


PIECES = st.lists(
    st.sampled_from(
        [b"--", b"\r\n", b"ab", b'name="', NAME, b'"', b":", b"Content-Disposition: form-data; ", b"=", b"&"]
    )
    | st.binary(max_size=8)
).map(b"".join)
KINDS = st.sampled_from([b"multipart/form-data; boundary=ab", b"application/x-www-form-urlencoded"]) | PIECES


@given(kind=KINDS, content=PIECES)
def test_any_form_can_be_looked_into(kind: bytes, content: bytes) -> None:
    """Nothing that is sent raises."""
    token = read_form_token(form(kind), content)

    assert token is None or len(token) <= len(content)


@given(value=st.binary(), other=st.binary())
def test_every_value_is_read_from_an_urlencoded_form(value: bytes, other: bytes) -> None:
    """What was encoded comes out."""
    content = f"a={quote_from_bytes(other)}&{TOKEN_FIELD}={quote_from_bytes(value)}&b=".encode()

    assert read_form_token(URLENCODED, content) == value
