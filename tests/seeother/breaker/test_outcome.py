# SPDX-License-Identifier: Apache-2.0
"""What counts against the other side."""

import asyncio

import pytest

from seeother.breaker import FAILING, Outcome, judge_error, judge_status
from seeother.errors import CallerError, CallRefused


@pytest.mark.parametrize("status", range(100, 600))
def test_each_status_is_judged(status: int) -> None:
    """502, 503 and 504 count, 429 is back-pressure, all else says that somebody is there."""
    wanted = {
        429: Outcome.BACK_PRESSURE,
        502: Outcome.FAILURE,
        503: Outcome.FAILURE,
        504: Outcome.FAILURE,
    }.get(status, Outcome.SUCCESS)

    assert judge_status(status) is wanted


def test_500_counts_where_it_was_added() -> None:
    """Some peers say 500 when they are overloaded."""
    assert judge_status(500, FAILING | {500}) is Outcome.FAILURE


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (TimeoutError(), Outcome.TIMEOUT),
        (ConnectionRefusedError(), Outcome.UNREACHABLE),
        (ConnectionResetError(), Outcome.UNREACHABLE),
        (OSError("no route to host"), Outcome.UNREACHABLE),
        (asyncio.IncompleteReadError(b"half", 8), Outcome.CUT),
        (ValueError(), Outcome.FAILURE),
        (asyncio.CancelledError(), Outcome.CANCELLED),
        (KeyboardInterrupt(), Outcome.CANCELLED),
        (GeneratorExit(), Outcome.CANCELLED),
        (CallRefused("payments", "open", 3.0), Outcome.CANCELLED),
        (CallerError("no such setting"), Outcome.CANCELLED),
    ],
)
def test_each_error_is_judged(error: BaseException, outcome: Outcome) -> None:
    """Timeouts, connections and cut contents are told apart; who went away accuses nobody."""
    assert judge_error(error) is outcome


def test_what_counts_as_failure() -> None:
    """Four ends of seven."""
    assert {each for each in Outcome if each.is_failure} == {
        Outcome.FAILURE,
        Outcome.TIMEOUT,
        Outcome.UNREACHABLE,
        Outcome.CUT,
    }
