# SPDX-License-Identifier: Apache-2.0
"""What becomes of a head that comes after the first one."""

import pytest

from seeother.gate import goes_alone, second_head
from seeother.message import Fields
from tests.seeother.gate.site import findings, gate, passage

HTML: Fields = ((b"content-type", b"text/html; charset=utf-8"),)
TO: Fields = ((b"location", b"/orders/7?a=1&b=<2>#caf\xc3\xa9"),)
LINK = b'<p><a href="/orders/7?a=1&amp;b=&lt;2&gt;#caf%C3%A9">'


def test_an_open_page_gets_a_way_on() -> None:
    """A link and a refresh, with the target escaped."""
    with findings() as found:
        late = second_head(passage(), 303, TO, page=HTML)

    assert late.startswith(LINK)
    assert b'<meta http-equiv="refresh" content="0;url=/orders/7?a=1&amp;b=&lt;2&gt;#caf%C3%A9">' in late
    assert late.isascii()
    assert [finding.rule for finding in found] == ["ERR005"]


@pytest.mark.parametrize(
    ("status", "fields", "page"),
    [
        (303, TO, None),  # nothing was sent: the second head takes the first one's place
        (303, TO, ()),  # the page has ended
        (303, TO, (*HTML, (b"content-length", b"4"))),
        (303, TO, (*HTML, (b"content-encoding", b"gzip"))),
        (303, TO, ((b"content-type", b"application/json"),)),
        (500, TO, HTML),
        (303, (), HTML),
        (303, ((b"location", b"//evil.example/"),), HTML),
        (303, ((b"location", b"javascript:alert(1)"),), HTML),
    ],
)
def test_what_cannot_be_helped_is_only_told(status: int, fields: Fields, page: Fields | None) -> None:
    """Nothing is added to what is no open page, nor for what leads nowhere."""
    with findings() as found:
        late = second_head(passage(), status, fields, page=page)

    assert (late, [finding.rule for finding in found]) == (b"", ["ERR005"])


def test_observing_adds_nothing() -> None:
    """In mode observe the page is the application's own."""
    assert second_head(passage(at=gate(site={"mode": "observe"})), 303, TO, page=HTML) == b""


@pytest.mark.parametrize(
    ("kind", "alone"),
    [
        (b"text/event-stream; charset=utf-8", True),
        (b"multipart/x-mixed-replace; boundary=a", True),
        (b"text/html", False),
    ],
)
def test_heads_that_go_alone(kind: bytes, *, alone: bool) -> None:
    """Streams whose head a client waits for."""
    assert goes_alone(kind) is alone
