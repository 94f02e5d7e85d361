# SPDX-License-Identifier: Apache-2.0
"""Gives claims back whose owners never heard of them: the reply came too late, or not at all.

Nothing was begun under such a claim, and without this it would block its key for a lease, and then as unknown for a
day. A process that ends meanwhile gives nothing back: then it is so.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Generic, NamedTuple, TypeVar

from .hang_timer import PAUSE_SECONDS

Call = TypeVar("Call")
Result = TypeVar("Result")

RETURNING_SECONDS = 60.0  # as long as a lease: an outage that takes longer leaves unknown outcomes anyway
_MOST = 10_000  # that wait; more come only from a flood upon a server that is going down
_AT_ONCE = 100
_SLOWER, _SLOWEST_SECONDS = 2, 1.0  # between two tries
_log = logging.getLogger("seeother.ledger")


def unread(future: "asyncio.Future[Result]") -> Result | None:
    """The result that its reader has not seen, who was cancelled in the turn of the loop in which he would have."""
    return future.result() if future.done() and not future.cancelled() and future.exception() is None else None


class _Owed(NamedTuple, Generic[Call]):
    call: Call
    due: float  # by the loop's clock


class Returns(Generic[Call]):
    """What one event loop has to give back, and the task that does it while there is something."""

    def __init__(self, ask: Callable[[Call], Awaitable[object]]) -> None:
        """Make the calls by `ask`, which raises where the server has not heard; must be made on the event loop."""
        self._ask = ask
        self._loop = asyncio.get_running_loop()
        self._owed: deque[_Owed[Call]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._is_full = False

    def owe(self, call: Call, due: float) -> None:
        """Make the call from `due` on (seconds of the loop's clock): before, the claim may yet be granted."""
        if len(self._owed) >= _MOST:
            if not self._is_full:  # said once: whoever is in trouble needs no line for each request
                self._is_full = True
                _log.warning("claims that nobody heard of cannot be given back, for too many wait for that")
            return
        self._owed.append(_Owed(call, due))
        if self._task is None:
            # It serves all, so it must not run in the context of the request that happened to be the first.
            self._task = self._loop.create_task(self._work(), name="seeother returns", context=Context())

    def close(self) -> None:
        """Give nothing back any more."""
        self._owed.clear()
        if self._task is not None:
            self._task.cancel()

    async def _work(self) -> None:
        pause = PAUSE_SECONDS
        try:
            while self._owed:
                await asyncio.sleep(self._owed[0].due - self._loop.time())
                unheard = await self._made(self._due())
                self._owed.extendleft(reversed(unheard))
                if unheard:
                    await asyncio.sleep(pause)
                pause = min(pause * _SLOWER, _SLOWEST_SECONDS) if unheard else PAUSE_SECONDS
        finally:
            self._task = None
            self._is_full = False

    def _due(self) -> list[_Owed[Call]]:
        some: list[_Owed[Call]] = []
        while self._owed and len(some) < _AT_ONCE and self._owed[0].due <= self._loop.time():
            some.append(self._owed.popleft())
        return some

    async def _made(self, some: list[_Owed[Call]]) -> list[_Owed[Call]]:
        """Make these calls; which of them the server has not heard and is to be asked again."""
        said = await asyncio.gather(*[self._ask(each.call) for each in some], return_exceptions=True)
        unheard = [each for each, result in zip(some, said, strict=True) if isinstance(result, BaseException)]
        again = [each for each in unheard if self._loop.time() < each.due + RETURNING_SECONDS]
        if len(again) < len(unheard):
            _log.warning("claims that nobody heard of could not be given back: their outcome will be unknown")
        return again
