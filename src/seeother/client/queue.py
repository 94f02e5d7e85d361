# SPDX-License-Identifier: Apache-2.0
"""Standing in the queue of a full bulkhead, awaiting and blocking: who is let in has the place, and must leave it."""

import asyncio
import threading

from .call import Queue


async def stand(queue: Queue) -> bool:
    """Whether a place has become free in time."""
    bulkhead = queue.bulkhead
    loop = asyncio.get_running_loop()
    turn = loop.create_future()

    def call() -> None:
        if not turn.done():
            turn.set_result(None)

    def wake() -> None:
        loop.call_soon_threadsafe(call)  # whoever leaves may do so in another thread

    if not bulkhead.wait(wake):
        return False
    try:
        async with asyncio.timeout(queue.seconds):
            await turn
    except TimeoutError:
        return not bulkhead.forget(wake)  # else it came in the last moment
    except BaseException:
        if not bulkhead.forget(wake):
            bulkhead.leave()
        raise
    return True


def stand_blocking(queue: Queue) -> bool:
    """As `stand`, in a thread that may block."""
    turn = threading.Event()
    wake = turn.set
    if not queue.bulkhead.wait(wake):
        return False
    try:
        has_come = turn.wait(queue.seconds)
    except BaseException:  # a signal's handler may raise here, such as a task's time limit
        if not queue.bulkhead.forget(wake):
            queue.bulkhead.leave()
        raise
    return has_come or not queue.bulkhead.forget(wake)
