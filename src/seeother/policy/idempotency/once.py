# SPDX-License-Identifier: Apache-2.0
"""The flow that lets an action happen once: two clicks, a retry and a resubmit get the first one's answer.

What is remembered, by the answer's status:

    declared dialogue, 408, 425, 429, 503      nothing happened: the key is free again
    a class in `remember` (2xx, 3xx, 4xx)      the answer, replayed from then on; for a callback only 2xx
    other 5xx, an exception, a cut connection  unknown: 409 from then on, unless `after_crash = "rerun"`

An answer is remembered before it is sent, so that nobody has seen a success that a retry would repeat.
"""

from collections.abc import Generator
from functools import partial

from seeother.errors import StoreError
from seeother.journey import IncidentKind
from seeother.message import Request, Response, replaced
from seeother.policy.problem import (
    ALREADY_DONE,
    CONTENT_TOO_LARGE,
    HOME,
    IN_PROGRESS,
    KEY_REUSED,
    KEY_UNUSABLE,
    LEDGER_UNAVAILABLE,
    OUTCOME_UNKNOWN,
    OUTCOME_UNRECORDED,
    problem,
)

from ..claim import Finished, Granted, Mismatch, Running, Unknown, Verdict
from ..flow import Abandon, Claim, Flow, Forward, Offer, Pause, Read, Release, Reply, Report, Respond, Settle, Want
from ..route import AfterCrash, AfterFinish, Idempotency, InFlight, LedgerDown, RoutePolicy
from .key import KeyProblem, fingerprint, is_keyless, ledger_key, read_key

CONTENT_LIMIT = 1 << 20  # bytes, of a request or an answer; longer answers are streamed and not kept
LEASE_SECONDS = 60.0  # longer than any handler a person waits for
KEEP_SECONDS = 24 * 3600.0  # Stripe's retention: at least 24 h
PATIENCE_SECONDS = 15.0  # a person's browser is held no longer than this
POLL_SECONDS = 0.05
_NEEDED = "this action needs an idempotency key"
NOT_ACTED_UPON = frozenset({408, 425, 429, 503})  # RFC 9110 15.5.9, 15.6.4; RFC 8470 5.2; RFC 6585 4


def once(request: Request, route: RoutePolicy) -> Flow:
    """The flow for one request to a route whose actions happen once."""
    if route.idempotency is Idempotency.KEY and is_keyless(request):
        yield from unguarded()
        return
    content = yield Read(CONTENT_LIMIT)
    if not isinstance(content, bytes):
        yield Respond(problem(request, CONTENT_TOO_LARGE, limit=CONTENT_LIMIT))
        return
    try:
        key = read_key(request, route, content)
    except KeyProblem as trouble:
        yield Report(IncidentKind.KEY_UNUSABLE, str(trouble))
        yield Respond(problem(request, KEY_UNUSABLE, why=trouble))
        return
    if key is None:
        yield from _without_key(request, route)
        return
    claim = Claim(
        ledger_key(request, route, key), fingerprint(request, content), LEASE_SECONDS, rerun=_may_rerun(route)
    )
    stood: Verdict | None = None
    for _ in range(round(PATIENCE_SECONDS / POLL_SECONDS)):
        try:
            verdict = yield from _claimed(claim, route)
        except StoreError:
            yield from _ledger_down(request, route)
            return
        stood = (yield from _acted(request, route, claim, verdict)) if isinstance(verdict, Granted) else verdict
        if not isinstance(stood, Running) or stood is verdict or route.in_flight is not InFlight.WAIT:
            break
        yield Pause(POLL_SECONDS)  # another process is at it, and only the application's database knows
    if stood is not None and not isinstance(stood, Granted):
        replayed = isinstance(stood, Finished) and route.finished is AfterFinish.REPLAY
        yield Respond(_refused(request, route, stood), replayed=replayed)


def _claimed(claim: Claim, route: RoutePolicy) -> Generator[Want, Reply, Verdict]:
    """Claim, and while another is at it wait for its answer, if the route says so."""
    verdict = yield claim
    waited = 0.0
    while isinstance(verdict, Running) and route.in_flight is InFlight.WAIT and waited < PATIENCE_SECONDS:
        yield Pause(POLL_SECONDS)
        waited += POLL_SECONDS
        try:
            verdict = yield claim
        except StoreError:
            break  # it was running a moment ago: not even `ledger_down = "proceed"` may run it beside itself
    if not isinstance(verdict, Verdict):
        message = f"a driver answered a claim with {verdict!r}"
        raise TypeError(message)
    return verdict


