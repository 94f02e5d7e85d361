# SPDX-License-Identifier: Apache-2.0
"""Old rows are read to their end however often the reading is cut off; the server goes on with what it has begun."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seeother.watch.warehouse.clickhouse import ClickHouseEngine
from tests.interop.stock_shop import CONFIG
from tests.interop.watching import await_that, migrated
from tests.seeother.watch.exporter_tables import OTEL_LOGS, OTEL_TRACES

pytestmark = pytest.mark.timeout(300)
ROWS = 500_000
OLD_ROWS = """
INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, ScopeName, SpanAttributes)
SELECT
    toDateTime64(toStartOfDay(now('UTC')), 9) - INTERVAL 5 DAY + toIntervalMicrosecond(number * 864000),
    lower(hex(sipHash128(number))), substring(lower(hex(sipHash128(number, 1))), 1, 16),
    'pay', 'Server', 'shop', 'flask',
    map('http.request.method', 'POST', 'http.route', '/orders/{id}/payments', 'http.response.status_code', '303',
        'session.id', toString(intDiv(number, 4)))
FROM numbers(500000)"""
COUNTED = """
SELECT
    (SELECT count() FROM spans) AS spans,
    (SELECT count() FROM steps) AS steps,
    (SELECT sum(attempts) FROM journeys) AS attempts,
    (SELECT sum(exchanges) FROM status_counts WHERE grain = 1) AS counted"""


UNDER_WAY = "SELECT count() AS n FROM system.processes WHERE query LIKE 'INSERT INTO spans%'"


def cut_off(folder: Path, address: str, store: ClickHouseEngine, number: signal.Signals) -> int:
    """Begin to migrate, and end it in the middle of a day."""
    command = [sys.executable, "-m", "seeother", "watch", "--migrate", "--store", address]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "day 2" not in process.stderr.readline():
            assert process.poll() is None
        await_that(lambda: store.rows(UNDER_WAY) != [{"n": 0}])
        process.send_signal(number)
        return process.wait(60)


def test_a_reading_that_is_killed_twice_ends_with_every_row_once(clickhouse_url: str, tmp_path: Path) -> None:
    """And with all that follows from it."""
    (tmp_path / "seeother.toml").write_text(CONFIG)
    store = ClickHouseEngine(clickhouse_url)
    store.run(OTEL_TRACES)
    store.run(OTEL_LOGS["new"])
    store.run(OLD_ROWS)

    ended = [cut_off(tmp_path, clickhouse_url, store, number) for number in (signal.SIGINT, signal.SIGKILL)]
    done = migrated(tmp_path, clickhouse_url)

    assert ended == [130, -signal.SIGKILL]
    assert (done.returncode, done.stderr.count("day")) == (0, 3), done.stderr  # each got one day to its end
    assert store.rows(COUNTED) == [{"spans": ROWS, "steps": ROWS, "attempts": ROWS, "counted": ROWS}]
    store.close()
