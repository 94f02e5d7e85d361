# SPDX-License-Identifier: Apache-2.0
"""Whether to try again, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.breaker import Deadline, Outcome, Retry, RetryBudget


def longest(low: float, high: float) -> float:  # noqa: ARG001 - as random.uniform
    """The worst draw."""
    return high


def rich() -> RetryBudget:
    """A budget that never says no."""
    return RetryBudget(floor_seconds=0.0)


def test_the_delay_is_drawn_evenly_and_doubles() -> None:
    """From nothing to the longest, which doubles up to a bound."""
    retry = Retry(tries=9, base_seconds=0.1, most_seconds=1.0, budget=rich(), uniform=longest)
    delays = [retry.delay(tried, Outcome.TIMEOUT, may_repeat=True, now=0.0) for tried in range(1, 10)]

    assert delays == [pytest.approx(each) for each in (0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0)] + [None]


@given(st.integers(1, 2000))
def test_the_jitter_is_full(tried: int) -> None:
    """Any delay between nothing and the longest may come up, and no other, however often it was tried."""
    retry = Retry(tries=10_000, budget=rich())
    delay = retry.delay(tried, Outcome.FAILURE, may_repeat=True, now=0.0)

    assert delay is not None
    assert 0.0 <= delay <= retry.most_seconds


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_may_be_repeated_is(outcome: Outcome) -> None:
    """An unsafe call without a key never; a safe or keyed one where it failed or was asked to come later."""
    retry = Retry(budget=rich())
    wanted = outcome.is_failure or outcome is Outcome.BACK_PRESSURE

    assert retry.delay(1, outcome, may_repeat=False, now=0.0) is None
    assert (retry.delay(1, outcome, may_repeat=True, now=0.0) is not None) == wanted


def test_retry_after_is_the_least_delay() -> None:
    """The jitter comes on top; who asks for too long gets no retry within this call."""
    retry = Retry(base_seconds=0.1, budget=rich(), uniform=longest)

    assert retry.delay(1, Outcome.FAILURE, may_repeat=True, now=0.0, retry_after=1.0) == pytest.approx(1.1)
    assert retry.delay(1, Outcome.BACK_PRESSURE, may_repeat=True, now=0.0, retry_after=2.0) == pytest.approx(2.1)
    assert retry.delay(1, Outcome.FAILURE, may_repeat=True, now=0.0, retry_after=2.1) is None


def test_no_retry_begins_after_the_deadline() -> None:
    """Nobody would wait for its answer, and it costs no token."""
    budget = RetryBudget(floor_seconds=1000.0)
    retry = Retry(base_seconds=0.5, budget=budget, uniform=longest)

    assert retry.delay(1, Outcome.FAILURE, may_repeat=True, now=9.5, deadline=Deadline(10.0)) is None
    assert retry.delay(1, Outcome.FAILURE, may_repeat=True, now=9.4, deadline=Deadline(10.0)) == pytest.approx(0.5)


def test_ten_calls_pay_for_one_retry() -> None:
    """Beside the one that is always free to go."""
    budget = RetryBudget(floor_seconds=1000.0)
    for _ in range(10):
        budget.call()

    assert [budget.take(0.0) for _ in range(3)] == [True, True, False]


def test_quiet_times_save_up_only_so_much() -> None:
    """A thousand good calls pay for ten retries, and what the floor gave is on the account."""
    budget = RetryBudget(floor_seconds=1000.0)
    for _ in range(1000):
        budget.call()

    assert sum(budget.take(0.0) for _ in range(100)) == 11
    for _ in range(19):
        budget.call()
    assert not budget.take(1.0)
    budget.call()
    assert budget.take(1.0)


@given(st.lists(st.tuples(st.booleans(), st.floats(0.0, 0.5)), max_size=400))
def test_the_account_is_never_overdrawn(events: list[tuple[bool, float]]) -> None:
    """Retries are at most a tenth of the calls and one a second."""
    budget, now, calls, retries = RetryBudget(), 0.0, 0, 0
    for is_call, pause in events:
        now += pause
        if is_call:
            calls += 1
            budget.call()
        else:
            retries += budget.take(now)

        assert retries <= calls / 10 + now + 1 + 1e-6