def _acted(
    request: Request, route: RoutePolicy, claim: Claim, granted: Granted
) -> Generator[Want, Reply, Verdict | None]:
    """Run the action under our claim, write down how it ended, and only then answer.

    Returns how the key stood, and nothing has happened, when the application's own database knew it.
    """
    offer = Offer(claim, partial(_ended, route, granted), expected=route.transactional)
    try:
        answer = yield Forward(CONTENT_LIMIT, held=granted, lease=LEASE_SECONDS, offer=offer)
    except GeneratorExit:
        raise
    except BaseException:
        # Cancellation and crash are unknown, not "did not run" (DESIGN decision 1).
        yield from _noted(Release(granted) if _may_rerun(route) else Abandon(granted))
        raise
    if isinstance(answer, Verdict):
        yield from _noted(Settle(granted, answer.answer, KEEP_SECONDS) if isinstance(answer, Finished)
                          else Release(granted))  # fmt: skip
        return answer
    if not isinstance(answer, Response):
        yield from _noted(Abandon(granted))  # its answer went out in pieces and cannot be given again
        return None
    ending = _ended(route, granted, answer)
    noted = yield from _noted(ending)
    if not noted and isinstance(ending, Settle) and route.ledger_down is LedgerDown.REFUSE:
        answer = problem(request, OUTCOME_UNRECORDED)
    yield Respond(answer)
    return None


def _noted(ending: Settle | Release | Abandon) -> Generator[Want, Reply, bool]:
    """Write down how it ended; False when the ledger is away, and then the end of the lease makes it unknown."""
    try:
        yield ending
    except StoreError:
        return False
    return True


def _ended(route: RoutePolicy, granted: Granted, answer: Response) -> Settle | Release | Abandon:
    """What to write down about an answer; see the table at the head of this file."""
    status = answer.status
    callback = route.idempotency is Idempotency.CALLBACK
    remembered = status // 100 == 2 if callback else status // 100 in route.remember  # noqa: PLR2004 - 2xx
    if status in NOT_ACTED_UPON or status in route.dialogue:
        return Release(granted)
    if remembered:
        return Settle(granted, answer, KEEP_SECONDS)
    if status >= 500 and not _may_rerun(route):  # noqa: PLR2004 - 5xx
        return Abandon(granted)
    return Release(granted)


def _may_rerun(route: RoutePolicy) -> bool:
    """Whether running again does no harm; a transaction that was not committed has done nothing."""
    return route.transactional or route.after_crash is AfterCrash.RERUN


def _without_key(request: Request, route: RoutePolicy) -> Flow:
    if route.idempotency is not Idempotency.KEY:
        yield Report(IncidentKind.KEY_UNUSABLE, _NEEDED)
        yield Respond(problem(request, KEY_UNUSABLE, why=_NEEDED))
        return
    yield from unguarded()


def _ledger_down(request: Request, route: RoutePolicy) -> Flow:
    if route.ledger_down is LedgerDown.REFUSE:
        yield Respond(problem(request, LEDGER_UNAVAILABLE))
        return
    yield Report(IncidentKind.UNPROTECTED, "the ledger could not be asked")
    yield from unguarded()


def unguarded() -> Flow:
    """As if there were no guard: what streams goes on streaming."""
    answer = yield Forward(0)
    if isinstance(answer, Response):
        yield Respond(answer)


def _refused(request: Request, route: RoutePolicy, verdict: Running | Finished | Mismatch | Unknown) -> Response:
    way_on = HOME if route.outcome_page is None else route.outcome_page  # where to see what became of the first
    match verdict:
        case Finished(answer) if route.finished is AfterFinish.REPLAY:
            return Response(answer.status, replaced(answer.fields, b"idempotency-replayed", b"true"), answer.content)
        case Finished():
            return problem(request, ALREADY_DONE, way_on=way_on)
        case Running(retry_after):
            return problem(request, IN_PROGRESS, retry_after=retry_after, way_on=way_on)
        case Mismatch():
            return problem(request, KEY_REUSED, way_on=way_on)
        case Unknown():
            return problem(request, OUTCOME_UNKNOWN, way_on=way_on)
