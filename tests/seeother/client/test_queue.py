# SPDX-License-Identifier: Apache-2.0
"""Who stands in the queue of a full bulkhead is let in with a place, gives up without one, and loses none."""

import asyncio
import math
import threading

import pytest

from seeother.breaker import Bulkhead
from seeother.client.call import Queue
from seeother.client.queue import stand, stand_blocking

LONG, SHORT = 30.0, 0.01  # seconds


@pytest.fixture
def full() -> Bulkhead:
    """One place, which is taken, and room for one to wait."""
    bulkhead = Bulkhead(1, waiters=1)
    assert bulkhead.enter()
    return bulkhead


async def test_the_next_is_let_in(full: Bulkhead) -> None:
    """With the place of the one who leaves."""
    waiting = asyncio.create_task(stand(Queue(full, LONG)))
    await asyncio.sleep(0)
    assert not await stand(Queue(full, LONG))  # the queue is full, too

    full.leave()

    assert await waiting
    assert (full.running, full.waiting) == (1, 0)


async def test_patience_ends(full: Bulkhead) -> None:
    """Nobody stands there for ever, and nobody who has left is let in."""
    assert not await stand(Queue(full, SHORT))

    assert (full.running, full.waiting) == (1, 0)


async def test_a_cancelled_one_leaves_the_queue(full: Bulkhead) -> None:
    """Before it is let in, and after that with the place."""
    for is_let_in in (False, True):
        waiting = asyncio.create_task(stand(Queue(full, LONG)))
        await asyncio.sleep(0)
        if is_let_in:
            full.leave()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (full.running, full.waiting) == (0 if is_let_in else 1, 0)


def test_one_whose_event_loop_is_closed_harms_nobody() -> None:
    """Whoever leaves hears nothing of it, and the place goes to the next who can take it."""
    bulkhead, heard = Bulkhead(1, waiters=3), list[bool]()
    assert bulkhead.enter()
    gone = asyncio.new_event_loop()
    tasks = [gone.create_task(stand(Queue(bulkhead, LONG))) for _ in range(2)]
    gone.run_until_complete(asyncio.sleep(0))
    gone.close()
    bulkhead.wait(lambda: heard.append(True))

    bulkhead.leave()
    first = (list(heard), bulkhead.running, bulkhead.waiting)
    bulkhead.leave()

    assert first == ([True], 1, 0)
    assert (bulkhead.running, bulkhead.waiting) == (0, 0)
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined] # noqa: SLF001 - it is what this test is about


def test_threads_stand_in_the_same_queue(full: Bulkhead) -> None:
    """One that leaves lets in one that blocks."""
    heard: list[bool] = []
    thread = threading.Thread(target=lambda: heard.append(stand_blocking(Queue(full, LONG))))
    thread.start()
    while not full.waiting:
        pass

    full.leave()
    thread.join(LONG)

    assert heard == [True]
    assert (full.running, full.waiting) == (1, 0)
    assert not stand_blocking(Queue(full, SHORT))
    assert (full.running, full.waiting) == (1, 0)


def test_a_wait_that_breaks_off_takes_no_place(full: Bulkhead) -> None:
    """Here since no lock waits for ever and a day: the place goes to nobody who has left."""
    with pytest.raises(OverflowError):
        stand_blocking(Queue(full, math.inf))
    full.leave()

    assert (full.running, full.waiting) == (0, 0)
