# SPDX-License-Identifier: Apache-2.0
"""Whose fault it is that there is no answer."""

import asyncio
import time

from seeother.ledger.hang_timer import HangTimer


async def test_silence_is_told() -> None:
    """When the patience is over."""
    rung = asyncio.Event()

    HangTimer(asyncio.get_running_loop(), rung.set, patience=0.01)

    await asyncio.wait_for(rung.wait(), 10)


async def test_answer_that_waits_to_be_read_counts() -> None:
    """Our own loop did not come round for longer than the patience: it first gets to read what has come."""
    loop = asyncio.get_running_loop()
    rung: list[str] = []
    timer = HangTimer(loop, lambda: rung.append("hangs"), patience=0.01)

    time.sleep(0.1)  # noqa: ASYNC251 - as a handler that does not know better
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    timer.stop()
    await asyncio.sleep(0.1)

    assert rung == []


async def test_large_answer_takes_its_time() -> None:
    """Ten million bytes get a second more."""
    loop = asyncio.get_running_loop()
    timer = HangTimer(loop, lambda: None, patience=0.5, size=10_000_000)
    timer.stop()

    assert 1.0 < timer.deadline - loop.time() <= 1.5
