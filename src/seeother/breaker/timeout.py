# SPDX-License-Identifier: Apache-2.0
"""Timeouts of many calls for the price of one timer: a call joins a queue only when it begins to wait.

`asyncio.timeout` sets and takes back a timer for each call, which costs more than all else that a breaker does. Calls
with the same timeout end in the order in which they began, so one timer, set for the oldest, is enough.
"""

import asyncio
import time
import types
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar, cast

R = TypeVar("R")

_ROUNDING = 0.001  # seconds: uvloop's timers count whole milliseconds


class _Entry:
    """A call that waits; `cancelling` as it was when the call began, as in asyncio.timeout."""

    __slots__ = ("at", "cancelling", "has_expired", "task")

    def __init__(self, task: asyncio.Task[Any], at: float) -> None:
        self.task = task
        self.at = at
        self.cancelling = task.cancelling()
        self.has_expired = False

    def expire(self) -> None:
        """End the call: where it waits, it is cancelled."""
        self.has_expired = True
        self.task.cancel()

    def take_back(self) -> bool:
        """Undo the cancellation, if there was one; whether it was the only one."""
        if not self.has_expired:
            return False
        self.has_expired = False
        return self.task.uncancel() <= self.cancelling


class _Queue:
    """The waiting calls of one event loop, the oldest first."""

    __slots__ = ("_is_set", "_loop", "entries")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._is_set = False
        self.entries: dict[_Entry, None] = {}

    def add(self, entry: _Entry, seconds: float) -> None:
        """Have the entry expire after so many seconds."""
        self.entries[entry] = None
        if not self._is_set:
            self._is_set = True
            self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        now = time.monotonic() + _ROUNDING
        while self.entries:
            oldest = next(iter(self.entries))
            if oldest.at > now:
                self._loop.call_later(oldest.at - now + _ROUNDING, self._look)
                return
            del self.entries[oldest]
            oldest.expire()
        self._is_set = False


class Timeouts:
    """Ends coroutines that take longer than `seconds`, or than a shorter time of their own, with TimeoutError."""

    __slots__ = ("_queues", "_seconds")

    def __init__(self, seconds: float | None) -> None:
        """Give each coroutine so many seconds; None: as many as it needs."""
        self._seconds = seconds
        self._queues: dict[asyncio.AbstractEventLoop, _Queue] = {}

    async def rest(self, coroutine: Coroutine[Any, Any, R], first: object, seconds: float | None) -> R:
        """The result of a coroutine that has yielded `first`; it has `seconds`, which are no more than those of all."""
        if seconds is None:
            return await _go_on(coroutine, first)
        task = asyncio.current_task()
        if task is None:
            coroutine.close()
            raise RuntimeError("a call with a timeout must run in an asyncio task")
        loop = task.get_loop()
        entry = _Entry(task, time.monotonic() + seconds)
        handle = queue = None
        if seconds == self._seconds:
            queue = self._queues.get(loop) or self._begin(loop)
            queue.add(entry, seconds)
        else:
            handle = loop.call_later(seconds, entry.expire)
        try:
            return await _go_on(coroutine, first)
        except asyncio.CancelledError as error:
            if entry.take_back():
                raise TimeoutError(f"no answer within {seconds:g} s") from error
            raise
        finally:
            entry.take_back()
            if handle is not None:
                handle.cancel()
            elif queue is not None:
                queue.entries.pop(entry, None)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> _Queue:
        for other in list(self._queues):
            if other.is_closed():
                self._queues.pop(other, None)
        return self._queues.setdefault(loop, _Queue(loop))


@types.coroutine
def _go_on(coroutine: Coroutine[Any, Any, R], waits_for: object) -> Generator[object, Any, R]:
    """What `await` does, for a coroutine that has been begun already."""
    while True:
        try:
            yield waits_for
        except GeneratorExit:
            coroutine.close()
            raise
        except BaseException as error:  # noqa: BLE001 - whatever is thrown in is the coroutine's
            try:
                waits_for = coroutine.throw(error)
            except StopIteration as stop:
                return cast("R", stop.value)
        else:
            return cast("R", (yield from coroutine))
