# SPDX-License-Identifier: Apache-2.0
"""Tells that a server hangs, and does not mistake our own event loop's hanging for it."""

import asyncio
from collections.abc import Callable

PATIENCE_SECONDS = 0.2  # from asking a server to its answer
# How long it is tried to write down how an action ended, for what is not written down is unknown for a day.
ENDING_SECONDS = 5.0
PAUSE_SECONDS = 0.05  # before it is tried again
_BYTES_PER_SECOND = 10_000_000  # what a server takes of a large answer at the least
_LATE_SECONDS = 0.02  # later than this, it is the loop that did not come round
_GRACE_SECONDS = 0.05  # to read in what has come meanwhile


class HangTimer:
    """Calls `act` when the time for an answer is up, unless it is stopped before."""

    __slots__ = ("_act", "_due", "_handle", "_loop", "deadline")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, act: Callable[[], None], *, patience: float, size: int = 0
    ) -> None:
        """The server is given `patience` seconds, and time for `size` bytes."""
        self._loop = loop
        self._act = act
        self.deadline = self._due = loop.time() + patience + size / _BYTES_PER_SECOND
        self._handle = loop.call_at(self._due, self._ring)

    def stop(self) -> None:
        """There is an answer."""
        self._handle.cancel()

    def _ring(self) -> None:
        now = self._loop.time()
        if now - self._due > _LATE_SECONDS:
            self._due = now + _GRACE_SECONDS
            self._handle = self._loop.call_at(self._due, self._ring)
        else:
            self._act()
