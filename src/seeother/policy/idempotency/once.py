# SPDX-License-Identifier: Apache-2.0
"""The flow that lets an action happen once: two clicks, a retry and a resubmit get the first one's answer.

What is remembered of it says `ending.py`, and what its duplicates get `duplicate.py`. An answer is remembered before it
is sent, so that nobody has seen a success that a retry would repeat.
"""

from collections.abc import Generator
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from seeother.errors import StoreError
from seeother.journey import IncidentKind
from seeother.message import Request, Response, first
from seeother.policy.problem import (
    BUILT_IN_PAGE,
    CONTENT_TOO_LARGE,
    KEY_UNUSABLE,
    LEDGER_UNAVAILABLE,
    OUTCOME_UNRECORDED,
    FallbackPage,
    problem,
)

from ..claim import Finished, Granted, Mismatch, Running, Unknown, Verdict
from ..flow import (
    Abandon,
    Claim,
    Flow,
    Forward,
    Inquire,
    Offer,
    Pause,
    Read,
    Release,
    Reply,
    Report,
    Respond,
    Settle,
    Streamed,
    Want,
)
from ..inquiry import Inquiry, Outcome
from ..route import Idempotency, LedgerDown, RoutePolicy
from .desk import Desk
from .duplicate import is_replay, may_wait, refused
from .ending import Ending, after_failure, ending, may_rerun
from .fingerprint import fingerprint
from .form import read_form
from .key import KeyProblem, has_key_field, is_keyless, read_key
from .principal import STRANGER, Visitor, in_scope, principal, successor

CONTENT_LIMIT = 1 << 20  # bytes, of a request or an answer; longer answers are streamed and not kept
LEASE_SECONDS = 60.0  # longer than any handler a person waits for
PATIENCE_SECONDS = 15.0  # a person's browser is held no longer than this
SOON_SECONDS, LATE_SECONDS = 0.05, 0.5  # between two looks at a claim that runs: at first, and after a while
_SLOWER = 1.5
_READ = Read(CONTENT_LIMIT)
_VERDICTS = (Granted, Running, Finished, Mismatch, Unknown)  # as a tuple: a union is slow to look into
_NEEDED = "this action needs an idempotency key"
_NO_EVENT = "the event's id is missing, which this route expects as {place}"
_NOBODY = "mode form cannot tell who sends a form: name the session's cookie in principal"
_UNREAD = "mode form does not compare contents as long as this one"


_new = tuple.__new__  # a named tuple is made in C by it; its own constructor is a call in Python


class _Action(NamedTuple):
    """One request for an action; `owner` is None for nobody, `by_content` tells that the content is its key."""

    request: Request
    route: RoutePolicy
    visitor: Visitor
    content: bytes
    claim: Claim
    owner: str | None
    by_content: bool
    is_bare: bool


def once(
    request: Request,
    route: RoutePolicy,
    *,
    visitor: Visitor = STRANGER,
    desk: Desk | None = None,
    pages: FallbackPage = BUILT_IN_PAGE,
) -> Flow:
    """The flow for one request to a route whose actions happen once.

    `visitor` is who came as far as the journey tells; those who wait have their seats at the `desk`.
    """
    desk = desk or Desk()
    why = _passes(request, route)
    if why is not None:
        if why:
            yield Report(IncidentKind.UNPROTECTED, why)
        yield from unguarded()
        return
    content = yield _READ
    if not isinstance(content, bytes):
        yield Respond(problem(request, CONTENT_TOO_LARGE, pages=pages, limit=CONTENT_LIMIT))
        return
    try:
        action = _asked(request, route, content, visitor)
    except KeyProblem as trouble:
        yield Report(IncidentKind.KEY_UNUSABLE, str(trouble))
        yield Respond(problem(request, KEY_UNUSABLE, pages=pages, why=trouble))
        return
    if action is None:
        if route.idempotency is Idempotency.FORM:
            yield Report(IncidentKind.UNPROTECTED, _NOBODY)
        yield from unguarded()
        return
    if action.is_bare and desk.is_news(str(route.match)):
        yield Report(IncidentKind.KEY_BARE)
    yield from _at_most_once(action, desk, pages)


