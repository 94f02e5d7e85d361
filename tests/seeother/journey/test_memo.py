# SPDX-License-Identifier: Apache-2.0
"""A memo answers what was kept or nothing, keeps what is asked for, and never grows beyond twice its limit."""

from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import Memo


@given(keys=st.lists(st.integers(0, 30), max_size=200), limit=st.integers(1, 8))
def test_remembers_the_latest(keys: list[int], limit: int) -> None:
    """Whatever is kept and asked for in whatever order: the last `limit` are there, and nothing wrong ever is."""
    memo: Memo[int, int] = Memo(limit)
    latest: list[int] = []
    for key in keys:
        found = memo.get(key)
        assert found == 2 * key if key in latest[-limit:] else found in {None, 2 * key}
        if found is None:
            memo.keep(key, 2 * key)
        latest = [each for each in latest if each != key] + [key]


def test_is_bounded() -> None:
    """However many strangers come."""
    memo: Memo[int, str] = Memo(10)
    for key in range(1000):
        memo.keep(key, "x")

    assert sum(1 for key in range(1000) if memo.get(key) is not None) <= 20


def test_what_is_asked_for_stays() -> None:
    """One that is needed all the time outlives any number of others."""
    memo: Memo[str, int] = Memo(4)
    memo.keep("needed", 1)
    for number in range(100):
        memo.keep(f"other-{number}", number)

        assert memo.get("needed") == 1
