# SPDX-License-Identifier: Apache-2.0
"""What stands in for an answer that did not come: says whether the order is safe, and leads on.

Its page was rendered when the guard was made (`page.py`), so it is served even when descriptors and disk are gone.
"""

from seeother.message import Field, Request, Response, to_retry_after

from .answer import as_page, as_problem, wants_page, whole
from .page import FallbackPage
from .problems import NOT_SHOWN, NOT_THERE, NOTHING_DONE, OUTCOME_UNKNOWN, REFUSED, Problem

_GONE = frozenset({404, 410})
_NOT_ACTED_UPON = frozenset({408, 425, 429, 503})  # RFC 9110 15.5.9, 15.6.4; RFC 8470 5.2; RFC 6585 4
_NEVER = frozenset({501, 505, 510})  # what the server cannot do at all it has not done
_SERVER_ERROR = 500


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
