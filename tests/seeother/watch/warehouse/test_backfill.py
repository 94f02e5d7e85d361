# SPDX-License-Identifier: Apache-2.0
"""A Collector's tables from before watch was there: read once, whatever comes between."""

from collections.abc import Generator

import pytest

from seeother.errors import StoreError
from seeother.watch.warehouse import Store, migrate, read_migrations
from seeother.watch.warehouse.backfill import backfill
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.exporter import exporter_migrations
from seeother.watch.warehouse.fold import Progress, fold
from tests.seeother.watch.exporter_tables import OTEL_LOGS, OTEL_TRACES, export
from tests.seeother.watch.otlp import BROWSER, T0, Request, Value, logs, record, span, traces
from tests.seeother.watch.warehouse.test_fold import CHECKOUT, contents

DAY = 86_400 * 10**9
FED = (
    "spans",
    "log_records",
    "steps",
    "pages",
    "step_minutes",
    "status_minutes",
    "page_minutes",
    "bucket_minutes",
    "journeys",
)


def shop(day: int) -> list[Request]:
    """A day of a shop that knows nothing of us."""
    at = T0 + day * DAY
    paid: dict[str, Value] = {
        "http.method": "POST",
        "http.target": "/orders/7/payments",
        "http.status_code": 502,
        "session.id": "ada",
    }
    seen: dict[str, Value] = {
        "journey.id": "ada",
        "http.route": "/orders/{id}/pay",
        "browser.navigation_timing.dom_complete": 900.5,
    }
    return [
        traces(*[span(paid, at_ns=at + n, span_id=bytes([n + 1]) * 8) for n in range(3)], scope="flask"),
        logs(record(seen, event="browser.navigation_timing", at_ns=at), scope="any", resource=BROWSER),
    ]


@pytest.fixture
def filled(store: Store, engine: ChdbEngine) -> Generator[Store]:
    """A store beside an exporter's tables with three days, and views on these from now on; afterwards all is gone."""
    for table in ("folds", "backfills"):
        engine.run(f"TRUNCATE TABLE {table}")
    engine.run(OTEL_TRACES)
    engine.run(OTEL_LOGS["old"])
    export(engine, [request for day in range(3) for request in shop(day)])
    migrate(engine, [*read_migrations(), *exporter_migrations(engine)])
    fold(engine, [CHECKOUT])
    yield store
    for name in ("spans_from_otel_traces", "log_records_from_otel_logs", "otel_traces", "otel_logs"):
        engine.run(f"DROP TABLE {name}")
    engine.run("DELETE FROM migrations WHERE number > 1000")
    for table in (*FED, "folds", "backfills"):
        engine.run(f"TRUNCATE TABLE {table}")
    fold(engine, [])
    engine.run("TRUNCATE TABLE folds")


@pytest.mark.usefixtures("filled")
def test_all_days_are_read_once_and_what_comes_meanwhile_too(engine: ChdbEngine) -> None:
    """What came through the views before its day was read is not doubled; the second time there is nothing to do."""
    export(engine, shop(3))
    heard: list[Progress] = []

    assert backfill(engine, heard.append) == 4
    wanted = contents(engine)
    assert backfill(engine) == 0

    assert [(progress.done, progress.total) for progress in heard] == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert contents(engine) == wanted
    assert [(row["step"], row["failed"], row["status"]) for row in wanted["steps"]] == [("pay", True, 502)] * 12
    assert [(row["step"], row["dom_complete_us"]) for row in wanted["pages"]] == [("pay", 900_500)] * 4
    assert engine.rows("SELECT sum(attempts) AS n FROM journeys") == [{"n": 12}]


@pytest.mark.usefixtures("filled")
def test_a_day_that_was_cut_off_is_read_from_its_start(engine: ChdbEngine) -> None:
    """Though its last block was in some tables only."""

    def cut_off(progress: Progress) -> None:
        if progress.done == 1:
            raise StoreError("killed")

    with pytest.raises(StoreError, match="killed"):
        backfill(engine, cut_off)
    engine.run("INSERT INTO backfills (day, is_done) SELECT '2027-01-16', false")
    engine.run(
        "INSERT INTO spans (ts, trace_id, span_id) SELECT ts + INTERVAL 1 DAY, trace_id, span_id FROM spans LIMIT 1"
    )

    assert backfill(engine) == 2
    assert engine.rows("SELECT count() AS n FROM spans") == [{"n": 9}]
    assert engine.rows("SELECT count() AS n FROM steps") == [{"n": 9}]
    assert engine.rows("SELECT sum(attempts) AS n FROM step_minutes") == [{"n": 9}]


def test_without_an_exporter_there_is_nothing_to_read(store: Store, engine: ChdbEngine) -> None:
    """As in every embedded store."""
    assert store.path.is_dir()
    assert backfill(engine) == 0
