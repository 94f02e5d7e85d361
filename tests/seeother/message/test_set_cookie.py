# SPDX-License-Identifier: Apache-2.0
"""Cookies are read as browsers read them."""

from http.cookies import SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import HttpDate, SetCookie, read_set_cookie

TOKENS = st.text("abcXYZ019-_", min_size=1, max_size=8)


def test_every_attribute_is_read() -> None:
    """Names in any case, blanks trimmed, the domain without its dot."""
    line = (
        b"__Host-id = a=b ; Path=/pay; domain=.Shop.example;SECURE; HttpOnly; SameSite=Lax; Max-Age=60;"
        b" Expires=Sun, 06 Nov 1994 08:49:37 GMT; Partitioned; Priority=High"
    )

    assert read_set_cookie(line) == SetCookie(
        b"__Host-id",
        b"a=b",
        path=b"/pay",
        domain=b"shop.example",
        same_site=b"lax",
        max_age=60,
        expires=HttpDate(784111777.0, is_weekday_right=True),
        secure=True,
        http_only=True,
        partitioned=True,
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"a=b", SetCookie(b"a", b"b")),
        (b"a=", SetCookie(b"a", b"")),
        (b"a", SetCookie(b"", b"a")),
        (b"=a", SetCookie(b"", b"a")),
        (b'a="b c"', SetCookie(b"a", b'"b c"')),
        (b"a=b;", SetCookie(b"a", b"b")),
        (b"a=b; SameSite=Lax; SameSite=None", SetCookie(b"a", b"b", same_site=b"none")),
        (b"a=b; SameSite=sometimes", SetCookie(b"a", b"b")),
        (b"a=b; SameSite", SetCookie(b"a", b"b")),
        (b"a=b; Path=pay", SetCookie(b"a", b"b")),
        (b"a=b; Path", SetCookie(b"a", b"b")),
        (b"a=b; Domain=", SetCookie(b"a", b"b")),
        (b"a=b; Max-Age=-1", SetCookie(b"a", b"b", max_age=-1)),
        (b"a=b; Max-Age=+1", SetCookie(b"a", b"b")),
        (b"a=b; Max-Age=1.5", SetCookie(b"a", b"b")),
        (b"a=b; Secure=false", SetCookie(b"a", b"b", secure=True)),
        (b"a=b; Path=/" + b"x" * 1024, SetCookie(b"a", b"b")),
        (b"a=" + b"b" * 4095, SetCookie(b"a", b"b" * 4095)),
        (b"a=b\t; Secure", SetCookie(b"a", b"b", secure=True)),
    ],
)
def test_what_a_browser_does_not_accept_is_left_out(line: bytes, expected: SetCookie) -> None:
    """Of an attribute that stands twice the last one counts."""
    assert read_set_cookie(line) == expected


@pytest.mark.parametrize(
    "line", [b"", b";", b" = ; Secure", b"a=b\r\nc=d", b"a=\x00", b"a=\x7f", b"a=" + b"b" * 4096, b"x" * 100_000]
)
def test_what_a_browser_drops_is_none(line: bytes) -> None:
    """Nothing in it, a control character, or too much of it."""
    assert read_set_cookie(line) is None


@given(
    name=TOKENS,
    value=TOKENS,
    path=st.sampled_from(["", "/", "/pay"]),
    age=st.none() | st.integers(0, 10**9),
    secure=st.booleans(),
    same_site=st.sampled_from(["", "Lax", "Strict", "None"]),
)
def test_what_the_standard_library_writes_is_read(
    name: str, value: str, *, path: str, age: int | None, secure: bool, same_site: str
) -> None:
    """Each attribute comes back."""
    jar: SimpleCookie = SimpleCookie({name: value})
    jar[name]["path"], jar[name]["samesite"], jar[name]["secure"] = path, same_site, secure
    jar[name]["max-age"] = "" if age is None else str(age)

    assert read_set_cookie(jar[name].OutputString().encode()) == SetCookie(
        name.encode(),
        value.encode(),
        path=path.encode() or None,
        same_site=same_site.lower().encode() or None,
        max_age=age,
        secure=secure,
    )


@given(line=st.binary(max_size=60) | st.text("a=;, /-samesitepahd", max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(line: bytes) -> None:
    """And name and value, written plainly, read back."""
    read = read_set_cookie(line)

    if read is not None:
        again = read_set_cookie(read.name + b"=" + read.value)
        assert again == SetCookie(read.name, read.value)
