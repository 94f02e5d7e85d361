# SPDX-License-Identifier: Apache-2.0
"""Unknown outcomes are asked about and ended."""

import logging
import threading

import pytest

from seeother.errors import StoreError
from seeother.ledger import MemoryLedger, Reconciler, reconciler
from seeother.message import Response
from seeother.policy import Doubt, Finished, Granted, LedgerKey, Outcome, Unknown
from tests.clock import FakeClock

KEY = LedgerKey("POST /orders ada", "k-1")
ANSWER = Response(303, ((b"location", b"/orders/7"),), b"")


@pytest.fixture
def clock() -> FakeClock:
    """The time."""
    return FakeClock()


@pytest.fixture
def ledger(clock: FakeClock) -> MemoryLedger:
    """A ledger with one unknown outcome, made now."""
    ledger = MemoryLedger(clock=clock)
    granted = ledger.claim(KEY, b"print", 10.0)
    assert isinstance(granted, Granted)
    ledger.abandon(granted)
    return ledger


def test_an_answer_that_is_found_is_given_to_duplicates(ledger: MemoryLedger, clock: FakeClock) -> None:
    """Whoever looked has the answer: it is remembered as if it had come by itself."""
    clock.advance(61)

    assert Reconciler(ledger, lambda _: ANSWER).reconcile() == 1
    assert ledger.claim(KEY, b"print", 10.0) == Finished(ANSWER)


def test_what_did_not_happen_is_free(ledger: MemoryLedger, clock: FakeClock) -> None:
    """Nothing happened, so a duplicate may do it."""
    clock.advance(61)

    assert Reconciler(ledger, lambda _: Outcome.NOTHING_HAPPENED).reconcile() == 1
    assert isinstance(ledger.claim(KEY, b"print", 10.0), Granted)


def test_what_stays_unknown_is_asked_about_again(ledger: MemoryLedger, clock: FakeClock) -> None:
    """Neither a shrug nor a failure ends it; a failure is told."""
    clock.advance(61)
    asked: list[Doubt] = []

    def look(doubt: Doubt) -> Outcome:
        asked.append(doubt)
        return Outcome.STILL_UNKNOWN

    reconciler = Reconciler(ledger, look)

    assert (reconciler.reconcile(), reconciler.reconcile()) == (0, 0)
    assert [doubt.granted.key for doubt in asked] == [KEY, KEY]
    assert ledger.claim(KEY, b"print", 10.0) == Unknown()


def test_a_failure_is_told_and_ends_nothing(
    ledger: MemoryLedger, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The next doubts are still looked into."""
    clock.advance(61)

    def look(_: Doubt) -> Outcome:
        raise ConnectionError("the provider is away")

    with caplog.at_level(logging.ERROR, "seeother.ledger"):
        assert Reconciler(ledger, look).reconcile() == 0
    assert "POST /orders ada" in caplog.text
    assert "the provider is away" in caplog.text
    assert ledger.claim(KEY, b"print", 10.0) == Unknown()


def test_a_young_doubt_is_left_alone(ledger: MemoryLedger, clock: FakeClock) -> None:
    """Its owner may be late, and still end it."""
    clock.advance(59)

    assert Reconciler(ledger, lambda _: Outcome.NOTHING_HAPPENED).reconcile() == 0


def test_what_stays_unknown_keeps_nobody_from_the_younger(
    ledger: MemoryLedger, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are more of them than are read at a time."""
    monkeypatch.setattr(reconciler, "_MOST", 2)
    for number in range(6):
        granted = ledger.claim(LedgerKey(KEY.scope, str(number)), b"print", 10.0)
        assert isinstance(granted, Granted)
        ledger.abandon(granted)
    clock.advance(61)
    asked: list[str] = []

    def look(doubt: Doubt) -> Response | Outcome:
        asked.append(doubt.granted.key.key)
        return ANSWER if asked[-1] in {"1", "5"} else Outcome.STILL_UNKNOWN

    assert Reconciler(ledger, look).reconcile() == 2
    assert asked == ["k-1", "0", "1", "2", "3", "4", "5"]


async def test_on_an_event_loop_it_is_awaited(ledger: MemoryLedger, clock: FakeClock) -> None:
    """A `look` may be a coroutine there."""
    clock.advance(61)

    async def look(_: Doubt) -> Response:
        return ANSWER

    assert await Reconciler(ledger, look).areconcile() == 1
    assert ledger.claim(KEY, b"print", 10.0) == Finished(ANSWER)


def test_a_ledger_that_is_away_is_asked_again(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """The thread outlives it."""
    stopped = threading.Event()

    class Away(MemoryLedger):
        def unknown(self, most: int, *, grace: float = 0.0, after: Doubt | None = None) -> list[Doubt]:
            if "asked again" in caplog.text:
                stopped.set()
                return super().unknown(most, grace=grace, after=after)
            raise StoreError("away")

    Reconciler(Away(clock=clock), lambda _: ANSWER).run(stopped, every=0.0)

    assert stopped.is_set()


def test_it_runs_until_it_is_stopped(ledger: MemoryLedger, clock: FakeClock) -> None:
    """A thread of its own does it now and then."""
    clock.advance(61)
    stopped = threading.Event()

    def look(_: Doubt) -> Response:
        stopped.set()
        return ANSWER

    Reconciler(ledger, look).run(stopped, every=0.0)

    assert ledger.claim(KEY, b"print", 10.0) == Finished(ANSWER)
