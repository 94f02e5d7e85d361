# SPDX-License-Identifier: Apache-2.0
"""Old rows are read while watch answers, and the reading can be left at any day."""

from collections.abc import Generator
from datetime import date
from threading import Event

import pytest

from seeother.watch.old_rows import OldRows, progress_bar
from seeother.watch.warehouse import Progress, upgrade
from seeother.watch.warehouse.clickhouse import ClickHouseEngine
from tests.seeother.watch.exporter_tables import OTEL_LOGS, OTEL_TRACES, export
from tests.seeother.watch.warehouse.test_backfill import shop
from tests.seeother.watch.warehouse.test_fold import CHECKOUT

SPANS = "SELECT count() AS n FROM spans"


@pytest.fixture
def server(clickhouse_url: str) -> Generator[ClickHouseEngine]:
    """A database that a Collector has filled for two days, brought up to date but for these."""
    engine = ClickHouseEngine(clickhouse_url)
    engine.run(OTEL_TRACES)
    engine.run(OTEL_LOGS["new"])
    export(engine, [*shop(0), *shop(1)])
    upgrade(engine, [CHECKOUT], quiet_seconds=None)
    yield engine
    engine.close()


def test_a_reading_can_be_left_and_taken_up(server: ClickHouseEngine, clickhouse_url: str) -> None:
    """At a day's end; what has come in meanwhile is not read again."""
    assert server.rows(SPANS) == [{"n": 0}]
    export(server, shop(2))
    begun, heard = Event(), list[str]()

    def stay(line: str) -> None:
        heard.append(line)
        begun.set()
        closing.wait(30)

    closing = Event()
    first = OldRows(clickhouse_url, stay, quiet_seconds=0)
    first.start()
    assert begun.wait(30)
    first.stop()
    closing.set()
    first.close()

    assert (len(heard), server.rows(SPANS)) == (1, [{"n": 6}])
    told = list[str]()
    second = OldRows(clickhouse_url, told.append, quiet_seconds=0)
    second.start()
    second.wait(30)
    assert told[-1] == "read 1 days of the exporter's tables"
    assert server.rows(SPANS) == [{"n": 9}]


def test_a_server_that_is_away_is_said_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    """Watch goes on."""
    reading = OldRows("clickhouse://127.0.0.1:1/otel", print)

    reading.start()
    reading.close()

    assert "goes on when watch is started again" in caplog.text


def test_the_bar_grows_with_the_days() -> None:
    """And says which is being read."""
    day = date(2027, 1, 15)

    assert progress_bar(Progress(0, 4, day)) == f"[{'.' * 30}] 2027-01-15, day 1 of 4"
    assert progress_bar(Progress(3, 4, day)) == f"[{'#' * 22}{'.' * 8}] 2027-01-15, day 4 of 4"
