# SPDX-License-Identifier: Apache-2.0
"""Delivers what actions have put into their outbox: at least once, each message with a key of its own.

Rules of this file: a message is lent, delivered outside of any transaction, and its end written down together with the
next one's lending; whoever dies in between lets it be delivered again, with the same key, after its lease.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import CallerError

from . import action_rows
from .dialect import Dialect
from .doors import join
from .joined import AsyncJoined, Joined, Script, aperform, perform
from .outbox_rows import DEAD, DELIVERED, WAITING, Letter, borrow, end, in_state, purge, revive

Result = TypeVar("Result")
Resume = Callable[[Mapping[str, str]], AbstractContextManager[Any]]

_PURGE_ROWS = 500
_AWAY = "the outbox could not be read or written, and is tried again"
_log = logging.getLogger("seeother.ledger")
_PURGE_SECONDS = 30.0


class UndeliverableError(Exception):
    """What a receiver's refusal is told by: trying again is of no use, the message is dead at once."""


@contextmanager
def _alone(_: Mapping[str, str]) -> Generator[None]:
    """On nobody's behalf."""
    yield


@dataclass(frozen=True, slots=True)
class Delivery:
    """How messages are delivered; durations are seconds.

    `lease` is longer than any delivery takes. A failed one is tried again after `first_wait`, and then each time twice
    as long, up to `longest_wait` (less up to half of it, by chance); after `attempts` it is dead. What was delivered
    is remembered for `keep`. With `resume` (`seeother.telemetry.resume`) it is done on behalf of the exchange that the
    message was written in.
    """

    lease: float = 60.0
    attempts: int = 12
    first_wait: float = 1.0
    longest_wait: float = 3600.0
    keep: float = 24 * 3600.0
    resume: Resume = _alone
    chance: Callable[[], float] = random.random

    def wait(self, attempts: int) -> float:
        """Seconds from the n-th attempt's failure to the next attempt."""
        longest: float = min(self.longest_wait, self.first_wait * 2.0 ** (attempts - 1))
        return longest * (1 - self.chance() / 2)

    def ended(self, letter: Letter, error: Exception | None) -> tuple[int, float, str | None]:
        """The state of a message after an attempt, for how long, and why."""
        if error is None:
            return DELIVERED, self.keep, None
        told = f"{type(error).__name__}: {error}"
        if isinstance(error, UndeliverableError) or letter.attempts >= self.attempts:
            return DEAD, 0.0, told
        return WAITING, self.wait(letter.attempts), told


_Last = tuple[Letter, Exception | None] | None


class _Scripts:
    """What both kinds of outbox do in the database."""

    def __init__(self, source: object, delivery: Delivery, clock: Clock) -> None:
        """Use the outbox in the database that `source` leads to."""
        self._source = source
        self._delivery = delivery
        self._clock = clock
        self._next_purge = 0.0

    def _next(self, last: _Last, dialect: Dialect) -> Script[Letter | None]:
        """Write down how the last delivery ended, and lend the next message."""
        now = self._clock.time()
        if last is not None:
            letter, failure = last
            state, wait, error = self._delivery.ended(letter, failure)
            yield from end(dialect, letter, state=state, wait=wait, now=now, error=error)
        found = yield from borrow(dialect, 1, lease=self._delivery.lease, now=now)
        return found[0] if found else None

    def _purge(self, dialect: Dialect) -> Script[int]:
        """Forget now and then delivered messages, and answers, that have had their time."""
        if self._clock.monotonic() < self._next_purge:
            return 0
        self._next_purge = self._clock.monotonic() + _PURGE_SECONDS
        now = self._clock.time()
        gone = yield from purge(dialect, _PURGE_ROWS, now)
        return gone + (yield from action_rows.purge(dialect, now))

    def _revive(self, dialect: Dialect, identifier: int) -> Script[bool]:
        return revive(dialect, identifier, self._clock.time())


