# SPDX-License-Identifier: Apache-2.0
"""Session cookies: known by name, and kept along a trail as a browser keeps them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Exchange, HttpDate, Request, ResponseHead, SetCookie
from seeother.rules.session_cookie import SessionJar, is_deletion, is_session_name, names_sent

SESSIONS = """
    sessionid session PHPSESSID JSESSIONID ASP.NET_SessionId ASPSESSIONIDABCDEFGH connect.sid laravel_session
    _myapp_session PLAY_SESSION user_session shop-session wordpress_logged_in_0a1b wp_woocommerce_session_0a1b
    auth_token access_token login_token jwt remember_token remember_user_token sid __Host-session __Secure-sid
    __Secure-next-auth.session-token
"""
OTHERS = """
    csrftoken XSRF-TOKEN cart theme lang journey __Host-journey author obsession sessionless seen side inside_sidebar
    _ga _ga_session _hjSession_12 _hjSessionUser_3 ai_session amp_session __cf_bm _shopify_s _shopify_session
"""


def exchange(url: str, *, cookie: str = "", sets: str = "", at: float | None = None) -> Exchange:
    """A GET with cookies, and an answer that may set one."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    request = Request("GET", slash + path, b"", scheme, host.encode(), ((b"cookie", cookie.encode()),))
    fields = ((b"set-cookie", sets.encode()),) if sets else ()
    return Exchange(request, ResponseHead(200, fields), at=at)


@pytest.mark.parametrize("name", SESSIONS.split())
def test_a_session_is_known_by_its_name(name: str) -> None:
    """The names that frameworks and shops use."""
    assert is_session_name(name.encode())


@pytest.mark.parametrize("name", OTHERS.split())
def test_what_measures_or_protects_is_no_session(name: str) -> None:
    """Nobody is logged out when one of these is lost."""
    assert not is_session_name(name.encode())


@pytest.mark.parametrize(
    ("sets", "deleted"),
    [
        ("sid=1; Max-Age=0", True),
        ("sid=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("sid=x; Expires=Fri, 01 Jan 2100 00:00:00 GMT", False),
        ("sid=", True),
        ("sid=1", False),
    ],
)
def test_a_deletion_is_known(sets: str, *, deleted: bool) -> None:
    """By its age, by its date, or by its empty value."""
    jar = SessionJar()
    jar.take(0, exchange("https://shop.example/", sets="sid=0"))
    jar.take(1, exchange("https://shop.example/", sets=sets))

    assert bool(jar.missing(exchange("https://shop.example/"))) is not deleted


def test_a_date_is_compared_with_the_time_where_that_is_known() -> None:
    """What expired an hour ago is gone."""
    cookie = SetCookie(b"sid", b"x", expires=HttpDate(1e9, is_weekday_right=True))

    assert is_deletion(cookie, 1e9 + 3600)
    assert not is_deletion(cookie, 1e9 - 3600)
    assert not is_deletion(cookie)


@pytest.mark.parametrize(
    ("sets", "url", "belongs"),
    [
        ("sid=1", "https://shop.example/cart", True),
        ("sid=1", "https://SHOP.example:8443/cart", True),
        ("sid=1", "https://www.shop.example/cart", False),
        ("sid=1; Domain=shop.example", "https://www.shop.example/cart", True),
        ("sid=1; Domain=shop.example", "https://eshop.example/cart", False),
        ("sid=1; Path=/cart", "https://shop.example/cart/7", True),
        ("sid=1; Path=/cart", "https://shop.example/cartography", False),
        ("sid=1; Secure", "http://shop.example/", False),
        ("theme=1", "https://shop.example/", False),
        ("sid=\x01", "https://shop.example/", False),
    ],
)
def test_a_cookie_goes_where_it_belongs(sets: str, url: str, *, belongs: bool) -> None:
    """Host, path and scheme decide, not the port."""
    jar = SessionJar()
    jar.take(0, exchange("https://shop.example/", sets=sets))

    assert [kept.set_by for kept in jar.missing(exchange(url))] == ([0] if belongs else [])
    assert not jar.sent(exchange(url))
    assert [kept.set_by for kept in jar.sent(exchange(url, cookie="a=b; sid=1"))] == ([0] if belongs else [])


def test_a_cookie_grows_old() -> None:
    """Both Max-Age and Expires end it, where the times are known."""
    jar = SessionJar()
    jar.take(0, exchange("https://shop.example/", sets="sid=1; Max-Age=60", at=1000.0))
    jar.take(1, exchange("https://shop.example/", sets="session=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", at=1000.0))

    assert len(jar.missing(exchange("https://shop.example/", at=1059.0))) == 2
    assert len(jar.missing(exchange("https://shop.example/", at=1060.0))) == 1
    assert len(jar.missing(exchange("https://shop.example/", at=5e9))) == 0
    assert len(jar.missing(exchange("https://shop.example/"))) == 2


def test_a_cookie_without_a_path_belongs_to_its_folder() -> None:
    """`/shop/cart` sets it for `/shop`."""
    jar = SessionJar()
    jar.take(0, exchange("https://shop.example/shop/cart", sets="sid=1"))

    assert jar.missing(exchange("https://shop.example/shop/pay"))
    assert not jar.missing(exchange("https://shop.example/blog"))


@given(st.binary(max_size=60), st.binary(max_size=60), st.text(max_size=10))
def test_never_raises(sets: bytes, sent: bytes, path: str) -> None:
    """Whatever a peer sends, the jar takes it."""
    request = Request("GET", path, b"", "https", sent, ((b"cookie", sent),))
    seen = Exchange(request, ResponseHead(200, ((b"set-cookie", sets), (b"set-cookie", b"sid=" + sets))))

    jar = SessionJar()
    jar.take(0, seen)

    assert len(jar.missing(seen)) + len(jar.sent(seen)) <= 2
    assert names_sent(request) is not None
