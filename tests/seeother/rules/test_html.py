# SPDX-License-Identifier: Apache-2.0
"""What is read from a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.rules.html import Form, Page, read_page

PAGE = b"""<!doctype html><html><head><title>Checkout</title><link rel=stylesheet href=/s.css>
<script src="https://cdn.example/a.js"></script></head><body>
<form method=post action="/orders"><input type=hidden name=token value=1><button name=go>Buy</button></form>
<form><input name=q></form><input name=stray>
<a href="/cart">Cart</a><script>location.href = "/x"</script></body></html>"""


def test_reads_links_forms_loads_and_scripts() -> None:
    """Each thing is found once, with what it says."""
    assert read_page(PAGE) == Page(
        links=("/cart",),
        forms=(Form("POST", "/orders", frozenset({"token", "go"})), Form("GET", "", frozenset({"q"}))),
        refresh=None,
        loads=("/s.css", "https://cdn.example/a.js"),
        script='location.href = "/x"',
        has_text=True,
    )


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0;url=/next", "/next"),
        ("3; URL='/next'", "/next"),
        ("5", ""),
        ("1.5, /next", "/next"),
        ("0;url=https://a.example/b?c=d", "https://a.example/b?c=d"),
    ],
)
def test_reads_where_a_page_refreshes_to(content: str, target: str) -> None:
    """The forms that browsers understand."""
    assert read_page(f'<meta http-equiv="Refresh" content="{content}">'.encode()).refresh == target


@pytest.mark.parametrize("content", [b"", b"<html><title>Error</title><style>p{}</style><body>  </body></html>"])
def test_a_page_without_text_says_so(content: bytes) -> None:
    """A title and a style are nothing to read."""
    assert not read_page(content).has_text


PIECES = [b"<form", b" action=", b">", b"<meta http-equiv=refresh content=", b"'", b'"', b"<![", b"<!--", b"&#x", b"</",
          b"<script>", b"\xff"]  # fmt: skip


@given(st.binary(max_size=200) | st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_never_raises(content: bytes) -> None:
    """Whatever a page holds, something comes out."""
    assert isinstance(read_page(content), Page)
