# SPDX-License-Identifier: Apache-2.0
"""One call to another service, from the first try to the last byte of its content, as a flow without I/O.

The words a call yields, and what it is sent back:

    Send(seconds)       the request made, in that time: an Answer when its head is there, else a Failure
    Deliver             the answer given to whoever called; later None when its content has ended or is not wanted any
                        more, or a Failure when it broke off
    Queue(bulkhead, …)  whether a place in it has become free in that time; who has one must give it back
    Pause(seconds)      None, later; an answer that is in hand is thrown away first
    Substitute(error)   the caller's fallback in place of an answer; nothing is sent back

A call that is not carried on (its task was cancelled, its answer was forgotten) is closed, and gives its permit back.

What becomes of an unsafe call (RFC 9110 section 9.2.1):

    no connection, or refused by a breaker      nothing was done: the library's own error, or CallRefused
    an answer that is final                     that answer
    503, 429 and other refusals                 that answer: nothing was done (RFC 9110 section 15.6.4)
    502, 504, no answer, or a cut one           nobody knows: OutcomeUnknown, save where a repetition under the same key
                                                brings a final answer
"""

from collections.abc import Generator, Mapping
from typing import NamedTuple

from seeother.breaker import Breaker, Bulkhead, Deadline, Outcome, Permit, Reason, Rejected, judge_status
from seeother.clock import Clock
from seeother.errors import CallRefused, OutcomeUnknown, PeerError
from seeother.message import SAFE_METHODS, read_retry_after

from .caller import Caller
from .deadline import time_left
from .key import KEY_FIELD, new_key
from .propagation import FieldMap

_new = tuple.__new__  # a named tuple is made in C by it; its own constructor is a call in Python
_FIRST_ERROR = 400
_SOON = 1.0  # seconds until a caller with a deadline of its own may come back
# After these nobody knows what the request did. RFC 9110 15.6.3 and 15.6.5: it went on from the gateway.
_UNCERTAIN = frozenset({502, 504})
# After an uncertain try these say only that this one did nothing, or that the first is still at it.
_NOT_FINAL = _UNCERTAIN | {408, 409, 425, 429, 503}


class Answer(NamedTuple):
    """The head of an answer, as far as it matters here; `retry_after` is in seconds."""

    status: int
    retry_after: float | None = None


class Failure(NamedTuple):
    """An answer that did not come, or not whole; `reached` unless the request certainly never got there."""

    outcome: Outcome
    error: Exception
    reached: bool = True


class Send(NamedTuple):
    """Wants the request made, within so many seconds; None: as long as it takes.

    `is_usual` where that is what the policy says, and other calls have as many.
    """

    seconds: float | None
    is_usual: bool = False


class Deliver(NamedTuple):
    """Wants the answer given to whoever called."""


class Queue(NamedTuple):
    """Wants to stand in the queue of a full bulkhead, for so many seconds at most."""

    bulkhead: Bulkhead
    seconds: float


class Pause(NamedTuple):
    """Wants to be asked again after `seconds`."""

    seconds: float


class Substitute(NamedTuple):
    """Wants the caller's fallback."""

    error: Exception


Want = Send | Deliver | Queue | Pause | Substitute
Reply = Answer | Failure | bool | None
Flow = Generator[Want, Reply, None]

_DELIVER = Deliver()
_SUCCESS, _CANCELLED = Outcome.SUCCESS, Outcome.CANCELLED
PLAIN = {
    status: Answer(status) for status in range(100, 400)
}  # what almost all answers are; only errors say when to come back


class Asked(NamedTuple):
    """What is asked of `name`; `may_repeat` where a repetition does nothing new and can be sent."""

    name: str
    is_safe: bool
    may_repeat: bool
    key: str | None = None
    deadline: Deadline | None = None
    falls_back: bool = False


def ask(
    caller: Caller, name: str, method: str, fields: FieldMap, *, can_resend: bool, falls_back: bool = False
) -> Asked:
    """What a request asks; where `caller` says so, an unsafe one without a key gets one.

    It may be repeated if it is safe or has a key, and if its content is still there (`can_resend`).
    """
    if method in SAFE_METHODS:
        return _new(Asked, (name, True, can_resend, None, time_left(), falls_back))
    key = fields.get(KEY_FIELD)
    if key is None and caller.is_keyed:
        key = fields[KEY_FIELD] = new_key()
    return _new(Asked, (name, False, can_resend and key is not None, key, time_left(), falls_back))


def answered(status: int, fields: Mapping[str, str], clock: Clock) -> Answer:
    """The head of an error, which may say when to come back, in either form (RFC 9110 section 10.2.3)."""
    retry_after = fields.get("retry-after")
    wait = None if retry_after is None else read_retry_after(retry_after.encode("latin-1", "replace"))
    return Answer(status) if wait is None else Answer(status, wait.delay(clock.time()))


