# SPDX-License-Identifier: Apache-2.0
"""Routing moves and what only looks like one."""

import pytest

from seeother.message import Request
from seeother.rules.routing_move import is_routing_move


def asked(path: str = "/orders", query: bytes = b"", authority: bytes = b"shop.example") -> Request:
    """A POST to the shop."""
    return Request("POST", path, query=query, scheme="https", authority=authority)


@pytest.mark.parametrize(
    ("request_", "location"),
    [
        (asked(), b"/orders/"),
        (asked("/orders/"), b"/orders"),
        (asked("/orders/"), b"../orders"),
        (asked("//orders"), b"/orders"),
        (asked(), b"http://shop.example/orders"),
        (asked(), b"https://www.shop.example/orders/"),
        (asked(), b"//pay.example/orders"),
        (asked(), b"https://shop.example:8443/orders"),
        (asked(query=b"a=1"), b"/orders/?a=1"),
        (asked("/caf\u00e9"), b"/caf%C3%A9/"),
        (asked("/a?b#c"), b"/a%3Fb%23c/"),
    ],
)
def test_same_resource_elsewhere_is_a_routing_move(request_: Request, location: bytes) -> None:
    """Slashes, scheme and host may differ."""
    assert is_routing_move(request_, location)


@pytest.mark.parametrize(
    ("request_", "location"),
    [
        (asked(), b"/orders/7"),
        (asked(), b"/Orders"),
        (asked(), b""),
        (asked(), b"/orders"),
        (asked(), b"#top"),
        (asked(), b"https://SHOP.example:443/orders"),
        (asked(authority=b"shop.example:443"), b"https://shop.example/orders"),
        (asked(), b"https://someone@shop.example/orders"),
        (asked("/caf\u00e9"), b"/caf%C3%A9"),
        (asked(), b"/orders/?a=1"),
        (asked(query=b"a=1"), b"/orders/"),
        (asked(query=b"a=1"), b"?a=2"),
        (asked("/"), b"https://shop.example"),
        (asked(), b"shop-app://shop.example/orders"),
        (asked(), b"https://[/orders/"),
    ],
)
def test_everything_else_answers_an_action(request_: Request, location: bytes) -> None:
    """Another path or query, another kind of target, or the very same address."""
    assert not is_routing_move(request_, location)
