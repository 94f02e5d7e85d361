# SPDX-License-Identifier: Apache-2.0
"""The page that an answer shows."""

import pytest

from seeother.message import Exchange, Field, Request, ResponseHead
from seeother.rules.shown_page import is_page, shown_page

HTML: Field = (b"content-type", b"Text/HTML; charset=utf-8")


def exchange(content: bytes | None, *fields: Field) -> Exchange:
    """An answer with these fields and this content."""
    return Exchange(Request("GET", "/"), ResponseHead(200, fields), content)


def test_a_page_is_read() -> None:
    """What it links to can be asked."""
    page = shown_page(exchange(b"<a href=/cart>Cart</a>", HTML))

    assert page is not None
    assert page.links == ("/cart",)


@pytest.mark.parametrize(
    "other",
    [
        exchange(None, HTML),
        exchange(b"{}", (b"content-type", b"application/json")),
        exchange(b"<p>"),
        exchange(b"\x1f\x8b", HTML, (b"content-encoding", b"gzip")),
    ],
)
def test_what_cannot_be_read_is_no_page(other: Exchange) -> None:
    """Nothing kept, another type, no type, compressed."""
    assert shown_page(other) is None


def test_a_page_is_one_though_it_was_not_kept() -> None:
    """The field alone says so."""
    assert is_page(exchange(None, HTML))
    assert not is_page(exchange(b"<p>"))
