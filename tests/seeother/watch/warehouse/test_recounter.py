# SPDX-License-Identifier: Apache-2.0
"""The thread that counts again, in a store that is open."""

from datetime import timedelta
from pathlib import Path
from threading import Event, Semaphore

import pytest

from seeother.journey import Journey
from seeother.watch.warehouse import EngineError, Recounter, Store
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.clock import FakeClock
from tests.seeother.watch.otlp import T0, Value, span, traces
from tests.seeother.watch.warehouse.test_fold import CHECKOUT
from tests.seeother.watch.warehouse.test_migrations import put

ATTEMPT: dict[str, Value] = {
    "journey.name": "checkout",
    "journey.id": "a" * 32,
    "journey.step": "pay",
    "http.request.method": "POST",
}
SUBMITS = "SELECT toInt32(sum(n)) AS n FROM attempt_counts WHERE measure = 'submit' AND grain = 1440"


def test_a_stores_rows_are_counted_when_it_is_settled(tmp_path: Path) -> None:
    """And listeners hear of it; the next who opens it finds them counted."""
    store = Store(tmp_path, ChdbEngine, journeys=[CHECKOUT], linger_seconds=0, follow_seconds=3600)
    engine = ChdbEngine(tmp_path)
    heard = Semaphore(0)
    store.listen(heard.release)
    for number in (1, 2):
        put(store, traces(span(ATTEMPT, at_ns=T0 + number, span_id=bytes([number]) * 8)))
        store.settle()
    (row,) = engine.rows(SUBMITS)
    engine.close()
    store.close()

    assert row == {"n": 2}
    assert heard.acquire(timeout=0)


class _Failing(ChdbEngine):
    """A real engine that refuses to count at first."""

    def __init__(self, path: Path, failures: int) -> None:
        self._failures = 0
        super().__init__(path)
        self._failures = failures

    def run(self, sql: str, **parameters: object) -> None:
        if self._failures:
            self._failures -= 1
            message = "Code: 241. DB::Exception: Memory limit exceeded"
            raise EngineError(message, 241)
        super().run(sql, **parameters)


def test_it_tries_again(store: Store, engine: ChdbEngine, caplog: pytest.LogCaptureFixture) -> None:
    """What failed is logged, once, and counted the next time."""
    put(store, traces(span(ATTEMPT)))
    counted = Event()
    failing = _Failing(store.path, 2)
    recounter = Recounter(failing, [CHECKOUT], counted.set, look_seconds=3600)
    recounter.start()
    heard: list[bool] = []
    for _ in range(2):
        recounter.settle()
        heard.append(counted.is_set())
    recounter.settle()

    assert counted.wait(timeout=30)
    assert heard[0] is False
    assert [each.message[:32] for each in caplog.records] == ["what came after is not counted; "]
    assert recounter.counted is not None
    recounter.close()
    failing.close()
    assert engine.rows(SUBMITS) == [{"n": 1}]


def test_it_ends_at_once(store: Store) -> None:
    """Though there is something to count; and one that never began may be closed."""
    put(store, traces(span(ATTEMPT)))
    its = ChdbEngine(store.path)
    waiting = Recounter(its, [Journey("checkout", CHECKOUT.steps)], lambda: None, look_seconds=3600)
    waiting.close()
    waiting = Recounter(its, [CHECKOUT], lambda: None, look_seconds=3600)
    waiting.start()
    waiting.settle()

    waiting.close()
    its.close()


class _Anonymous(ChdbEngine):
    """A real engine that, as on a cluster, does not tell which rows are new."""

    def rows(self, sql: str, **parameters: object) -> list[dict[str, object]]:
        return [] if "max_block_number" in sql else super().rows(sql, **parameters)


def test_rows_that_are_very_late_are_counted_once_a_day(store: Store, engine: ChdbEngine) -> None:
    """Where nobody knows which rows are new; those that are late by an hour at most, at once."""
    its, clock = _Anonymous(store.path), FakeClock(T0 / 1e9 + 60)
    recounter = Recounter(its, [CHECKOUT], lambda: None, late=(timedelta(hours=1), timedelta(days=2)), clock=clock)
    recounter.start()
    put(store, traces(span(ATTEMPT)))
    counted: list[object] = []
    for number, (hours, passing) in enumerate([(0.5, 0), (30, 3600), (54, 86400)]):
        recounter.settle()
        counted += [row["n"] for row in engine.rows(SUBMITS)]
        put(store, traces(span(ATTEMPT, at_ns=T0 - int(hours * 3600e9), span_id=bytes([number]) * 8)))
        clock.advance(passing)
    recounter.settle()
    counted += [row["n"] for row in engine.rows(SUBMITS)]
    recounter.close()
    its.close()

    assert counted == [1, 2, 2, 3]


def test_where_nothing_has_come_all_is_counted(store: Store) -> None:
    """Until now; but as of the last time when something is stored that has not come yet."""
    its, fed = ChdbEngine(store.path), [True]
    recounter = Recounter(its, [CHECKOUT], lambda: None, look_seconds=3600, is_fed=lambda: fed[0])
    recounter.start()
    recounter.settle()

    now = recounter.counted
    fed[0] = False
    last = recounter.counted

    assert now is not None
    assert last is not None
    assert last < now
    assert recounter.counted == last
    recounter.close()
    its.close()
