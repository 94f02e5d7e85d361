# SPDX-License-Identifier: Apache-2.0
"""The states of a breaker and what leads from one to another, in one table; a page in docs/reference is made of it."""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How a breaker stands towards the next call."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    FORCED_OPEN = "forced-open"
    DISABLED = "disabled"


MEANINGS = {
    State.CLOSED: "Calls pass and are counted.",
    State.OPEN: "Calls are refused until the open time is over.",
    State.HALF_OPEN: "As many calls as there are permits pass as probes; the others are refused.",
    State.FORCED_OPEN: "An operator has stopped the calls; no time and no outcome changes that.",
    State.DISABLED: "An operator lets all calls pass, save those beyond the bulkhead; no outcome changes that.",
}


class Event(StrEnum):
    """What can happen to a breaker."""

    TRIP = "trip"
    WAIT_OVER = "wait-over"
    PROBES_PASSED = "probes-passed"
    PROBES_FAILED = "probes-failed"
    FORCE_OPEN = "force-open"
    DISABLE = "disable"
    RESET = "reset"


class Transition(NamedTuple):
    """One way from state to state, and the condition: what must hold for the event to happen."""

    before: State
    event: Event
    after: State
    condition: str


_OPERATOR = "an operator said so"

TRANSITIONS = (
    Transition(
        State.CLOSED,
        Event.TRIP,
        State.OPEN,
        "of this generation's calls in the window, at least the minimum, too many failed or were slow",
    ),
    Transition(State.OPEN, Event.WAIT_OVER, State.HALF_OPEN, "a call comes, and the open time is over"),
    Transition(
        State.HALF_OPEN,
        Event.PROBES_PASSED,
        State.CLOSED,
        "all probes of this generation have come back, and not too many of them failed or were slow",
    ),
    Transition(
        State.HALF_OPEN,
        Event.PROBES_FAILED,
        State.OPEN,
        "so many probes of this generation failed or were slow that the others no longer matter",
    ),
    *(Transition(state, Event.FORCE_OPEN, State.FORCED_OPEN, _OPERATOR) for state in State if state != "forced-open"),
    *(Transition(state, Event.DISABLE, State.DISABLED, _OPERATOR) for state in State if state != "disabled"),
    *(Transition(state, Event.RESET, State.CLOSED, _OPERATOR) for state in State),
)

_TABLE = {(each.before, each.event): each.after for each in TRANSITIONS}


def after(before: State, event: Event) -> State | None:
    """The state that the event leads to; None where it leads nowhere."""
    return _TABLE.get((before, event))
