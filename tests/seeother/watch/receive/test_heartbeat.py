# SPDX-License-Identifier: Apache-2.0
"""The heartbeat goes the way of all telemetry, so its silence says that storing has stopped."""

import asyncio
from concurrent.futures import Future

import pytest

from seeother.errors import StoreError
from seeother.watch.receive import Heartbeat
from seeother.watch.warehouse import Encoding, Outcome, Signal, Store, Stored
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.clock import FakeClock


async def test_it_is_stored(store: Store, engine: ChdbEngine) -> None:
    """As a log record of watch's own."""
    clock = FakeClock(1_800_000_000.0)
    heard = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hear() -> None:
        loop.call_soon_threadsafe(heard.set)

    stop = store.listen(hear)
    beating = asyncio.create_task(Heartbeat(store.submit, clock=clock).run())
    await heard.wait()
    beating.cancel()
    stop()

    assert engine.rows("SELECT service, event, toString(ts) AS at FROM log_records") == [
        {"service": "seeother-watch", "event": "seeother.watch.heartbeat", "at": "2027-01-15 08:00:00.000000"}
    ]


async def test_three_missed_beats_are_a_standstill(caplog: pytest.LogCaptureFixture) -> None:
    """And the first that comes through ends it."""
    clock = FakeClock()
    missed, restored = asyncio.Event(), asyncio.Event()

    def submit(_: Signal, _encoding: Encoding, _content: bytes) -> Future[Outcome]:
        if not restored.is_set():
            missed.set()
            raise StoreError("the disk is full", retryable=True)
        future: Future[Outcome] = Future()
        future.set_result(Stored())
        return future

    heartbeat = Heartbeat(submit, 0.001, clock)
    standing = [heartbeat.has_stopped]
    beating = asyncio.create_task(heartbeat.run())
    await missed.wait()
    clock.advance(1)
    standing.append(heartbeat.has_stopped)
    restored.set()
    while heartbeat.has_stopped:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.001)
    beating.cancel()

    assert standing == [False, True]
    assert heartbeat.age_seconds == 0
    assert "the disk is full" in caplog.text
