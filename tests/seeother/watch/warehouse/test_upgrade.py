# SPDX-License-Identifier: Apache-2.0
"""A ClickHouse that only a Collector knew, through the client that a server is spoken to with."""

from collections.abc import Generator

import pytest

from seeother.errors import StoreError
from seeother.watch.warehouse import Rules, recount
from seeother.watch.warehouse.clickhouse import ClickHouseEngine
from seeother.watch.warehouse.fold import Progress
from seeother.watch.warehouse.upgrade import upgrade
from tests.seeother.watch.exporter_tables import OTEL_LOGS, OTEL_TRACES, export
from tests.seeother.watch.warehouse.test_backfill import shop
from tests.seeother.watch.warehouse.test_fold import CHECKOUT

NOW = 1_810_000_000_000_000  # microseconds since the epoch: after all of it


@pytest.fixture
def server(clickhouse_url: str) -> Generator[ClickHouseEngine]:
    """A database without a table."""
    engine = ClickHouseEngine(clickhouse_url)
    yield engine
    engine.close()


def test_old_and_new_rows_answer_questions(server: ClickHouseEngine) -> None:
    """Two days from before, one from after; the second time there is nothing to do."""
    server.run(OTEL_TRACES)
    server.run(OTEL_LOGS["new"])
    export(server, [*shop(0), *shop(1)])
    heard: list[Progress] = []

    first = upgrade(server, [CHECKOUT], quiet_seconds=0, report=heard.append)
    export(server, shop(2))
    recount(server, Rules.of([CHECKOUT]), NOW)
    second = upgrade(server, [CHECKOUT], quiet_seconds=0)

    assert [each.name for each in first.applied][-2:] == ["otel_traces", "otel_logs"]
    assert (first.refolded, first.days, len(heard)) == (False, 2, 2)
    assert (second.applied, second.refolded, second.days) == ([], False, 0)
    counted = "SELECT step, sum(n) AS n FROM counts WHERE grain = 1 AND measure = {measure:String} GROUP BY step"
    assert [server.rows(counted, measure=each) for each in ("answer", "http_error")] == [[{"step": "pay", "n": 9}]] * 2
    assert not recount(server, Rules.of([CHECKOUT]), NOW)


def test_the_exporters_experimental_columns_are_refused(server: ClickHouseEngine) -> None:
    """Before anything is made."""
    server.run("CREATE TABLE otel_traces (Timestamp DateTime64(9), SpanAttributes JSON) ENGINE = MergeTree ORDER BY ()")

    with pytest.raises(StoreError, match="maps"):
        upgrade(server, [CHECKOUT])
    assert server.rows("SELECT count() AS n FROM system.tables WHERE database = currentDatabase()") == [{"n": 1}]
