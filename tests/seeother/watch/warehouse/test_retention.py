# SPDX-License-Identifier: Apache-2.0
"""Old rows go, counts stay longer, and nothing is altered without need."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import pytest

from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.retention import keep
from tests.seeother.watch.otlp import Value, span, traces
from tests.seeother.watch.warehouse.test_migrations import put

STEP: dict[str, Value] = {"journey.name": "checkout", "journey.id": "a" * 32, "journey.step": "pay"}
LONG = timedelta(days=40_000)  # longer than the engine can count


@pytest.fixture(autouse=True)
def kept_for_long(store: Store, engine: ChdbEngine) -> Generator[Store]:
    """The empty store, in which nothing is old before a test says so, nor afterwards."""
    keep(engine, LONG, LONG)
    yield store
    keep(engine, LONG, LONG)


def test_raw_rows_are_kept_for_weeks_and_counts_for_longer(store: Store, engine: ChdbEngine) -> None:
    """Of yesterday everything is kept; of two months ago counts and journeys; of two years ago nothing."""
    now = datetime.now(UTC)
    for number, age in enumerate((1, 60, 730)):
        at = now - timedelta(days=age)
        put(store, traces(span(STEP, at_ns=int(at.timestamp()) * 10**9, span_id=bytes([number]) * 8)))

    keep(engine, timedelta(days=30), timedelta(days=400))
    for table in ("spans", "steps", "status_counts", "journeys"):
        engine.run(f"OPTIMIZE TABLE {table} FINAL")

    counts = [engine.rows(f"SELECT count() AS n FROM {table}")[0]["n"] for table in ("spans", "steps")]  # noqa: S608
    (kept,) = engine.rows("SELECT (SELECT count() FROM status_counts) AS counts, count() AS journeys FROM journeys")
    assert (counts, kept) == ([1, 1], {"counts": 2 * 4, "journeys": 2})


def test_what_is_as_wanted_is_left_alone(engine: ChdbEngine) -> None:
    """A change costs the engine a look at all parts."""
    assert keep(engine, LONG, LONG) == []
    assert keep(engine, LONG, timedelta(days=4000)) == [
        *("counts", "status_counts", "second_counts", "dimension_counts", "attempt_counts", "journey_counts"),
        "journeys",
    ]
    assert keep(engine, LONG, timedelta(days=4000)) == []
