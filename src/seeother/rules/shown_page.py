# SPDX-License-Identifier: Apache-2.0
"""The page that an answer shows, where it shows one."""

from seeother.message import Exchange, first, media_type

from .html import Page, read_page

_PAGES = frozenset({b"text/html", b"application/xhtml+xml"})


def is_page(exchange: Exchange) -> bool:
    """Whether the answer is a page, kept or not."""
    return media_type(exchange.response.fields) in _PAGES


def shown_page(exchange: Exchange) -> Page | None:
    """The page in an answer; None where there is none, it was not kept, or it is compressed."""
    if exchange.content is None or not is_page(exchange):
        return None
    coding = first(exchange.response.fields, b"content-encoding") or b"identity"
    return read_page(exchange.content) if coding.strip().lower() == b"identity" else None
