# SPDX-License-Identifier: Apache-2.0
"""Seats are counted, by key and in all, and come back."""

import threading
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from seeother.policy import Desk, LedgerKey

ONE, OTHER = LedgerKey("scope", "one"), LedgerKey("scope", "other")


def test_seats_of_a_key_are_bounded() -> None:
    """A button pressed on and on takes no seat from others."""
    desk = Desk(per_key=2, most=3)

    assert [desk.take(ONE), desk.take(ONE), desk.take(ONE), desk.take(OTHER)] == [True, True, False, True]


def test_seats_in_all_are_bounded() -> None:
    """However many keys there are."""
    desk = Desk(per_key=2, most=3)

    assert [desk.take(LedgerKey("scope", str(number))) for number in range(5)] == [True, True, True, False, False]


def test_seat_that_was_left_is_free() -> None:
    """For the same key and for another."""
    desk = Desk(per_key=1, most=1)
    assert desk.take(ONE)
    assert not desk.take(OTHER)

    desk.leave(ONE)

    assert desk.take(OTHER)


@given(st.lists(st.sampled_from([ONE, OTHER]), max_size=20), st.integers(1, 3), st.integers(1, 4))
def test_counts_are_kept_whatever_the_order(keys: list[LedgerKey], per_key: int, most: int) -> None:
    """Never more than the bounds, and after all have left as many as at first."""
    desk = Desk(per_key=per_key, most=most)
    seated = [key for key in keys if desk.take(key)]

    assert len(seated) <= most
    assert all(seated.count(key) <= per_key for key in (ONE, OTHER))
    for key in seated:
        desk.leave(key)
    assert desk.take(ONE)


def test_seats_are_counted_across_threads() -> None:
    """Under WSGI each duplicate has a thread."""
    desk, together = Desk(per_key=8, most=8), threading.Barrier(16)

    def take() -> bool:
        together.wait(10)
        return desk.take(ONE)

    with ThreadPoolExecutor(16) as pool:
        taken = [each.result() for each in [pool.submit(take) for _ in range(16)]]

    assert sum(taken) == 8


def test_news_is_news_once() -> None:
    """What every request would say is said once."""
    desk = Desk()

    assert [desk.is_news("a"), desk.is_news("a"), desk.is_news("b")] == [True, False, True]
