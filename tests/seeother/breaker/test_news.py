# SPDX-License-Identifier: Apache-2.0
"""What listeners hear."""

import logging

import pytest

from seeother.breaker import (
    BackPressure,
    Breaker,
    CallFailed,
    CallSlow,
    Event,
    Listeners,
    News,
    Outcome,
    Reason,
    Refused,
    State,
    StateChanged,
)
from tests.clock import FakeClock
from tests.seeother.breaker.calls import call, make, permit, refused, stands, trip


def test_listeners_hear_what_happens(clock: FakeClock) -> None:
    """Failures, slow calls, back-pressure, refusals, transitions; good calls make no news."""
    breaker, news = make(clock), list[News]()
    breaker.listeners.listen(news.append)
    late = permit(breaker, clock)

    call(breaker, clock)
    call(breaker, clock, Outcome.CANCELLED)
    assert news == []
    call(breaker, clock, seconds=0.5)
    call(breaker, clock, Outcome.BACK_PRESSURE)
    trip(breaker, clock)
    refused(breaker, clock)
    late.done(Outcome.CUT, clock.monotonic())

    assert news[0] == CallSlow("inventory", 0.5, late=False)
    assert news[1] == BackPressure("inventory", 0.0)
    assert news[2] == CallFailed("inventory", Outcome.FAILURE, 0.0, late=False)
    assert news[-3] == StateChanged("inventory", Event.TRIP, State.CLOSED, State.OPEN, 2, 30.0)
    assert news[-2] == Refused("inventory", Reason.OPEN, 30.0)
    assert news[-1] == CallFailed("inventory", Outcome.CUT, 0.5, late=True)


def test_who_no_longer_listens_hears_nothing(clock: FakeClock) -> None:
    """Each undo takes back its own, also where the same one listens twice."""
    breaker, news = make(clock), list[News]()
    undo = breaker.listeners.listen(news.append)
    breaker.listeners.listen(news.append)
    undo()
    undo()
    call(breaker, clock, Outcome.FAILURE)

    assert len(news) == 1


def test_a_listener_s_error_is_logged_and_hurts_nobody(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """The call goes on, and the next listener hears."""
    breaker, news = make(clock), list[News]()

    def fail(_: News) -> None:
        raise RuntimeError("full")

    breaker.listeners.listen(fail)
    breaker.listeners.listen(news.append)
    with caplog.at_level(logging.ERROR, "seeother.breaker"):
        call(breaker, clock, Outcome.FAILURE)

    assert len(news) == 1
    assert "inventory" in caplog.text


def test_a_listener_may_ask_the_breaker(clock: FakeClock) -> None:
    """It is called with the lock free and the transition done."""
    listeners = Listeners()
    breaker = Breaker("inventory", now=clock.monotonic(), listeners=listeners)
    seen: list[State] = []

    def look(news: News) -> None:
        if isinstance(news, StateChanged):
            seen.append(breaker.state)
            if news.after is State.OPEN:
                breaker.reset(clock.monotonic())

    listeners.listen(look)
    for _ in range(20):
        call(breaker, clock, Outcome.FAILURE)

    assert seen == [State.OPEN, State.CLOSED]
    assert stands(breaker) is State.CLOSED
