# SPDX-License-Identifier: Apache-2.0
"""What becomes of a head that comes after the first one (ERR005).

As long as nothing was sent it takes the first one's place. After that it cannot be sent any more; if it was a redirect
and the page is still open, the page gets a link and a meta refresh instead: a way on where there would be a dead end.
"""

from html import escape
from urllib.parse import quote

from seeother.journey import IncidentKind
from seeother.message import REDIRECTS, Fields, essence, first, media_type
from seeother.policy import is_refused_target

from .passage import Passage

_STREAMING = frozenset({b"text/event-stream", b"multipart/x-mixed-replace"})
# In ASCII, for the page's own encoding is not known.
_LATE = (
    b'<p><a href="%(to)b">Continue &middot; &#x7ee7;&#x7eed;</a></p><meta http-equiv="refresh" content="0;url=%(to)b">'
)
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def goes_alone(content_type: bytes | None) -> bool:
    """Whether a client waits for a head with this Content-Type alone, before there is content."""
    return content_type is not None and essence(content_type) in _STREAMING


def second_head(passage: Passage, status: int, fields: Fields, *, page: Fields | None) -> bytes:
    """Judge a second head; what the page that has begun with the fields `page` gets for it, mostly nothing.

    `page` is None while no head was sent, and empty where the page has ended.
    """
    location = first(fields, b"location") or b""
    passage.happened(
        IncidentKind.SECOND_HEAD,
        status=str(status),
        location=location.decode("latin-1"),
        sent="no" if page is None else "yes",
    )
    is_redirect = status in REDIRECTS and location and not is_refused_target(passage.request, location)
    if not is_redirect or not passage.shared.repairs or not page or not _is_open_page(page):
        return b""
    return _LATE % {b"to": escape(quote(location, safe=_ASCII)).encode()}


def _is_open_page(fields: Fields) -> bool:
    """Whether markup can be added to a page that has begun: its length is not told, and it is not encoded."""
    names = {name for name, _ in fields}
    return media_type(fields) == b"text/html" and not names & {b"content-length", b"content-encoding"}
