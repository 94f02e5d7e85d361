# SPDX-License-Identifier: Apache-2.0
"""What stands between a driver and the application's transaction, from the request to the answer.

A driver makes a pledge of the flow's offer and sets it as the context's; `once` finds it there, takes the claim in the
application's transaction and leaves the commit to the driver, who has the whole answer.

    offered ── once ──> taken ── answered, streamed ──> ended
       └─ once: the key was not free ──> the verdict stands, and nothing runs
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import CallerError
from seeother.message import Response
from seeother.policy import Offer, Settle, Streamed, Verdict

from .action import Deeds
from .action_rows import Taken, is_ours, settle
from .joined import AsyncJoined, Joined, Script, Turn, aperform, perform

_FIRST_ERROR = 400  # RFC 9110 section 15.5
_GONE = (
    "the transaction that once() was given was committed, rolled back or closed before the answer was whole, so its "
    "answer could not be committed with it: leave the commit to the guard and keep the session open until the answer "
    "is sent, or give once() the sessionmaker, engine or pool, and it keeps a session of its own as long as it takes"
)
_BLOCKING = (
    "`async with once(...)` cannot wait for the answer of a WSGI application, whose event loop ends before; use "
    "`with once(...)` on a connection that blocks"
)
NOT_TAKEN = "the route is declared transactional, and its handler has answered without once()"
_OFFERED: "ContextVar[Pledge | None]" = ContextVar("seeother_offered", default=None)


class AnsweredBefore(BaseException):
    """Leaves the handler of an action whose key was not free; the driver answers instead.

    No error, and like a cancellation nobody's to handle.
    """


class Pledge:
    """An offer, and the transaction that has taken it; `carry` says which exchange later work belongs to."""

    def __init__(
        self,
        offer: Offer,
        *,
        carry: Callable[[], Mapping[str, str]] = dict,
        clock: Clock = SYSTEM_CLOCK,
        blocking: bool = False,
    ) -> None:
        """Offer it; a driver that is `blocking` cannot end a transaction that lives on an event loop."""
        self.offer = offer
        self.carry = carry
        self.clock = clock
        self.verdict: Verdict | None = None  # how the key stood, when it was not free
        self._blocking = blocking
        self._joined: Joined | AsyncJoined | None = None
        self._mark = ""
        self._ended = False
        self._entered = False

    @property
    def is_ended(self) -> bool:
        """Whether the request is answered, or never will be."""
        return self._ended

    @property
    def is_taken(self) -> bool:
        """Whether a transaction has the claim."""
        return self._joined is not None

    def is_missed(self, answer: Response | Streamed | None) -> bool:
        """Whether the application has acted without `once` although its route says that it does not."""
        return self.offer.expected and not self.is_taken and (answer is None or answer.status < _FIRST_ERROR)

    def enter(self, *, awaits: bool = False) -> None:
        """Let `once` begin, which an exchange may do one time; raises CallerError."""
        if awaits and self._blocking:
            raise CallerError(_BLOCKING)
        if self._entered:
            raise CallerError("once() was entered twice for one request: an action is one transaction, in one block")
        self._entered = True

    def taken(self, joined: Joined | AsyncJoined, ours: Taken) -> Deeds:
        """The transaction has the claim now; what its action does."""
        self._joined, self._mark = joined, ours.mark
        return Deeds(self.offer.claim.key, ours.round, carry=self.carry, clock=self.clock)

    def granted(self, stands: Taken | Verdict) -> Taken:
        """The claim, if it was taken; raises what leaves the handler when the key was not free."""
        if not isinstance(stands, Taken):
            raise self.refused(stands)
        return stands

    def refused(self, verdict: Verdict) -> AnsweredBefore:
        """The key was not free; what to raise so that nothing runs."""
        self.verdict = verdict
        return AnsweredBefore(verdict)

    def answered(self, answer: Response, *, kept: bool = True) -> None:
        """The answer is whole, or is to leave in pieces and cannot be `kept`: end the transaction as the flow says.

        Raises CallerError when that transaction is gone, and whatever the database raises.
        """
        joined = self._ends()
        if joined is None:
            return
        if not isinstance(joined, Joined):
            raise CallerError(_BLOCKING)
        try:
            perform(self._ending(joined, answer, kept=kept), joined)
        finally:
            joined.close()

    async def aanswered(self, answer: Response, *, kept: bool = True) -> None:
        """`answered`, on an event loop."""
        joined = self._ends()
        if isinstance(joined, AsyncJoined):
            try:
                await aperform(self._ending(joined, answer, kept=kept), joined)
            finally:
                await joined.close()
        elif joined is not None:
            self._ended = False
            await joined.elsewhere(partial(self.answered, answer, kept=kept))

    def dropped(self) -> None:
        """There was no answer: roll back what is still ours, and give back what `once` has opened."""
        joined = self._ends()
        if isinstance(joined, Joined):
            try:
                perform(self._dropping(joined), joined)
            finally:
                joined.close()

    async def adropped(self) -> None:
        """`dropped`, on an event loop."""
        joined = self._ends()
        if isinstance(joined, AsyncJoined):
            try:
                await aperform(self._dropping(joined), joined)
            finally:
                await joined.close()
        elif joined is not None:
            self._ended = False
            await joined.elsewhere(self.dropped)

    def _ends(self) -> Joined | AsyncJoined | None:
        """The transaction, to whoever is the first to end it."""
        if self._ended:
            return None
        self._ended = True
        return self._joined

    def _ending(self, joined: Joined | AsyncJoined, answer: Response, *, kept: bool) -> Script[None]:
        ending = self.offer.ending(answer)
        if not isinstance(ending, Settle):
            yield from self._dropping(joined)
            return
        if joined.is_open:
            row = settle(joined.dialect, self.offer.claim.key, mark=self._mark, answer=answer if kept else None,
                         keep=ending.keep, now=self.clock.time())  # fmt: skip
            try:
                settled = yield from row
            except Exception:
                with suppress(Exception):
                    yield Turn.ROLLBACK
                if answer.status < _FIRST_ERROR:
                    raise
                return  # a failure that spoilt the transaction and was answered as one: nothing has happened
            if settled:
                yield Turn.COMMIT
                return
        if answer.status < _FIRST_ERROR:
            raise CallerError(_GONE)

    def _dropping(self, joined: Joined | AsyncJoined) -> Script[None]:
        if not joined.is_open:
            return
        try:
            ours = yield from is_ours(joined.dialect, self._mark)
        except Exception:  # noqa: BLE001 - it cannot be asked, so it is not ours to end
            return
        if ours:
            yield Turn.ROLLBACK


def open_pledge() -> Pledge | None:
    """The pledge of the request that is being handled, until it is answered: what runs later is no part of it."""
    pledge = _OFFERED.get()
    return None if pledge is None or pledge.is_ended else pledge


@contextmanager
def offered(pledge: Pledge) -> Generator[None]:
    """Let `once` find the pledge."""
    token = _OFFERED.set(pledge)
    try:
        yield
    finally:
        _OFFERED.reset(token)
