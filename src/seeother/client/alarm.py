# SPDX-License-Identifier: Apache-2.0
"""The end of a call's time: one timer from its first try's request to the last byte of the content.

A client library's own timeouts are for each read, so that a byte now and then keeps a call alive for ever.
"""

import asyncio
from typing import Any


class Alarm:
    """Cancels the task that waits for the other side when the time is over, and only while it waits for that.

    `has_rung` stays set; whoever begins to wait after that is to give up at once.
    """

    __slots__ = ("_cancelling", "_handle", "_task", "has_rung")

    def __init__(self, seconds: float) -> None:
        """Ring in so many seconds; the task that is running waits from now on."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a call with a timeout must run in an asyncio task")
        self._task: asyncio.Task[Any] | None = task
        self._cancelling = task.cancelling()
        self.has_rung = False
        self._handle = task.get_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        self.has_rung = True
        if self._task is not None:
            self._task.cancel()

    def watch(self) -> bool:
        """Have the running task wait; False when the time is over."""
        if self.has_rung:
            return False
        task = asyncio.current_task()
        self._task = task
        self._cancelling = 0 if task is None else task.cancelling()
        return True

    def rest(self) -> None:
        """Nobody waits: whoever has the answer may take time with it."""
        task, self._task = self._task, None
        if self.has_rung and task is not None:
            task.uncancel()  # the library has made something else of it

    def is_cause(self, error: BaseException) -> bool:
        """Whether this alarm alone has cancelled the task that waited (as asyncio.timeout decides it)."""
        task, self._task = self._task, None
        if not self.has_rung or task is None:
            return False
        return task.uncancel() <= self._cancelling and isinstance(error, asyncio.CancelledError)

    def stop(self) -> None:
        """Ring no more."""
        self._handle.cancel()
        self._task = None