def call(caller: Caller, asked: Asked) -> Flow:  # noqa: C901, PLR0912 - a call from beginning to end, in its order
    """Make a call; raises CallRefused, OutcomeUnknown, or the failure's own error."""
    clock, retry = caller.clock.monotonic, caller.retry
    name, is_safe, may_repeat, _, deadline, _ = asked
    now = clock()
    breaker = caller.near.get(name) or caller.breaker(name, now)
    failing, timeout = breaker.policy.failing, breaker.policy.timeout_seconds
    if retry is not None:
        retry.budget.call()
    doubt: str | None = None  # why an earlier try may have done it
    tried = 0
    while True:
        entry: int | Permit | Rejected | None = None
        if deadline is None or not deadline.is_over(now):
            entry = breaker.admit(now)
        if isinstance(entry, Rejected):
            entry = yield from _queued(caller, asked, breaker, entry)
            now = clock()
        if entry is None or isinstance(entry, Rejected):
            yield from _not_made(asked, entry, doubt=doubt)
            return
        tried += 1
        outcome, retry_after, started = _CANCELLED, None, now
        reply: Reply = None
        try:
            reply = yield _new(Send, (timeout, True)) if deadline is None else Send(_limit(timeout, deadline, now))
            if isinstance(reply, Answer):
                status, retry_after = reply
                judged = _SUCCESS if status < _FIRST_ERROR else judge_status(status, failing)
                if judged is _SUCCESS and (doubt is None or status not in _NOT_FINAL):
                    end = yield _DELIVER
                    if end is None:
                        outcome = _SUCCESS
                    elif isinstance(end, Failure):
                        outcome = end.outcome
                        raise _without_answer(asked, end, None)
                    return
                outcome = judged
            elif isinstance(reply, Failure):
                outcome = reply.outcome
        finally:
            now = clock()
            if isinstance(entry, int):
                breaker.finish(entry, started, now, outcome, retry_after=retry_after)
            else:
                entry.done(outcome, now, retry_after=retry_after)
        doubt = doubt if is_safe else _doubt(reply) or doubt
        delay = None if retry is None else retry.delay(
            tried, outcome, may_repeat=may_repeat, now=now, retry_after=retry_after, deadline=deadline
        )  # fmt: skip
        if delay is None:
            yield from _given_up(asked, reply, outcome, doubt=doubt)
            return
        yield Pause(delay)
        now = clock()


def _limit(timeout: float | None, deadline: Deadline, now: float) -> float:
    """The seconds of one try."""
    left = deadline.left(now)
    return left if timeout is None else min(timeout, left)


def _queued(
    caller: Caller, asked: Asked, breaker: Breaker, rejected: Rejected
) -> Generator[Want, Reply, Permit | Rejected]:
    """Wait for a place where the policy has waiters, no longer than a try would take."""
    policy, clock = breaker.policy, caller.clock.monotonic
    if rejected.reason is not Reason.FULL or not policy.waiters:
        return rejected
    seconds = policy.timeout_seconds or _SOON
    if asked.deadline is not None:
        seconds = min(seconds, asked.deadline.left(clock()))
    has_place = yield Queue(breaker.bulkhead, seconds)
    return breaker.enter(clock(), has_place=True) if has_place is True else rejected


def _not_made(asked: Asked, rejected: Rejected | None, *, doubt: str | None) -> Flow:
    """There is no permit, or no time left; `doubt` is what an earlier try has left behind."""
    if doubt is not None:
        raise OutcomeUnknown(asked.name, why=doubt, key=asked.key)
    if rejected is None:
        error = CallRefused(asked.name, "deadline", _SOON)
    else:
        error = CallRefused(asked.name, rejected.reason, rejected.retry_after)
    if not asked.falls_back:
        raise error
    yield Substitute(error)


def _given_up(asked: Asked, reply: Reply, outcome: Outcome, *, doubt: str | None) -> Flow:
    """The last try has brought what `reply` says."""
    if isinstance(reply, Answer):
        if doubt is not None and reply.status in _NOT_FINAL:
            raise OutcomeUnknown(asked.name, why=doubt, key=asked.key, status=reply.status)
        if asked.falls_back and outcome.is_failure:
            yield Substitute(PeerError(f"{asked.name} answered {reply.status}"))
            return
        end = yield _DELIVER
        if isinstance(end, Failure):
            raise end.error
    elif isinstance(reply, Failure):
        error = _without_answer(asked, reply, doubt)
        if isinstance(error, OutcomeUnknown) or not asked.falls_back:
            raise error
        yield Substitute(error)


def _without_answer(asked: Asked, failure: Failure, doubt: str | None) -> Exception:
    """What to raise where there is no whole answer."""
    if not asked.is_safe and failure.reached:
        doubt = doubt or _doubt(failure)
    if doubt is None:
        return failure.error
    unknown = OutcomeUnknown(asked.name, why=doubt, key=asked.key)
    unknown.__cause__ = failure.error
    return unknown


def _doubt(reply: Reply) -> str | None:
    """Why an unsafe request may have been carried out although no answer says so."""
    match reply:
        case Answer(status) if status in _UNCERTAIN:
            return f"it answered {status}"
        case Failure(outcome, error, reached=True):
            return f"{outcome} ({str(error) or type(error).__name__})"
        case _:
            return None
