# SPDX-License-Identifier: Apache-2.0
"""Tells every open page that the store has changed, at most four times a second."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from logging import getLogger

from seeother.errors import StoreError

from .state import Change

PAUSE_SECONDS = 0.25  # a purchase is to be seen within 2 s of its event, and others take their part of them

_log = getLogger(__name__)


class Announcer:
    """Counts after commits and passes the counts on; for one event loop, only `commit` may be called from anywhere."""

    def __init__(self, count: Callable[[], Awaitable[Change]], *, pause_seconds: float = PAUSE_SECONDS) -> None:
        """Learn by `count` how much is stored."""
        self._count = count
        self._pause = pause_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._committed = asyncio.Event()
        self._committed.set()  # who comes first is told what there is
        self._told = asyncio.Condition()
        self._latest: Change | None = None
        self._closing = asyncio.Event()

    def commit(self) -> None:
        """Rows came in."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._committed.set)

    async def run(self) -> None:
        """Announce until cancelled."""
        self._loop = asyncio.get_running_loop()
        is_away = False
        while True:
            await self._committed.wait()
            self._committed.clear()
            try:
                change = await self._count()
            except StoreError:
                if not is_away:  # once: a server may be away for hours
                    _log.exception("the store could not be counted; it is tried until it can")
                is_away = True
                self._committed.set()  # try again after the pause
            else:
                is_away = False
                await self._tell(change)
            await asyncio.sleep(self._pause)

    async def changes(self) -> AsyncIterator[Change]:
        """What is stored now, and again whenever that has changed, until `close`."""
        seen: Change | None = None
        while True:
            async with self._told:
                await self._told.wait_for(lambda: self._closing.is_set() or self._latest != seen)  # noqa: B023
                seen = self._latest
            if self._closing.is_set() or seen is None:
                return
            yield seen

    async def close(self) -> None:
        """Let all listeners go."""
        self._closing.set()
        async with self._told:
            self._told.notify_all()

    async def _tell(self, change: Change) -> None:
        async with self._told:
            self._latest = change
            self._told.notify_all()
