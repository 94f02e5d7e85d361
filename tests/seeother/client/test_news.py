# SPDX-License-Identifier: Apache-2.0
"""What breakers tell reaches telemetry: as an event where a state changes, as a count where calls go wrong."""

import logging

import pytest

from seeother.breaker import (
    BackPressure,
    CallFailed,
    CallSlow,
    Event,
    News,
    Outcome,
    Reason,
    Refused,
    State,
    StateChanged,
)
from seeother.client.news import record
from seeother.gate import PASSING, Gate
from seeother.telemetry import Called, Recorder, enter, leave
from seeother.telemetry.row import BreakerRow
from tests.seeother.gate.site import gate, passage

OPENED = StateChanged("stock", Event.TRIP, State.CLOSED, State.OPEN, 2, 30.0)
CLOSED = StateChanged("stock", Event.PROBES_PASSED, State.HALF_OPEN, State.CLOSED, 4, 0.0)


@pytest.fixture
def at() -> Gate:
    """A guard that would send, and has nobody to do it."""
    made = gate(telemetry={"endpoint": "http://127.0.0.1:9"})
    recorder_of(made).asleep = False  # or the first row would start a thread that takes it away
    return made


def recorder_of(at: Gate) -> Recorder:
    """The recorder of a guard that sends."""
    recorder = at.shared.recorder
    assert recorder is not None
    return recorder


@pytest.mark.parametrize(
    ("news", "event", "reason"),
    [
        (OPENED, "opened", ""),
        (StateChanged("stock", Event.WAIT_OVER, State.OPEN, State.HALF_OPEN, 3, 0.0), "half-open", ""),
        (CLOSED, "closed", ""),
        (Refused("stock", Reason.OPEN, 29.0), "refused", "open"),
        (CallFailed("stock", Outcome.CUT, 0.1, late=False), "failed", "cut"),
        (CallSlow("stock", 0.7, late=False), "slow", ""),
        (BackPressure("stock", 5.0), "back-pressure", ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, News) else None,
)
def test_all_of_it_is_counted(at: Gate, news: News, event: str, reason: str) -> None:
    """By service, event and reason."""
    token = PASSING.set(passage(at=at))
    try:
        record(news)
    finally:
        PASSING.reset(token)

    assert recorder_of(at).counts() == {Called("stock", event, reason): 1}


def test_a_change_of_state_is_an_event(at: Gate, caplog: pytest.LogCaptureFixture) -> None:
    """With the exchange whose call caused it, and as a line for whoever reads logs only."""
    here = passage(at=at)
    passing, entered = PASSING.set(here), enter(here.context)
    try:
        with caplog.at_level(logging.INFO, "seeother.breaker"):
            record(OPENED)
            record(CLOSED)
    finally:
        leave(entered)
        PASSING.reset(passing)

    rows = [row for row in recorder_of(at).drain(9) if isinstance(row, BreakerRow)]
    assert [(row.name, row.before, row.state, row.open_ms) for row in rows] == [
        ("stock", "closed", "open", 30_000),
        ("stock", "half-open", "closed", 0),
    ]
    assert rows[0].context is here.context
    assert [(each.levelname, each.message) for each in caplog.records] == [
        ("WARNING", "the breaker of stock is open, and was closed"),
        ("INFO", "the breaker of stock is closed, and was half-open"),
    ]


def test_outside_an_exchange_there_is_only_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A job of its own has no guard to record with."""
    with caplog.at_level(logging.INFO, "seeother.breaker"):
        record(OPENED)
        record(Refused("stock", Reason.OPEN, 29.0))

    assert len(caplog.records) == 1
