# SPDX-License-Identifier: Apache-2.0
"""What is remembered of an action, by the status of its answer.

                                          key, required          form                     callback
    2xx                                   remembered             for the window           remembered
    3xx                                   remembered             for the window           free again
    4xx                                   remembered             for ECHO_SECONDS         free again
    declared dialogue                     free again             for ECHO_SECONDS         free again
    408, 425, 429, 503, CallRefused       nothing happened: free again
    other 5xx, an exception, a cut        unknown, unless `after_crash = "rerun"`: then free again
    too long to be kept                   unknown, or with `oversize = "redirect"` the way to the outcome page

The first column is what `remember` says by default: of 2xx, 3xx and 4xx; a class that is not in it is free again,
and 5xx in it is remembered. Mode form remembers an error only for those who wait for it: whoever sends the same later
has a reason to. A form without a key of its own is told from another by its content, so that it is remembered for the
window only, and else for KEEP_SECONDS, a callback for CALLBACK_SECONDS.
"""

from seeother.errors import CallRefused
from seeother.message import Response

from ..claim import Granted
from ..flow import Abandon, Release, Settle, Streamed
from ..route import AfterCrash, Idempotency, Oversize, RoutePolicy
from .redirected import redirected

KEEP_SECONDS = 24 * 3600.0  # Stripe's retention: at least 24 h
CALLBACK_SECONDS = 8 * 24 * 3600.0  # longer than senders try again: Stripe does for three days, others for a week
ECHO_SECONDS = 1.5  # three times the longest pause between two looks of one who waits
NOT_ACTED_UPON = frozenset({408, 425, 429, 503})  # RFC 9110 15.5.9, 15.6.4; RFC 8470 5.2; RFC 6585 4
_SUCCESS, _CLIENT_ERROR, _SERVER_ERROR = 2, 4, 5  # status classes

Ending = Settle | Release | Abandon


def ending(route: RoutePolicy, granted: Granted, answer: Response | Streamed, *, by_content: bool) -> Ending:
    """What to write down about an answer; `by_content` tells that the key was made of the content."""
    if isinstance(answer, Streamed):
        is_kept = route.oversize is Oversize.REDIRECT and answer.status // 100 in {2, 3}
        keep = _keep(route, by_content=by_content)
        return Settle(granted, redirected(route, answer), keep) if is_kept else Abandon(granted)
    status = answer.status
    kind = status // 100
    if status in NOT_ACTED_UPON:
        return Release(granted)
    if status in route.dialogue or (by_content and kind == _CLIENT_ERROR):
        return Settle(granted, answer, ECHO_SECONDS) if by_content else Release(granted)
    if _is_remembered(route, kind):
        return Settle(granted, answer, _keep(route, by_content=by_content))
    return after_failure(route, granted) if kind == _SERVER_ERROR else Release(granted)


def after_failure(route: RoutePolicy, granted: Granted, error: BaseException | None = None) -> Release | Abandon:
    """What to write down where nobody knows what happened: a crash, a cancellation, an error of the server.

    A call that was refused is known: whoever lets that go says by it that nothing was done, as by an answer of 503.
    """
    return Release(granted) if may_rerun(route) or isinstance(error, CallRefused) else Abandon(granted)


def may_rerun(route: RoutePolicy) -> bool:
    """Whether running again does no harm; a transaction that was not committed has done nothing."""
    return route.transactional or route.after_crash is AfterCrash.RERUN


def _is_remembered(route: RoutePolicy, kind: int) -> bool:
    if route.idempotency is Idempotency.CALLBACK:
        return kind == _SUCCESS
    return kind in route.remember


def _keep(route: RoutePolicy, *, by_content: bool) -> float:
    if by_content:
        return route.window.total_seconds()
    return CALLBACK_SECONDS if route.idempotency is Idempotency.CALLBACK else KEEP_SECONDS
