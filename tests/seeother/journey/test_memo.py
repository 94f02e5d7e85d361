# SPDX-License-Identifier: Apache-2.0
"""A memo answers what was kept or nothing, keeps what is asked for, and never grows beyond twice its limit."""

from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import Memo


def found_in(memo: Memo[int, int], key: int) -> int | None:
    """What the memo says, asked as it is to be asked."""
    value = memo.get(key)
    return memo.recall(key) if value is None else value


@given(keys=st.lists(st.integers(0, 30), max_size=200), limit=st.integers(1, 8))
def test_remembers_the_latest(keys: list[int], limit: int) -> None:
    """Whatever is kept and asked for in whatever order: the last `limit` are there, and nothing wrong ever is."""
    memo: Memo[int, int] = Memo(limit)
    latest: list[int] = []
    for key in keys:
        found = found_in(memo, key)
        assert found == 2 * key if key in latest[-limit:] else found in {None, 2 * key}
        if found is None:
            memo.keep(key, 2 * key)
        latest = [each for each in latest if each != key] + [key]


def test_is_bounded() -> None:
    """However many strangers come."""
    memo: Memo[int, int] = Memo(10)
    for key in range(1000):
        memo.keep(key, key)

    assert sum(1 for key in range(1000) if found_in(memo, key) is not None) <= 20


def test_what_is_asked_for_stays() -> None:
    """One that is needed all the time outlives any number of others."""
    memo: Memo[int, int] = Memo(4)
    memo.keep(0, 7)
    for number in range(1, 100):
        memo.keep(number, number)

        assert found_in(memo, 0) == 7
