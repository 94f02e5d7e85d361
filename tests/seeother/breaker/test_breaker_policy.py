# SPDX-License-Identifier: Apache-2.0
"""The numbers of a breaker."""

from dataclasses import replace
from typing import Any

import pytest

from seeother.breaker import BreakerPolicy
from seeother.errors import CallerError


def test_the_defaults_are_the_article_s() -> None:
    """Timeout, concurrency, sleep window and error percentage of its example, and the volume of Hystrix."""
    policy = BreakerPolicy()

    assert (policy.timeout_seconds, policy.concurrent, policy.open_seconds) == (0.8, 100, 30.0)
    assert (policy.failure_rate, policy.minimum_calls, policy.window_seconds) == (0.5, 20, 10.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout_seconds": 0.0},
        {"concurrent": 0},
        {"window_seconds": 0.0},
        {"window_calls": 19},
        {"window_calls": 0, "minimum_calls": 0},
        {"minimum_calls": 0},
        {"failure_rate": 0.0},
        {"failure_rate": 1.1},
        {"failure_rate": float("nan")},
        {"slow_rate": 0.0},
        {"slow_seconds": 0.0},
        {"open_seconds": 0.0},
        {"open_seconds": 301.0},
        {"open_growth": 0.5},
        {"probes": 0},
        {"probe_seconds": 0.0},
    ],
)
def test_numbers_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    """The error names the number."""
    with pytest.raises(CallerError, match=r" = "):
        replace(BreakerPolicy(), **wrong)
