# SPDX-License-Identifier: Apache-2.0
"""Timeouts that share a timer: each ends its own call, and nothing else."""

import asyncio
import gc
import threading
from collections.abc import Coroutine
from typing import Any

import pytest
import uvloop

from seeother.breaker.timeout import Timeouts

LONG = 60.0  # seconds that no test waits


async def timed(timeouts: Timeouts, coroutine: Coroutine[Any, Any, str], seconds: float | None) -> str:
    """Begin a coroutine, and let it go on in its time."""
    try:
        first = coroutine.send(None)
    except StopIteration as stop:
        return str(stop.value)
    return await timeouts.rest(coroutine, first, seconds)


async def answer(seconds: float) -> str:
    """Answers after a while."""
    await asyncio.sleep(seconds)
    return "done"


async def test_who_is_quick_gets_an_answer_and_who_is_not_an_error() -> None:
    """The queue's timeout and one of the call's own."""
    timeouts = Timeouts(0.05)

    assert await timed(timeouts, answer(0), 0.05) == "done"
    for seconds in (0.05, 0.01):
        with pytest.raises(TimeoutError, match="no answer within"):
            await timed(timeouts, answer(LONG), seconds)
    assert await timed(timeouts, answer(0), 0.01) == "done"
    assert await timed(timeouts, answer(0), None) == "done"


async def test_a_thousand_calls_set_one_timer() -> None:
    """All that hang are ended, whenever they began, and the queue is empty afterwards."""
    timeouts, loop = Timeouts(0.1), asyncio.get_running_loop()
    timers: list[float] = []
    call_later = loop.call_later

    def counting(delay: float, *rest: Any) -> asyncio.TimerHandle:  # noqa: ANN401 - passed on
        timers.append(delay)
        return call_later(delay, *rest)

    loop.call_later = counting  # type: ignore[method-assign, assignment]
    hanging = asyncio.Event()

    async def hang() -> str:
        await hanging.wait()
        return "done"

    results = await asyncio.gather(*[timed(timeouts, hang(), 0.1) for _ in range(1000)], return_exceptions=True)

    assert [type(each) for each in results] == [TimeoutError] * 1000
    assert len(timers) < 200  # one, and one for each millisecond in which others had begun
    assert not timeouts._queues[loop].entries  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - nothing is left


async def test_a_cancellation_from_outside_stays_one() -> None:
    """The caller went away: nothing turns that into a timeout."""
    timeouts = Timeouts(LONG)
    task = asyncio.create_task(timed(timeouts, answer(LONG), LONG))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_beside_a_timeout_wins() -> None:
    """Both come in the same turn of the loop: the task is cancelled, as asyncio.timeout has it."""
    timeouts = Timeouts(0.02)

    async def stubborn() -> str:
        try:
            await asyncio.sleep(LONG)
        finally:
            task.cancel()
        return "done"

    task = asyncio.create_task(timed(timeouts, stubborn(), 0.02))
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_task_goes_on_after_a_timeout() -> None:
    """No cancellation is left behind, and asyncio's own timeouts work around and inside it."""
    timeouts = Timeouts(0.02)
    with pytest.raises(TimeoutError):
        await timed(timeouts, answer(LONG), 0.02)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await timed(timeouts, answer(LONG), 0.02)
    assert task.cancelling() == 0


async def test_what_is_thrown_in_can_be_caught_inside() -> None:
    """A coroutine may clean up, wait again, and answer all the same."""
    timeouts = Timeouts(0.02)

    async def persistent() -> str:
        try:
            await asyncio.sleep(LONG)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return "late"

    assert await timed(timeouts, persistent(), 0.02) == "late"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_what_it_raises_comes_out() -> None:
    """Also a TimeoutError of its own, untouched."""
    timeouts, mine = Timeouts(LONG), TimeoutError("mine")

    async def fail() -> str:
        await asyncio.sleep(0)
        raise mine

    with pytest.raises(TimeoutError) as caught:
        await timed(timeouts, fail(), LONG)
    assert caught.value is mine


async def test_a_closed_call_closes_what_it_waits_for() -> None:
    """The generator is ended, and so is the coroutine in it."""
    closed: list[bool] = []

    async def waiting() -> str:
        try:
            await asyncio.sleep(LONG)
        finally:
            closed.append(True)
        return "done"

    call = timed(Timeouts(LONG), waiting(), LONG)
    call.send(None)
    call.close()
    gc.collect()

    assert closed == [True]


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_each_loop_has_its_own_queue(new_loop: Any) -> None:  # noqa: ANN401 - uvloop's types are its own
    """In two threads at once, and one after the other; loops that are closed are forgotten."""
    timeouts, outcomes = Timeouts(0.03), list[str]()

    async def both() -> None:
        outcomes.append(await timed(timeouts, answer(0), 0.03))
        with pytest.raises(TimeoutError):
            await timed(timeouts, answer(LONG), 0.03)
        outcomes.append("ended")

    def run() -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(both())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    run()

    assert sorted(outcomes) == ["done"] * 3 + ["ended"] * 3
    assert len(timeouts._queues) == 1  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the other two are closed
