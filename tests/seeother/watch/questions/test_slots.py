# SPDX-License-Identifier: Apache-2.0
"""A period is covered by its slots, each minute once, and by few of them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.watch.questions import grain_of, slots

MINUTE = 60_000_000  # microseconds
NOON = int(datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()) * 1_000_000


@given(start=st.integers(0, 3000), length=st.integers(0, 6000), odd=st.integers(0, MINUTE - 1))
def test_each_minute_lies_in_one_slot(start: int, length: int, odd: int) -> None:
    """Parts of a minute do not count."""
    since, until = NOON + start * MINUTE, NOON + (start + length) * MINUTE

    covered = [at + n * 60 for minutes, at in slots(since + odd, until + odd) for n in range(minutes)]

    assert covered == list(range(since // 1_000_000, until // 1_000_000, 60))


@given(start=st.integers(0, 3000), length=st.integers(0, 6000))
def test_slots_begin_where_the_warehouse_counts_from(start: int, length: int) -> None:
    """Each at a multiple of its length."""
    found = slots(NOON + start * MINUTE, NOON + (start + length) * MINUTE)

    assert all(at % (minutes * 60) == 0 and minutes in (1, 10, 60, 1440) for minutes, at in found)


def test_a_month_is_few_slots() -> None:
    """Some thirty days, two ends of at most 23 hours, five times ten minutes and nine minutes each."""
    assert len(slots(NOON + MINUTE, NOON + 30 * 1440 * MINUTE - MINUTE)) <= 30 + 2 * (23 + 5 + 9)


@pytest.mark.parametrize(
    ("multiples", "grain"),
    [
        ((NOON, 1440 * MINUTE), 60),
        ((NOON, 30 * MINUTE), 10),
        ((NOON + 10 * MINUTE, 60 * MINUTE), 10),
        ((NOON, 5 * MINUTE), 1),
        ((NOON - 720 * MINUTE, 2880 * MINUTE), 1440),
    ],
)
def test_the_grain_divides_what_is_given(multiples: tuple[int, int], grain: int) -> None:
    """The longest that does."""
    assert grain_of(*multiples) == grain
