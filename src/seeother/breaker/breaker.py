# SPDX-License-Identifier: Apache-2.0
"""The breaker: a state machine that is asked before each call and told after it.

It reads no clock and waits for nothing: every question carries its `now`, seconds on the monotonic clock. A short lock
is held while it decides and while it counts, never while a call runs. The thread that holds it may enter it again: the
collector may run a finalizer there that gives a permit back.

Each generation (the time between two transitions) and each probe has a number of its own, the ticket. An outcome counts
only while its ticket is good, so that what was begun before a transition cannot cause the next one.
"""

import threading
from typing import NamedTuple

from .breaker_policy import BreakerPolicy
from .bulkhead import Bulkhead, Wake
from .forking import tell_when_forked
from .news import BackPressure, CallFailed, CallSlow, Listeners, News, Refused, StateChanged
from .outcome import Outcome
from .refusal import Reason, Rejected
from .state import Event, State, after
from .window import make_window

_SOON = 1.0  # seconds until a place or a permit may be free again; nobody knows
_SUCCESS = Outcome.SUCCESS


class Reading(NamedTuple):
    """How a breaker stands: what is in its window, and who is inside."""

    state: State
    generation: int
    calls: int
    failures: int
    slow: int
    running: int
    waiting: int


class Breaker:
    """One breaker with its bulkhead; threads and event loops may share it, and a forked child goes on with its own."""

    def __init__(
        self, name: str, policy: BreakerPolicy | None = None, *, now: float = 0.0, listeners: Listeners | None = None
    ) -> None:
        """Begin closed at `now`; several breakers may share `listeners`."""
        policy = policy or BreakerPolicy()
        self.name = name
        self.policy = policy
        self.listeners = listeners or Listeners()
        self._lock = threading.RLock()
        self.bulkhead = Bulkhead(policy.concurrent, waiters=policy.waiters, lock=self._lock)
        self._window = make_window(policy.window_seconds, policy.window_calls, policy.minimum_calls, now)
        self._slow_seconds = policy.slow_seconds
        self._state = State.CLOSED
        self._ticket = self._generation = 1  # the last ticket given out; that of this generation's calls, save probes
        self._before_fork = 0  # the last ticket of the parent process
        self._is_easy = True  # nothing is in a call's way but the bulkhead
        self._open_seconds = policy.open_seconds  # of the next opening
        self._open_until = self._held_until = self._asked_until = (
            now  # held: by a 429; asked: by this generation's failures
        )
        self._probes: dict[int, float] = {}  # those that are out: ticket, and when it was given
        self._returned = self._failed = self._slow = 0  # probes that have come back
        self._news: list[News] = []
        tell_when_forked(self)

    @property
    def state(self) -> State:
        """How it stands; it stays open until a call comes after the open time."""
        return self._state

    def read(self, now: float) -> Reading:
        """All counts at once."""
        with self._lock:
            self._window.turn(now)
            window, bulkhead = self._window, self.bulkhead
            return Reading(
                self._state, self._generation, window.calls, window.failures, window.slow, bulkhead.running,
                bulkhead.waiting,
            )  # fmt: skip

    # --- before a call ------------------------------------------------------------------------------------------

    def admit(self, now: float) -> int | Rejected:
        """A ticket for one call, which must be given to `finish`; what `enter` does, for whoever keeps it himself."""
        self._lock.acquire()
        try:
            bulkhead = self.bulkhead
            if self._is_easy and bulkhead.running < bulkhead.limit:
                bulkhead.running += 1
                return self._generation
            answer = self._decide(now, has_place=False)
        finally:
            self._lock.release()
        self._tell()
        return answer

    def enter(self, now: float, *, has_place: bool = False) -> "Permit | Rejected":
        """A permit for one call, or why there is none; `has_place`: the bulkhead has given a place already.

        Such a place is given back with a refusal.
        """
        if not has_place:
            answer = self.admit(now)
        else:
            with self._lock:
                answer = self._decide(now, has_place=True)
            if isinstance(answer, Rejected):
                self.bulkhead.leave()
            self._tell()
        return answer if isinstance(answer, Rejected) else Permit(self, answer, now)

    def _decide(self, now: float, *, has_place: bool) -> int | Rejected:
        obstacle = self._obstacle(now)
        if obstacle is None and not has_place and not self.bulkhead.enter():
            obstacle = Reason.FULL, _SOON
        if obstacle is not None:
            reason, seconds = obstacle
            if self.listeners.wanted:
                self._news.append(Refused(self.name, reason, seconds))
            return Rejected(self.name, reason, seconds)
        if self._state is not State.HALF_OPEN:
            return self._generation
        self._ticket += 1
        self._probes[self._ticket] = now
        return self._ticket

    def _obstacle(self, now: float) -> tuple[Reason, float] | None:
        """What is in a call's way beside the bulkhead, and for how long."""
        if self._state is State.DISABLED:
            return None
        if self._state is State.FORCED_OPEN:
            return Reason.OPEN, self.policy.open_seconds
        if self._state is State.OPEN:
            if now < self._open_until:
                return Reason.OPEN, self._open_until - now
            self._move(Event.WAIT_OVER, now)
        if now < self._held_until:
            return Reason.BACK_PRESSURE, self._held_until - now
        if self._state is State.HALF_OPEN:
            return None if self._has_permit(now) else (Reason.PROBING, _SOON)
        self._is_easy = True  # closed, and what a 429 asked for is over
        return None

    def _has_permit(self, now: float) -> bool:
        """Whether a probe may go; one of which nothing was heard for too long gives its permit back."""
        if len(self._probes) + self._returned < self.policy.probes:
            return True
        lost = [ticket for ticket, since in self._probes.items() if now - since >= self.policy.probe_seconds]
        for ticket in lost:
            del self._probes[ticket]
        return bool(lost)

    # --- after a call -------------------------------------------------------------------------------------------

    def finish(
        self,
        ticket: int,
        started: float,
        now: float,
        outcome: Outcome = _SUCCESS,
        *,
        retry_after: float | None = None,
    ) -> None:
        """Count how the call of this ticket ended, once; `retry_after` is what the answer asked for, in seconds."""
        self._lock.acquire()
        try:
            window, bulkhead = self._window, self.bulkhead
            if (
                outcome is _SUCCESS
                and ticket == self._generation
                and now - started < self._slow_seconds
                and (seen := window.seen + 1) < window.look_at
                and now < window.until
                and not bulkhead.waiting
            ):  # the short way
                window.seen = seen
                bulkhead.running -= 1
                return
            wake = self._leave(ticket)
            self._count(ticket, now - started, now, outcome, retry_after)
        finally:
            self._lock.release()
        self.bulkhead.pass_on(wake)
        self._tell()

    def _leave(self, ticket: int) -> Wake | None:
        return self.bulkhead.hand_over() if ticket > self._before_fork else None  # else its place is the parent's

    def _count(self, ticket: int, seconds: float, now: float, outcome: Outcome, retry_after: float | None) -> None:
        is_probe = self._probes.pop(ticket, None) is not None
        is_late = not is_probe and ticket != self._generation
        failed, slow = outcome.is_failure, seconds >= self._slow_seconds
        if self.listeners.wanted:
            self._note(outcome, seconds, late=is_late)
        if outcome is Outcome.CANCELLED or is_late:
            return
        if outcome is Outcome.BACK_PRESSURE:
            self._hold(now, retry_after)
            return
        if failed and retry_after is not None:
            self._asked_until = max(self._asked_until, now + retry_after)
        if is_probe:
            self._count_probe(now, failed=failed, slow=slow)
        elif self._state is State.CLOSED:
            self._window.add(now, failed=failed, slow=slow)
            if self._is_too_much():
                self._move(Event.TRIP, now)

    def _note(self, outcome: Outcome, seconds: float, *, late: bool) -> None:
        if outcome.is_failure:
            self._news.append(CallFailed(self.name, outcome, seconds, late))
        elif outcome is _SUCCESS and seconds >= self._slow_seconds:
            self._news.append(CallSlow(self.name, seconds, late))

    def _hold(self, now: float, retry_after: float | None) -> None:
        """Leave the other side alone for as long as it asked, within bounds; that is no verdict on its health."""
        seconds = min(retry_after or 0.0, self.policy.back_pressure_most_seconds)
        if self._state is not State.DISABLED and now + seconds > self._held_until:
            self._held_until = now + seconds
            self._is_easy = False
        if self.listeners.wanted:
            self._news.append(BackPressure(self.name, seconds))

    def _is_too_much(self) -> bool:
        window, policy = self._window, self.policy
        return window.calls >= policy.minimum_calls and (
            window.failures >= policy.failure_rate * window.calls or window.slow >= policy.slow_rate * window.calls
        )

    def _count_probe(self, now: float, *, failed: bool, slow: bool) -> None:
        policy = self.policy
        self._returned += 1
        self._failed += failed
        self._slow += slow
        if self._failed >= policy.failure_rate * policy.probes or self._slow >= policy.slow_rate * policy.probes:
            self._move(Event.PROBES_FAILED, now)
        elif self._returned >= policy.probes:
            self._move(Event.PROBES_PASSED, now)

    # --- transitions --------------------------------------------------------------------------------------------

    def force_open(self, now: float) -> None:
        """Refuse all calls until `reset` or `disable`."""
        self._order(Event.FORCE_OPEN, now)

    def disable(self, now: float) -> None:
        """Let all calls pass the breaker, not the bulkhead, until `reset` or `force_open`."""
        self._order(Event.DISABLE, now)

    def reset(self, now: float) -> None:
        """Close, and forget what was counted and asked for."""
        self._order(Event.RESET, now)

    def _order(self, event: Event, now: float) -> None:
        with self._lock:
            self._move(event, now)
        self._tell()

    def _move(self, event: Event, now: float) -> None:
        before, state = self._state, after(self._state, event)
        if state is None:
            return
        seconds = 0.0
        if state is State.OPEN:
            most = self.policy.open_most_seconds
            seconds = max(self._open_seconds, min(self._asked_until - now, most))
            self._open_until = now + seconds
            self._open_seconds = min(self._open_seconds * self.policy.open_growth, most)
        elif state is State.CLOSED:
            self._open_seconds = self.policy.open_seconds
            self._window.clear(now)
        if event is Event.RESET:
            self._held_until = now
        self._state = state
        self._is_easy = state is State.DISABLED or state is State.CLOSED  # no probe passes while a 429 holds calls back
        self._asked_until = now
        self._begin_generation()
        if self.listeners.wanted:
            self._news.append(StateChanged(self.name, event, before, state, self._generation, seconds))

    def _begin_generation(self) -> None:
        self._ticket += 1
        self._generation = self._ticket
        self._probes.clear()
        self._returned = self._failed = self._slow = 0

    def _tell(self) -> None:
        """Tell the news, with the lock free."""
        if self._news:
            with self._lock:
                news, self._news = self._news, []
            for each in news:
                self.listeners.tell(each)

    def forked(self) -> None:
        """Go on in the child of a fork: the calls that are out, and whoever held the lock, are the parent's."""
        self._lock = threading.RLock()
        self.bulkhead.forked(self._lock)
        self._news = []
        self._before_fork = self._ticket
        self._begin_generation()


class Permit:
    """Leave to make one call, given back by `done` or `cancel`; one that is forgotten gives itself back."""

    __slots__ = ("_breaker", "_ticket", "started")

    def __init__(self, breaker: Breaker, ticket: int, started: float) -> None:
        """Belong to the call that began at `started`."""
        self._breaker = breaker
        self._ticket = ticket
        self.started = started

    def done(self, outcome: Outcome, now: float, *, retry_after: float | None = None) -> None:
        """Say how the call ended; what is said again is not heard. `retry_after` is in seconds."""
        ticket, self._ticket = self._ticket, 0
        if ticket:
            self._breaker.finish(ticket, self.started, now, outcome, retry_after=retry_after)

    def cancel(self, now: float) -> None:
        """Say that the call came to nothing, through no fault of the other side."""
        self.done(Outcome.CANCELLED, now)

    def __del__(self) -> None:
        if self._ticket:
            self.cancel(self.started)
