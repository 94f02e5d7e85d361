# SPDX-License-Identifier: Apache-2.0
"""Work beside the requests."""

import logging
import threading

import pytest

from seeother_shop.recurring import Recurring

_LONG = 3600.0  # seconds between turns: no test waits for one
_LIMIT = 20.0


def test_it_begins_at_once_and_goes_on_when_woken() -> None:
    """The first turn needs no waiting, and neither does one that somebody asked for."""
    turns = threading.Semaphore(0)
    recurring = Recurring("turns", turns.release, every_seconds=_LONG)

    recurring.start()
    first = turns.acquire(timeout=_LIMIT)
    recurring.wake()
    second = turns.acquire(timeout=_LIMIT)
    recurring.stop()

    assert (first, second) == (True, True)


def test_a_failure_ends_one_turn_only(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged with the thread's name, and the next turn comes."""
    turns = threading.Semaphore(0)

    def fail() -> None:
        turns.release()
        raise OSError("the disk is away")

    recurring = Recurring("turns", fail, every_seconds=0.001)

    with caplog.at_level(logging.ERROR):
        recurring.start()
        came = [turns.acquire(timeout=_LIMIT) for _ in range(3)]
        recurring.stop()

    assert came == [True, True, True]
    assert "turns failed" in caplog.text


def test_stopping_waits_for_the_turn_under_way() -> None:
    """Nothing runs any more when stop has returned; stopping what never began is nothing."""
    began, may_end = threading.Event(), threading.Event()
    ended: list[bool] = []

    def work() -> None:
        began.set()
        may_end.wait(_LIMIT)
        ended.append(True)

    recurring = Recurring("turns", work, every_seconds=_LONG)
    recurring.start()
    began.wait(_LIMIT)
    may_end.set()
    recurring.stop()
    Recurring("none", work, every_seconds=_LONG).stop()

    assert ended == [True]
