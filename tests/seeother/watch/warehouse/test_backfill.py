# SPDX-License-Identifier: Apache-2.0
"""A Collector's tables from before watch was there: read once, whatever comes between."""

from collections.abc import Generator

import pytest

from seeother.errors import StoreError
from seeother.watch.warehouse import Store, migrate, read_migrations
from seeother.watch.warehouse.backfill import backfill, is_cut_off, mend
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.exporter import exporter_migrations, pause, resume
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
    "counts",
    "status_counts",
    "second_counts",
    "journeys",
)


PAID: dict[str, Value] = {
    "http.method": "POST",
    "http.target": "/orders/7/payments",
    "http.status_code": 502,
    "session.id": "ada",
}


def shop(day: int) -> list[Request]:
    """A day of a shop that knows nothing of us."""
    at = T0 + day * DAY
    seen: dict[str, Value] = {
        "journey.id": "ada",
        "http.route": "/orders/{id}/pay",
        "browser.navigation_timing.dom_complete": 900.5,
    }
    return [
        traces(*[span(PAID, at_ns=at + n, span_id=bytes([n + 1]) * 8) for n in range(3)], scope="flask"),
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
    fold(engine, [CHECKOUT])
    migrate(engine, [*read_migrations(), *exporter_migrations(engine)])
    yield store
    for name in ("spans_from_otel_traces", "log_records_from_otel_logs", "otel_traces", "otel_logs"):
        engine.run(f"DROP TABLE IF EXISTS {name}")
    engine.run("DELETE FROM migrations WHERE number > 1000")
    for table in (*FED, "folds", "backfills"):
        engine.run(f"TRUNCATE TABLE {table}")
    fold(engine, [])
    engine.run("TRUNCATE TABLE folds")


def assert_complete(engine: ChdbEngine, days: int) -> None:
    """Every row of the exporter's is in once, and so is what follows from it."""
    found = contents(engine)
    assert [(row["step"], row["failed"], row["status"]) for row in found["steps"]] == [("pay", True, 502)] * 3 * days
    assert [(row["step"], row["dom_complete_us"]) for row in found["pages"]] == [("pay", 900_500)] * days
    assert engine.rows("SELECT sum(attempts) AS n FROM journeys") == [{"n": 3 * days}]
    counted = "SELECT sumIf(n, measure = 'answer') AS answers, sumIf(n, measure = 'view') AS views FROM counts"
    assert engine.rows(f"{counted} WHERE grain = 1") == [{"answers": 3 * days, "views": days}]


@pytest.mark.usefixtures("filled")
def test_all_days_are_read_once_the_newest_first(engine: ChdbEngine) -> None:
    """What came through the views before its day was read is not doubled; the second time there is nothing to do."""
    export(engine, shop(3))
    export(engine, [traces(span(PAID, at_ns=T0 + 2 * DAY + 9, span_id=b"later day"[:8]), scope="flask")])
    heard: list[Progress] = []

    assert backfill(engine, heard.append, quiet_seconds=0) == 4
    wanted = contents(engine)
    export(engine, shop(4))
    assert backfill(engine, quiet_seconds=0) == 0

    assert [(progress.done, progress.total) for progress in heard] == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert [progress.day.day for progress in heard] == [18, 17, 16, 15]
    assert len(wanted["steps"]) == 3 * 4 + 1
    assert len(contents(engine)["steps"]) == 3 * 5 + 1


@pytest.mark.usefixtures("filled")
def test_a_day_that_was_cut_off_is_mended_and_read_on(engine: ChdbEngine) -> None:
    """Though its last block was in some tables only; rows that never were the exporter's stay."""

    def cut_off(progress: Progress) -> None:
        if progress.done == 1:
            raise StoreError("killed")

    with pytest.raises(StoreError, match="killed"):
        backfill(engine, cut_off, quiet_seconds=0)
    engine.run("INSERT INTO backfills (source, day, state) SELECT 'otel_traces', '2027-01-16', 'begun'")
    engine.run("DROP TABLE exchanges_from_spans SYNC")  # a block that got no further than here
    export_like = "SELECT * REPLACE (ts - INTERVAL 1 DAY AS ts) FROM spans ORDER BY span_id LIMIT 1"
    engine.run(f"INSERT INTO spans {export_like}")
    for statement in read_migrations()[5].statements:
        engine.run(statement)

    assert is_cut_off(engine)
    pause(engine)
    export(engine, shop(3))  # while nobody takes rows over
    mend(engine)
    resume(engine, exporter_migrations(engine))
    assert not is_cut_off(engine)
    assert backfill(engine, quiet_seconds=0) >= 3  # more, when the whole test has taken less than a second
    assert_complete(engine, 4)


@pytest.mark.usefixtures("filled")
def test_rows_of_this_moment_are_read_when_they_have_aged(engine: ChdbEngine) -> None:
    """They can be in the exporter's tables and not yet in ours."""
    assert backfill(engine, quiet_seconds=2) == 3
    assert_complete(engine, 3)


@pytest.mark.usefixtures("filled")
def test_a_large_day_is_read_by_the_hour(engine: ChdbEngine) -> None:
    """What is in already has to be in memory then; hours meet without a gap, and overlap in nothing."""
    begin = T0 // DAY * DAY + 5 * DAY
    edges = [begin + hour * 3600 * 10**9 + away for hour in range(24) for away in (0, 1, 3599 * 10**9 + 999_999_999)]
    pause(engine)
    export(engine, [traces(*[span(PAID, at_ns=at, span_id=at.to_bytes(8)) for at in edges], scope="flask")])
    resume(engine, exporter_migrations(engine))
    engine.run("INSERT INTO backfills (source, day, state) SELECT 'otel_traces', '2027-01-20', 'listed'")
    engine.run(
        "INSERT INTO backfills (source, day, state) SELECT arrayJoin(['otel_traces', 'otel_logs']), toDate(0), 'listed'"
    )

    heard: list[Progress] = []
    assert backfill(engine, heard.append, quiet_seconds=0, large=50) == 1
    assert len(heard) == 1 + 24
    assert engine.rows("SELECT count() AS n, uniqExact(span_id) AS ids FROM spans") == [{"n": 72, "ids": 72}]


def test_without_an_exporter_there_is_nothing_to_read(store: Store, engine: ChdbEngine) -> None:
    """As in every embedded store."""
    assert store.path.is_dir()
    assert backfill(engine) == 0
