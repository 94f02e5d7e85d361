# SPDX-License-Identifier: Apache-2.0
"""Both windows, beside a list of all calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.breaker.window import CountWindow, TimeWindow, Window, make_window

BAD = st.sampled_from([False, False, False, True])
CALLS = st.lists(st.tuples(st.floats(0.0, 2.0), BAD, BAD), max_size=120)


def add(window: Window, now: float, *, failed: bool, slow: bool) -> bool:
    """Add a call as a breaker does; whether the short way was enough."""
    if not failed and not slow and window.seen + 1 < window.look_at and now < window.until:
        window.seen += 1
        return True
    window.add(now, failed=failed, slow=slow)
    return False


@given(CALLS, st.integers(1, 30), st.integers(1, 30))
def test_a_count_window_holds_the_last_calls(calls: list[tuple[float, bool, bool]], size: int, minimum: int) -> None:
    """At each moment its counts are those of the last so many."""
    window = CountWindow(size, minimum, 0.0)

    for number, (_, failed, slow) in enumerate(calls, start=1):
        add(window, 0.0, failed=failed, slow=slow)
        last = calls[max(0, number - size) : number]

        assert window.calls == len(last)
        assert window.failures == sum(failed for _, failed, _ in last)
        assert window.slow == sum(slow for _, _, slow in last)


@given(CALLS)
def test_a_time_window_holds_the_last_seconds(calls: list[tuple[float, bool, bool]]) -> None:
    """Nothing older than ten buckets counts, and nothing younger than nine is dropped."""
    now, window = 50.0, TimeWindow(10.0, 20, 50.0)
    past: list[tuple[float, bool, bool]] = []

    for pause, failed, slow in calls:
        now += pause
        past.append((now, failed, slow))
        add(window, now, failed=failed, slow=slow)
        sure = [each for each in past if each[0] > now - 8.999]
        at_most = [each for each in past if each[0] > now - 10.001]

        assert len(sure) <= window.calls <= len(at_most)
        assert sum(each[1] for each in sure) <= window.failures <= sum(each[1] for each in at_most)
        assert sum(each[2] for each in sure) <= window.slow <= sum(each[2] for each in at_most)


@given(CALLS, st.integers(1, 30), st.sampled_from([None, 7, 30]))
def test_the_short_way_never_hides_a_judgement(
    calls: list[tuple[float, bool, bool]], minimum: int, size: int | None
) -> None:
    """Where a good call goes the short way, no rate rises and the minimum is not just reached."""
    now, window = 0.0, make_window(10.0, size, minimum, 0.0)

    for pause, failed, slow in calls:
        now += pause
        before, failures, slows = window.calls, window.failures, window.slow
        if add(window, now, failed=failed, slow=slow):
            assert not (before < minimum <= window.calls)
            assert (window.failures, window.slow) == (failures, slows)
            assert window.calls >= before


@pytest.mark.parametrize("size", [None, 20, 50])
def test_the_call_that_reaches_the_minimum_is_looked_at(size: int | None) -> None:
    """After one failure, eighteen good calls go the short way, and the twentieth call does not."""
    window = make_window(10.0, size, 20, 0.0)
    window.add(0.0, failed=True, slow=False)

    assert [add(window, 0.0, failed=False, slow=False) for _ in range(19)] == [True] * 18 + [False]


def test_a_time_window_forgets_what_was_long_ago() -> None:
    """A pause longer than the window leaves nothing of it."""
    window = TimeWindow(10.0, 20, 0.0)
    window.add(0.5, failed=True, slow=True)
    window.turn(11.0)

    assert (window.calls, window.failures, window.slow) == (0, 0, 0)


def test_a_bucket_is_dropped_as_a_whole() -> None:
    """What was counted in the first second leaves when the eleventh begins."""
    window = TimeWindow(10.0, 20, 0.0)
    for now in (0.1, 0.9, 1.5, 9.9):
        window.add(now, failed=True, slow=False)
    window.turn(9.99)
    assert window.failures == 4

    window.turn(10.0)
    assert window.failures == 2
    window.turn(11.0)
    assert window.failures == 1
