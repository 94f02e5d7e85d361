# SPDX-License-Identifier: Apache-2.0
"""The table of states."""

import pytest

from seeother.breaker import MEANINGS, TRANSITIONS, Event, State, Transition
from seeother.breaker.state import after


def test_each_event_leads_to_one_state() -> None:
    """No two rows speak of the same event in the same state."""
    rows = [(each.before, each.event) for each in TRANSITIONS]

    assert sorted(set(rows)) == sorted(rows)


@pytest.mark.parametrize("each", TRANSITIONS)
def test_the_table_is_what_is_looked_up(each: Transition) -> None:
    """Each row is found."""
    assert after(each.before, each.event) is each.after


def test_what_is_not_in_the_table_leads_nowhere() -> None:
    """A probe cannot pass while all calls pass, and an operator's order outlasts time and outcomes."""
    assert after(State.CLOSED, Event.PROBES_PASSED) is None
    for event in (Event.TRIP, Event.WAIT_OVER, Event.PROBES_PASSED, Event.PROBES_FAILED):
        assert after(State.FORCED_OPEN, event) is None
        assert after(State.DISABLED, event) is None


def test_every_state_can_be_left_and_is_explained() -> None:
    """None is a trap."""
    assert set(MEANINGS) == set(State)
    assert {each.before for each in TRANSITIONS} == set(State)
    assert {each.after for each in TRANSITIONS} == set(State)
