# SPDX-License-Identifier: Apache-2.0
"""Sites, and the cookies that may leave them."""

import pytest
from httpx2 import Cookies, Request, Response

from seeother_shop.shoppers.site import nobodys_jar, own_jar, relation

SHOP = "http://127.0.0.1:8303"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, "none"),
        (f"{SHOP}/cart", "same-origin"),
        ("http://127.0.0.1:8305/pay", "same-site"),
        ("http://localhost:8305/pay", "cross-site"),
        ("https://127.0.0.1:8303/", "cross-site"),
    ],
)
def test_ports_do_not_make_a_site_but_hosts_do(source: str | None, expected: str) -> None:
    """The provider on `localhost` is a foreign site to the shop on `127.0.0.1`."""
    assert relation(source, f"{SHOP}/payments/return") == expected


@pytest.mark.parametrize(
    ("method", "site", "expected"),
    [
        ("POST", "same-origin", "lax=1; mute=1; small=1; strict=1"),
        ("GET", "none", "lax=1; mute=1; small=1; strict=1"),
        ("GET", "cross-site", "lax=1; mute=1; small=1"),
        ("POST", "cross-site", None),
    ],
)
def test_a_cross_site_post_carries_no_lax_cookie(method: str, site: str, expected: str | None) -> None:
    """SameSite decides as in a browser; no attribute counts as Lax."""
    cookies = Cookies(own_jar())
    answer = Response(200, request=Request("GET", SHOP))
    answer.headers = type(answer.headers)(
        [
            ("set-cookie", "lax=1; Path=/; SameSite=Lax"),
            ("set-cookie", "strict=1; Path=/; SameSite=Strict"),
            ("set-cookie", "small=1; Path=/; samesite=lax"),
            ("set-cookie", "mute=1; Path=/"),
        ]
    )
    cookies.extract_cookies(answer)

    request = Request(method, SHOP + "/payments/return", headers={"sec-fetch-site": site})
    cookies.set_cookie_header(request)

    sent = request.headers.get("cookie")
    assert (None if sent is None else "; ".join(sorted(sent.split("; ")))) == expected


def test_a_shared_pool_keeps_no_cookie() -> None:
    """What one shopper is given, another must never send."""
    cookies = Cookies(nobodys_jar())

    cookies.extract_cookies(Response(200, headers={"set-cookie": "a=1"}, request=Request("GET", SHOP)))

    assert len(cookies) == 0
