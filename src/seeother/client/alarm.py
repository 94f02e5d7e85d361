# SPDX-License-Identifier: Apache-2.0
"""The end of a call's time, from its request to the last byte of the content.

A client library's own timeouts are for each read, so that a byte now and then keeps a call alive for ever.

Calls that have the same time end in the order in which they began, so they share one timer, set for the oldest: a timer
for each would cost more than all else that is done here. And a call has an alarm only from when it first waits.
"""

import asyncio
import time
import types
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar, cast

R = TypeVar("R")

_ROUNDING = 0.001  # seconds: uvloop's timers count whole milliseconds


class TooLateError(Exception):
    """The time was over while something was waited for."""


class Alarm:
    """Cancels the task that waits for the other side when the time is over, and only while it waits for that."""

    __slots__ = ("_cancelling", "_handle", "_queue", "_task", "at", "has_rung")

    def __init__(self, at: float) -> None:
        """Ring at this moment on the monotonic clock."""
        self.at = at
        self.has_rung = False
        self._task: asyncio.Task[Any] | None = None  # who waits
        self._cancelling = 0
        self._queue: _Queue | None = None
        self._handle: asyncio.TimerHandle | None = None

    def ring(self) -> None:
        """Say that the time is over."""
        self.has_rung = True
        if self._task is not None:
            self._task.cancel()

    def begin(self) -> None:
        """The running task waits from now on; raises TooLateError if the time is over."""
        if self.has_rung:
            raise TooLateError
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a call with a timeout must run in an asyncio task")
        self._task = task
        self._cancelling = task.cancelling()

    def end(self, error: BaseException | None = None) -> bool:
        """Nobody waits any more; whether this alarm alone has caused the `error` (as asyncio.timeout decides it)."""
        task, self._task = self._task, None
        if not self.has_rung or task is None:
            return False
        return task.uncancel() <= self._cancelling and isinstance(error, asyncio.CancelledError)

    def stop(self) -> None:
        """Ring no more."""
        if self._queue is not None:
            self._queue.entries.pop(self, None)
        elif self._handle is not None:
            self._handle.cancel()

    def alone(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have a timer of its own."""
        self._handle = loop.call_later(self.at - time.monotonic(), self.ring)

    def among(self, queue: "_Queue") -> None:
        """Share a timer with others."""
        self._queue = queue
        queue.add(self)


class _Queue:
    """The alarms of one event loop that have the same time, the oldest first."""

    __slots__ = ("_is_set", "entries", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.entries: dict[Alarm, None] = {}
        self._is_set = False

    def add(self, alarm: Alarm) -> None:
        self.entries[alarm] = None
        if not self._is_set:
            self._is_set = True
            self.loop.call_later(alarm.at - time.monotonic(), self._look)

    def _look(self) -> None:
        now = time.monotonic() + _ROUNDING
        while self.entries:
            oldest = next(iter(self.entries))
            if oldest.at > now:
                self.loop.call_later(oldest.at - now + _ROUNDING, self._look)
                return
            del self.entries[oldest]
            oldest.ring()
        self._is_set = False


class Alarms:
    """Sets the alarms of one caller's calls."""

    __slots__ = ("_queues",)

    def __init__(self) -> None:
        self._queues: dict[float, _Queue] = {}  # by seconds; the one of the loop that asked last

    def set(self, seconds: float, *, is_usual: bool) -> Alarm:
        """An alarm in so many seconds; `is_usual` where many calls have as many."""
        alarm = Alarm(time.monotonic() + seconds)
        loop = asyncio.get_running_loop()
        if is_usual:
            queue = self._queues.get(seconds)
            if queue is None or queue.loop is not loop:
                queue = self._queues[seconds] = _Queue(loop)
            alarm.among(queue)
        else:
            alarm.alone(loop)
        return alarm


class Timed:
    """Something whose time begins when it first waits; None seconds: it takes as long as it takes."""

    __slots__ = ("alarm", "alarms", "is_usual", "seconds")

    def __init__(self, alarms: Alarms) -> None:
        """Have the alarm set by `alarms`."""
        self.alarms = alarms
        self.alarm: Alarm | None = None
        self.seconds: float | None = None
        self.is_usual = False

    def stop(self) -> None:
        """The time does not matter any more."""
        if self.alarm is not None:
            self.alarm.stop()
            self.alarm = None


async def timed(awaited: Coroutine[Any, Any, R], of: Timed) -> R:
    """What `await` does, within the time of `of`: raises TooLateError when that is over."""
    if of.alarm is not None and of.alarm.has_rung:
        awaited.close()
        raise TooLateError
    try:
        waits_for = awaited.send(None)
    except StopIteration as stop:
        return cast("R", stop.value)
    return await waited(awaited, waits_for, of)


async def waited(awaited: Coroutine[Any, Any, R], waits_for: object, of: Timed) -> R:
    """As `timed`, of a coroutine that has been begun and waits for something."""
    alarm = of.alarm
    if alarm is None:
        if of.seconds is None:
            return await _go_on(awaited, waits_for)
        alarm = of.alarm = of.alarms.set(of.seconds, is_usual=of.is_usual)
    alarm.begin()
    try:
        result = await _go_on(awaited, waits_for)
    except BaseException as error:
        if alarm.end(error):
            raise TooLateError from error
        raise
    alarm.end()
    return result


@types.coroutine
def _go_on(awaited: Coroutine[Any, Any, R], waits_for: object) -> Generator[Any, Any, R]:
    """What `yield from` does, for a coroutine that has been begun already."""
    while True:
        try:
            yield waits_for
        except GeneratorExit:
            awaited.close()
            raise
        except BaseException as error:  # noqa: BLE001 - whatever is thrown in is the coroutine's
            try:
                waits_for = awaited.throw(error)
            except StopIteration as stop:
                return cast("R", stop.value)
        else:
            return cast("R", (yield from awaited))
