# SPDX-License-Identifier: Apache-2.0
"""Links for a browser: well-formed whatever they lead to, or refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import CallerError
from seeother.policy import preconnect, preload


def test_preload_names_the_use() -> None:
    """A browser fetches early only what it knows the use of."""
    assert preload("/shop.css", "style").to_field() == b"</shop.css>; rel=preload; as=style"


def test_font_is_fetched_with_cors() -> None:
    """Without crossorigin a font would be fetched twice."""
    field = preload("/tea.woff2", "font", crossorigin=True).to_field()

    assert field == b"</tea.woff2>; rel=preload; as=font; crossorigin"


def test_preconnect_leads_to_an_origin() -> None:
    """The way to the payment provider can be opened while the order is being written down."""
    assert preconnect("https://pay.example").to_field() == b"<https://pay.example>; rel=preconnect"


@pytest.mark.parametrize(
    ("href", "written"),
    [
        ("/a>; rel=stylesheet, </b", b"</a%3E;%20rel=stylesheet,%20%3C/b>"),
        ('/a"b', b"</a%22b>"),
        ("/茶.css", b"</%E8%8C%B6.css>"),
        ("/%E8%8C%B6.css?v=1&x=[2]#f", b"</%E8%8C%B6.css?v=1&x=[2]#f>"),
    ],
)
def test_reference_cannot_leave_its_brackets(href: str, written: bytes) -> None:
    """What may not stand in a URI is percent-encoded; what is encoded already stays."""
    assert preload(href, "style").to_field().startswith(written + b";")


@pytest.mark.parametrize("href", ["", "/a\r\nset-cookie: x=1", "/a\tb", "/a\x00", "/a\x7f", "/\ud800"])
def test_unfit_reference_is_refused(href: str) -> None:
    """A control character would break the field, or lead a browser elsewhere than it seems."""
    with pytest.raises(CallerError, match="cannot be linked to"):
        preload(href, "style")


@pytest.mark.parametrize("use", ["", "Style", "style; x", "style\r\n"])
def test_unfit_use_is_refused(use: str) -> None:
    """A browser ignores a preload without a use that it knows."""
    with pytest.raises(CallerError, match="no destination"):
        preload("/a", use)


@given(st.text())
def test_any_text_makes_one_link_or_is_refused(href: str) -> None:
    """Whatever the reference, the field holds one link to it, or the caller hears of it."""
    try:
        field = preload(href, "style").to_field()
    except CallerError:
        return

    assert re.fullmatch(rb"<[!#-;=?-\[\]^_`a-z|~]+>; rel=preload; as=style", field)
