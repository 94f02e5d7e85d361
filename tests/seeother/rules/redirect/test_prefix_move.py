# SPDX-License-Identifier: Apache-2.0
"""A language or a version before the path says nothing about the request."""

import pytest

from seeother.message import Request
from seeother.rules.redirect.prefix_move import is_prefix_move


@pytest.mark.parametrize(
    ("path", "location", "expected"),
    [
        ("/cart", b"/de/cart", True),
        ("/cart", b"/zh-Hans/cart/", True),
        ("/api", b"https://shop.example/v2/api", True),
        ("/", b"/en", True),
        ("/cart", b"/cart", False),
        ("/cart", b"/shop/cart", False),
        ("/cart", b"/de/carts", False),
        ("/cart", b"https://other.example/de/cart", False),
        ("/cart", b"javascript:x", False),
        ("/\ud800", b"//[", False),
    ],
)
def test_knows_a_prefix_from_another_resource(path: str, location: bytes, expected: bool) -> None:  # noqa: FBT001 - a table
    """Same origin, same path, and before it no more than a language or a version."""
    request = Request("GET", path, scheme="https", authority=b"shop.example")

    assert is_prefix_move(request, location) is expected
