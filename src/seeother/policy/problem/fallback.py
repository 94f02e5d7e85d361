# SPDX-License-Identifier: Apache-2.0
"""What stands in for an answer that did not come: says whether the order is safe, and leads on.

Rendered once, when the guard is made: while requests pass no file is opened and no template is filled, so it is
served even when descriptors and disk are gone.
"""

import re
from collections.abc import Iterable
from html import escape

from seeother.message import Field, Request, Response, to_retry_after

from .answer import HOME, as_page, as_problem, wants_page, whole
from .page import BUILT_IN, listed, read_template, to_bytes, words
from .problems import NOT_SHOWN, NOT_THERE, NOTHING_DONE, OUTCOME_UNKNOWN, REFUSED, STAND_INS, Problem
from .validation import FieldError

_SLOT = re.compile("\x00([a-z_]+)\x00")
_SLOTS = {name: f"\x00{name}\x00" for name in ("errors", "status", "way_on")}
_GONE = frozenset({404, 410})
_NOT_ACTED_UPON = frozenset({408, 425, 429, 503})  # RFC 9110 15.5.9, 15.6.4; RFC 8470 5.2; RFC 6585 4
_NEVER = frozenset({501, 505, 510})  # what the server cannot do at all it has not done
_SERVER_ERROR = 500


class FallbackPage:
    """The page of each kind of trouble, ready to be sent; `template` is the path of the operator's own page."""

    __slots__ = ("_pages",)

    def __init__(self, template: str | None = None) -> None:
        """Read and render; SettingsError when the template cannot be used."""
        source = BUILT_IN if template is None else read_template(template)
        self._pages = {
            kind.slug: tuple(_SLOT.split(source.substitute(words(kind), **_SLOTS))) for kind in STAND_INS
        }  # text, name of a slot, text, name of a slot, ... text

    def page(self, kind: Problem, *, status: int, way_on: str = HOME, errors: Iterable[FieldError] = ()) -> bytes:
        """The page for one answer."""
        values = {"errors": listed(errors), "status": str(status), "way_on": escape(way_on)}
        parts = self._pages[kind.slug]
        return to_bytes("".join([values.get(part, part) if index % 2 else part for index, part in enumerate(parts)]))


def stand_in(request: Request, status: int, *, action: bool) -> Problem:
    """What an error with this status means for whoever sent the request; `action` is what the route declares.

    An unsafe request may have changed something wherever it was sent, so 5xx leaves its outcome unknown unless the
    status says that it was not acted upon.
    """
    is_harmless = request.is_safe and not action
    if status in _GONE:
        return NOT_THERE
    if status in _NOT_ACTED_UPON:
        return NOT_SHOWN if is_harmless else NOTHING_DONE
    if status < _SERVER_ERROR or status in _NEVER:
        return REFUSED
    return NOT_SHOWN if is_harmless else OUTCOME_UNKNOWN


def fallback(
    request: Request, status: int, *, pages: FallbackPage, retry_after: float | None, way_on: str, action: bool
) -> Response:
    """The answer in place of one that failed or never came: a page, or problem details for a machine."""
    kind = stand_in(request, status, action=action)
    if wants_page(request):
        fields, content = as_page(pages.page(kind, status=status, way_on=way_on))
    else:
        fields, content = as_problem(status, uri=kind.uri, title=kind.title, detail=kind.detail)
    fields.append((b"cache-control", b"no-store"))
    if retry_after is not None:
        seconds = to_retry_after(retry_after)
        fields.append((b"retry-after", seconds))
        fields += refresh(request, kind, seconds)
    return whole(request, status, fields, content=content)


def refresh(request: Request, kind: Problem, seconds: bytes) -> list[Field]:
    """The Refresh field where a person waits and asking again is safe: browsers ignore Retry-After.

    Never after an action: the browser would come back with GET, or nobody knows what a second one does.
    """
    if kind is not NOT_SHOWN or request.method not in {"GET", "HEAD"} or not wants_page(request):
        return []
    return [(b"refresh", seconds)]