def unguarded() -> Flow:
    """As if there were no guard: what streams goes on streaming."""
    answer = yield Forward(0)
    if isinstance(answer, Response):
        yield Respond(answer)


def _passes(request: Request, route: RoutePolicy) -> str | None:
    """Why the request can pass before anything of it is read, empty where that is nobody's loss; None where not."""
    optional = route.idempotency is Idempotency.KEY
    if optional and is_keyless(request):
        return ""
    if not optional and route.idempotency is not Idempotency.FORM:
        return None
    length = first(request.fields, b"content-length") or b""
    if length.isdigit() and int(length[:20]) > CONTENT_LIMIT and not has_key_field(request):
        return "" if optional else _UNREAD  # a file is sent, most likely, and 413 would be worse than no protection
    return None


def _asked(request: Request, route: RoutePolicy, content: bytes, visitor: Visitor) -> _Action | None:
    """Which action is asked for; None for one that nothing tells from others. Raises KeyProblem."""
    form = read_form(request, content)
    key = read_key(request, route, content, form)
    owner = principal(request, route, visitor)
    if key is None and route.idempotency is not Idempotency.FORM:
        if route.idempotency is Idempotency.KEY:
            return None
        raise KeyProblem(
            _NO_EVENT.format(place=route.event_id) if route.idempotency is Idempotency.CALLBACK else _NEEDED
        )
    if key is None and owner is None:
        return None  # strangers who send the same must not get each other's answer
    mark = fingerprint(request, content, form, route.csrf_fields)
    text, is_bare = ("form " + mark.hex(), False) if key is None else key  # no key has a space in it
    claim = Claim(in_scope(route, owner, text, request.authority), mark, LEASE_SECONDS, rerun=may_rerun(route))
    return _new(_Action, (request, route, visitor, content, claim, owner, key is None, is_bare))


def _at_most_once(action: _Action, desk: Desk, pages: FallbackPage) -> Flow:
    """Act, or answer as a duplicate is answered."""
    request, route = action.request, action.route
    waited = 0.0
    verdict: Verdict | None = None
    while True:
        try:
            verdict = _verdict((yield action.claim))
            if isinstance(verdict, Running) and may_wait(request, route):
                verdict, waited = yield from _awaited(action, desk, verdict, waited)
            if isinstance(verdict, Unknown) and route.reconcile is not None:
                verdict = yield from _looked_into(action)
        except StoreError:
            yield from _ledger_down(request, route, pages)
            return
        if not isinstance(verdict, Granted):
            break
        verdict = yield from _acted(action, verdict, pages)
        if verdict is None:
            return
        if not isinstance(verdict, Running) or not may_wait(request, route) or waited >= PATIENCE_SECONDS:
            break
        yield Pause(LATE_SECONDS)  # another process is at it, and only the application's database knows
        waited += max(LATE_SECONDS, verdict.retry_after)  # as long as it takes to ask again, or has taken to ask
    replayed = is_replay(route, verdict, action.owner)
    yield Respond(refused(request, route, verdict, action.owner, pages=pages), replayed=replayed)


def _awaited(
    action: _Action, desk: Desk, running: Running, waited: float
) -> Generator[Want, Reply, tuple[Verdict, float]]:
    """While another is at it wait for its answer, if there is a seat; how it stands then, and how long that took."""
    claim, pause = action.claim, SOON_SECONDS
    verdict: Verdict = running
    if not desk.take(claim.key):
        return verdict, waited
    try:
        while isinstance(verdict, Running) and waited < PATIENCE_SECONDS:
            yield Pause(pause)
            waited += pause
            pause = min(pause * _SLOWER, LATE_SECONDS)
            verdict = _verdict((yield claim))
    except StoreError:
        pass  # it was running a moment ago: not even `ledger_down = "proceed"` may run it beside itself
    finally:
        desk.leave(claim.key)
    return verdict, waited


def _verdict(reply: Reply) -> Verdict:
    """What a ledger says to a claim; anything else is a mistake of the driver's."""
    if not isinstance(reply, _VERDICTS):
        raise TypeError(f"a driver answered a claim with {reply!r}")
    return reply


