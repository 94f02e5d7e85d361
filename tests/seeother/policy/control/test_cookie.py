# SPDX-License-Identifier: Apache-2.0
"""Cookies for an answer: read by a browser as they were meant, or refused at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import CallerError
from seeother.message import SetCookie, read_set_cookie
from seeother.policy import SameSite
from seeother.policy.control.cookie import to_set_cookie


def test_cookie_is_lax_and_out_of_reach_of_scripts() -> None:
    """What nobody says is the safe choice; SameSite is always written."""
    assert to_set_cookie("basket", "b7") == b"basket=b7; Path=/; HttpOnly; SameSite=Lax"


def test_every_attribute_is_written() -> None:
    """A browser reads each attribute as it was given."""
    line = to_set_cookie(
        "basket",
        "b7",
        path="/orders",
        domain="shop.example",
        max_age=600,
        same_site=SameSite.NONE,
        secure=True,
        http_only=False,
    )

    assert read_set_cookie(line) == SetCookie(
        b"basket", b"b7", b"/orders", b"shop.example", b"none", max_age=600, secure=True
    )


@pytest.mark.parametrize(
    ("cookie", "why"),
    [
        ({"name": "a b"}, "a token"),
        ({"name": ""}, "a token"),
        ({"value": "1;2"}, "only ASCII"),
        ({"value": "x\r\nset-cookie: y=1"}, "only ASCII"),
        ({"value": "茶"}, "only ASCII"),
        ({"value": "x" * 4096}, "4096 bytes"),
        ({"path": "orders"}, "begin with a slash"),
        ({"path": "/; domain=evil.example"}, "begin with a slash"),
        ({"path": "/" + "x" * 1024}, "1024 bytes"),
        ({"domain": "evil.example; path=/"}, "no domain"),
        ({"domain": ""}, "no domain"),
        ({"domain": "x" * 1025}, "1024 bytes"),
        ({"same_site": SameSite.NONE}, "secure=True"),
        ({"name": "__Host-basket"}, "secure=True"),
        ({"name": "__secure-basket"}, "secure=True"),
        ({"name": "__Host-basket", "secure": True, "path": "/orders"}, "path='/'"),
        ({"name": "__Host-basket", "secure": True, "domain": "shop.example"}, "no domain"),
    ],
)
def test_cookie_that_a_browser_would_drop_is_refused(cookie: dict[str, object], why: str) -> None:
    """The caller hears at once what the browser would never say."""
    given_: dict[str, object] = {"name": "basket", "value": "b7"} | cookie

    with pytest.raises(CallerError, match=why):
        to_set_cookie(**given_)  # type: ignore[arg-type]  # the cases differ in which argument is wrong


@given(st.text(), st.text(), st.text(max_size=20), st.none() | st.text(max_size=20))
def test_any_cookie_is_read_as_meant_or_refused(name: str, value: str, path: str, domain: str | None) -> None:
    """No text makes a cookie of another name, value, path or domain, or one that a browser drops."""
    try:
        line = to_set_cookie(name, value, path=f"/{path}", domain=domain)
    except CallerError:
        return

    read = read_set_cookie(line)

    assert read is not None
    assert (read.name, read.value, read.path) == (name.encode(), value.encode(), f"/{path}".strip().encode())
    assert read.domain == (domain.removeprefix(".").lower().encode() if domain is not None else None)
    assert (read.same_site, read.http_only) == (b"lax", True)