class Outbox(_Scripts):
    """The outbox of a database whose connections block; several processes may deliver from one."""

    def __init__(
        self,
        source: object,
        deliver: Callable[[Letter], object],
        delivery: Delivery | None = None,
        *,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Deliver by `deliver`, which raises when it could not; `source` is what `once` takes, best a pool."""
        super().__init__(source, delivery or Delivery(), clock)
        self._deliver = deliver

    def deliver_due(self) -> int:
        """Try every message that is due; returns how many that were."""
        tried = 0
        last: _Last = None
        while True:
            letter = self._do(partial(self._next, last))
            if letter is None:
                self._do(self._purge)
                return tried
            tried += 1
            last = letter, self._failure(letter)

    def run(self, stopped: threading.Event, *, every: float = 1.0) -> None:
        """Deliver what is due, again each `every` seconds, until `stopped` is set; a database that is away is told."""
        while not stopped.is_set():
            try:
                self.deliver_due()
            except Exception:  # noqa: BLE001 - whatever a library raises; the messages are still there
                _log.exception(_AWAY)
            stopped.wait(every)

    def dead(self, most: int = 100) -> list[Letter]:
        """Messages that are not tried any more, oldest first, each with its last error."""
        return self._do(lambda dialect: in_state(dialect, DEAD, most))

    def waiting(self, most: int = 100) -> list[Letter]:
        """Messages that are still to be delivered, oldest first."""
        return self._do(lambda dialect: in_state(dialect, WAITING, most))

    def revive(self, identifier: int) -> bool:
        """Try a dead message again; False when it is not dead."""
        return self._do(lambda dialect: self._revive(dialect, identifier))

    def _failure(self, letter: Letter) -> Exception | None:
        try:
            with self._delivery.resume(letter.carrier):
                self._deliver(letter)
        except Exception as error:  # noqa: BLE001 - it is written down, and tried again
            return error
        return None

    def _do(self, script: Callable[[Dialect], Script[Result]]) -> Result:
        joined = join(self._source)
        if not isinstance(joined, Joined):
            raise CallerError("this database is reached by an event loop: use AsyncOutbox")
        try:
            joined.open()
            result = perform(script(joined.dialect), joined)
            joined.commit()
        except BaseException:
            joined.give_back()
            raise
        joined.close()
        return result


class AsyncOutbox(_Scripts):
    """The outbox of a database that is reached by an event loop."""

    def __init__(
        self,
        source: object,
        deliver: Callable[[Letter], Awaitable[object]],
        delivery: Delivery | None = None,
        *,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Deliver by `deliver`, which raises when it could not; `source` is what `once` takes, best a pool."""
        super().__init__(source, delivery or Delivery(), clock)
        self._deliver = deliver

    async def deliver_due(self) -> int:
        """Try every message that is due; returns how many that were."""
        tried = 0
        last: _Last = None
        while True:
            letter = await self._do(partial(self._next, last))
            if letter is None:
                await self._do(self._purge)
                return tried
            tried += 1
            last = letter, await self._failure(letter)

    async def run(self, *, every: float = 1.0) -> None:
        """Deliver what is due, again each `every` seconds, until the task is cancelled; as `Outbox.run`."""
        while True:
            try:
                await self.deliver_due()
            except Exception:  # noqa: BLE001 - whatever a library raises; the messages are still there
                _log.exception(_AWAY)
            await asyncio.sleep(every)

    async def dead(self, most: int = 100) -> list[Letter]:
        """Messages that are not tried any more, oldest first, each with its last error."""
        return await self._do(lambda dialect: in_state(dialect, DEAD, most))

    async def waiting(self, most: int = 100) -> list[Letter]:
        """Messages that are still to be delivered, oldest first."""
        return await self._do(lambda dialect: in_state(dialect, WAITING, most))

    async def revive(self, identifier: int) -> bool:
        """Try a dead message again; False when it is not dead."""
        return await self._do(lambda dialect: self._revive(dialect, identifier))

    async def _failure(self, letter: Letter) -> Exception | None:
        try:
            with self._delivery.resume(letter.carrier):
                await self._deliver(letter)
        except Exception as error:  # noqa: BLE001 - it is written down, and tried again
            return error
        return None

    async def _do(self, script: Callable[[Dialect], Script[Result]]) -> Result:
        joined = join(self._source)
        if not isinstance(joined, AsyncJoined):
            raise CallerError("this database's connections block: use Outbox")
        try:
            await joined.open()
            result = await aperform(script(joined.dialect), joined)
            await joined.commit()
        except BaseException:
            await joined.give_back()
            raise
        await joined.close()
        return result