def _looked_into(action: _Action) -> Generator[Want, Reply, Verdict]:
    """Ask the application what became of it, under a claim of our own, so that only one asks at a time."""
    claim, reconcile = action.claim, action.route.reconcile
    try:
        verdict = yield Claim(claim.key, claim.fingerprint, claim.lease, rerun=True)
    except StoreError:
        return Unknown()  # it was a moment ago: not even `ledger_down = "proceed"` may run it now
    if not isinstance(verdict, Granted) or reconcile is None:
        return verdict if isinstance(verdict, Verdict) else Unknown()
    try:
        found = yield Inquire(reconcile, Inquiry(action.request, action.content, claim.key.key))
    except GeneratorExit:
        raise
    except BaseException as error:
        yield from _noted(Abandon(verdict))
        if not isinstance(error, Exception):
            raise
        yield Report(IncidentKind.OUTCOME_UNKNOWN, f"the reconciler failed: {type(error).__name__}")
        return Unknown()
    if isinstance(found, Response):
        last = ending(action.route, verdict, found, by_content=action.by_content)
        yield from _noted(last if isinstance(last, Settle) else Abandon(verdict))
        return Finished(found)
    if found is Outcome.NOTHING_HAPPENED:
        return (yield from _begun_anew(action, verdict))
    yield from _noted(Abandon(verdict))
    return Unknown()


def _begun_anew(action: _Action, granted: Granted) -> Generator[Want, Reply, Verdict]:
    """Claim once more what has not happened: a look that took longer than its lease has lost the key to another."""
    try:
        yield Release(granted)
        return _verdict((yield action.claim))
    except StoreError:
        return Unknown()  # as above


def _acted(action: _Action, granted: Granted, pages: FallbackPage) -> Generator[Want, Reply, Verdict | None]:
    """Run the action under our claim, write down how it ended, and only then answer.

    Returns how the key stood, and nothing has happened, when the application's own database knew it.
    """
    request, route = action.request, action.route
    judged = partial(ending, route, granted, by_content=action.by_content)
    offer = Offer(action.claim, judged, expected=route.transactional)
    try:
        answer = yield Forward(CONTENT_LIMIT, held=granted, lease=LEASE_SECONDS, offer=offer)
    except GeneratorExit:
        raise
    except BaseException as error:
        # Cancellation and crash are unknown, not "did not run" (DESIGN decision 1).
        yield from _noted(after_failure(route, granted, error))
        raise
    if isinstance(answer, _VERDICTS):
        yield from _noted(judged(answer.answer) if isinstance(answer, Finished) else Release(granted))
        return answer
    if not isinstance(answer, Response):
        yield from _noted(judged(answer) if isinstance(answer, Streamed) else Abandon(granted))
        return None
    last = judged(answer)
    if isinstance(last, Settle):
        yield from _remembered_for_successor(action, last)
    try:
        yield last
    except StoreError:  # the end of the lease makes it unknown
        if isinstance(last, Settle) and route.ledger_down is LedgerDown.REFUSE:
            answer = problem(request, OUTCOME_UNRECORDED, pages=pages)
    yield Respond(answer)
    return None


def _remembered_for_successor(action: _Action, last: Settle) -> Flow:
    """Where the answer makes somebody else of its reader (a login, a first cookie), remember it for them, too.

    Else Back and a second click would be a stranger's first. It is claimed before the action is settled: after a crash
    in between both are unknown.
    """
    heir = successor(action.request, action.route, action.visitor, last.answer.fields)
    if heir is None:
        return
    claim = action.claim
    key = in_scope(action.route, heir, claim.key.key, action.request.authority)
    with suppress(StoreError):
        granted = yield Claim(key, claim.fingerprint, claim.lease)
        if isinstance(granted, Granted):
            yield Settle(granted, last.answer, last.keep)


def _noted(last: Ending) -> Generator[Want, Reply, bool]:
    """Write down how it ended; False when the ledger is away, and then the end of the lease makes it unknown."""
    try:
        yield last
    except StoreError:
        return False
    return True


def _ledger_down(request: Request, route: RoutePolicy, pages: FallbackPage) -> Flow:
    if route.ledger_down is LedgerDown.REFUSE:
        yield Respond(problem(request, LEDGER_UNAVAILABLE, pages=pages))
        return
    yield Report(IncidentKind.UNPROTECTED, "the ledger could not be asked")
    yield from unguarded()
