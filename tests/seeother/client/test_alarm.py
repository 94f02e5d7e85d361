# SPDX-License-Identifier: Apache-2.0
"""One timer for many calls: each ends in its own time, and nobody else's cancellation is taken for it."""

import asyncio

import pytest

from seeother.client.alarm import Alarms, Timed, TooLateError, timed

SHORT = 0.02  # seconds


def within(alarms: Alarms, seconds: float | None, *, is_usual: bool = True) -> Timed:
    """A call's time."""
    of = Timed(alarms)
    of.seconds, of.is_usual = seconds, is_usual
    return of


async def for_ever() -> None:
    """Wait for what never comes."""
    await asyncio.Event().wait()


async def at_once() -> int:
    """Wait for nothing."""
    return 7


async def soon() -> int:
    """Wait once."""
    await asyncio.sleep(0)
    return 7


@pytest.mark.parametrize("is_usual", [True, False])
async def test_the_time_ends_a_wait(*, is_usual: bool) -> None:
    """The task is cancelled where it waits, and goes on as if it had not been."""
    with pytest.raises(TooLateError):
        await timed(for_ever(), within(Alarms(), SHORT, is_usual=is_usual))

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_what_waits_for_nothing_has_no_alarm() -> None:
    """A timer would cost more than the call."""
    of = within(Alarms(), SHORT)

    assert await timed(at_once(), of) == 7
    assert of.alarm is None


async def test_after_the_answer_the_alarm_is_still_set() -> None:
    """Whoever reads the content late is told at once, and is not cancelled in the middle of something else."""
    of = within(Alarms(), SHORT)

    assert await timed(soon(), of) == 7
    assert of.alarm is not None
    await asyncio.sleep(2 * SHORT)  # longer than the time: nobody waits for the other side meanwhile
    assert of.alarm.has_rung
    with pytest.raises(TooLateError):
        await timed(soon(), of)


async def test_many_end_in_their_own_time() -> None:
    """All that began together end together, by one timer, in each of several rounds."""
    alarms = Alarms()
    for _ in range(3):
        ended = await asyncio.gather(
            *[timed_out(within(alarms, SHORT)) for _ in range(50)], *[timed_out(within(alarms, 2 * SHORT))]
        )
        assert ended == [True] * 51


async def timed_out(of: Timed) -> bool:
    """Whether waiting for ever ended by the time."""
    try:
        await timed(for_ever(), of)
    except TooLateError:
        return True
    return False


async def test_a_cancelled_task_is_cancelled() -> None:
    """Whoever cancels the call means it."""
    task = asyncio.create_task(timed_out(within(Alarms(), 60.0)))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_no_time_is_as_long_as_it_takes() -> None:
    """None sets no alarm."""
    of = within(Alarms(), None)

    assert await timed(soon(), of) == 7
    assert of.alarm is None


def test_each_loop_has_its_own_timer() -> None:
    """A caller may be used by several loops, one after the other and in several threads."""
    alarms = Alarms()

    for _ in range(2):
        assert asyncio.run(timed_out(within(alarms, SHORT)))


async def test_an_error_passes() -> None:
    """What is thrown while it waits is what whoever waits gets."""

    async def breaks() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await timed(breaks(), within(Alarms(), 60.0))
