# SPDX-License-Identifier: Apache-2.0
"""Many commits, few announcements."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest

from seeother.errors import StoreError
from seeother.watch.api import Announcer
from seeother.watch.api.state import Change


class Counter:
    """Counts how often it is asked; fails the first `failures` times."""

    def __init__(self, failures: int = 0) -> None:
        """Begin at nothing."""
        self.asked = 0
        self._failures = failures

    async def __call__(self) -> Change:
        """One row more each time."""
        self.asked += 1
        if self.asked <= self._failures:
            raise StoreError("away")
        return Change(steps=self.asked, findings=0, recounted=0)


@asynccontextmanager
async def running(announcer: Announcer) -> AsyncGenerator[None]:
    """The announcer at work."""
    task = asyncio.create_task(announcer.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_commits_during_the_pause_are_announced_as_one() -> None:
    """A thousand commits while it rests cost one count."""
    counter = Counter()
    announcer = Announcer(counter, pause_seconds=0.05)
    async with running(announcer):
        heard = announcer.changes()
        first = await anext(heard)
        for _ in range(1000):
            announcer.commit()

        second = await anext(heard)

    assert [first.steps, second.steps, counter.asked] == [1, 2, 2]


async def test_a_count_that_fails_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It is tried again, and said once."""
    announcer = Announcer(Counter(failures=2), pause_seconds=0)
    async with running(announcer):
        assert (await anext(announcer.changes())).steps == 3
    assert len(caplog.records) == 1


async def test_commits_outside_a_loop_disturb_nobody() -> None:
    """Before the announcer runs and after its loop has gone."""
    announcer = Announcer(Counter())
    announcer.commit()

    async def once() -> None:
        async with running(announcer):
            await anext(announcer.changes())

    await asyncio.to_thread(asyncio.run, once())
    announcer.commit()
