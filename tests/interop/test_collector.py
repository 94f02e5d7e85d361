# SPDX-License-Identifier: Apache-2.0
"""A real Collector between a stock SDK and watch: its exporter's tables, and its OTLP."""

import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seeother.watch.warehouse.clickhouse import ClickHouseEngine
from tests.interop.stock_shop import SECOND, StockShop
from tests.interop.watching import attempts, await_that, collecting, matrix, migrated, watching
from tests.seeother.watch.exporter_tables import OTEL_LOGS
from tests.servers.clickhouse_server import ClickHouseServer
from tests.servers.program import free_port

pytestmark = pytest.mark.timeout(300)
COUNTED = "SELECT (SELECT count() FROM spans) AS spans, (SELECT count() FROM pages) AS pages"
DAY = 86_400 * SECOND
CLICKHOUSE = (
    '{{endpoint: "http://127.0.0.1:{port}", database: "{database}", compress: none, '
    "timeout: 60s, sending_queue: {{batch: {{flush_timeout: 1s, min_size: 10000}}}}}}"
)
WATCH = '{{endpoint: "http://127.0.0.1:{port}", retry_on_failure: {{initial_interval: 200ms, max_interval: 1s}}}}'


@contextmanager
def open_shop(collector: str) -> Generator[StockShop]:
    """A shop in which somebody buys all the time, until the block ends."""
    shop, closing = StockShop(collector), threading.Event()

    def sell() -> None:
        while not closing.wait(0.05):
            shop.sell(time.time_ns(), status=502 if shop.purchases % 4 == 0 else 303)

    thread = threading.Thread(target=sell)
    thread.start()
    try:
        yield shop
    finally:
        closing.set()
        thread.join()
        shop.close()


@pytest.mark.parametrize("generation", ["the collector's", "old"])
def test_the_exporters_tables_are_taken_over_while_they_are_filled(
    collector: Path, clickhouse_server: ClickHouseServer, clickhouse_url: str, tmp_path: Path, generation: str
) -> None:
    """Nothing is lost or doubled: days of before, what comes meanwhile, what comes after; first or while it serves."""
    database, folder = clickhouse_url.rpartition("/")[2], tmp_path / "watch"
    folder.mkdir()
    store = ClickHouseEngine(clickhouse_url)
    if generation != "the collector's":
        store.run(OTEL_LOGS[generation])
    exporter = CLICKHOUSE.format(port=clickhouse_server.port, database=database)
    with collecting(collector, tmp_path, clickhouse=exporter) as address, open_shop(address) as shop:
        for day in (1, 2):
            for number in range(50):
                shop.sell(time.time_ns() - day * DAY + number * SECOND)
        shop.flush()
        await_that(lambda: store.rows("SELECT count() AS n FROM otel_traces WHERE Timestamp < today()")[0]["n"] == 200)
        if generation != "old":
            made = migrated(folder, clickhouse_url)
            assert made.returncode == 0, made.stderr
            assert "applied 1001 otel_traces\napplied 1002 otel_logs\nread 3 days" in made.stdout
            assert "day 3 of 3" in made.stderr
        with watching(folder, "--store", clickhouse_url) as client:
            during = shop.purchases
            await_that(lambda: shop.purchases > during + 50)
            if generation == "old":
                await_that(lambda: "read 3 days" in (folder / "output").read_text())
    # The shop is closed, and its Collector has sent what it had. An export that timed out, and was sent again, is
    # twice in the exporter's tables, and once in ours.
    with watching(folder, "--store", clickhouse_url) as client:
        wanted = {"cart": shop.purchases, "pay": shop.purchases}
        await_that(lambda: attempts(client) == wanted)
        await_that(lambda: store.rows(COUNTED) == [{"spans": 2 * shop.purchases, "pages": shop.purchases}])
        rows = matrix(client)

    assert store.rows(
        "SELECT count() AS n FROM system.columns WHERE table = 'otel_logs' AND name = 'TimestampTime'"
    ) == [{"n": 0 if generation == "the collector's" else 1}]
    store.close()
    assert [row["dom_complete_ms"]["mean"] for row in rows] == [None, 812.5]
    assert 0.1 < rows[1]["http_error_rate"] < 0.25


def test_a_spare_has_what_the_other_has(collector: Path, tmp_path: Path) -> None:
    """Two watches with a store each, one Collector that sends to both; what one missed it gets when it is back."""
    folders = [tmp_path / name for name in ("collector", "first", "spare")]
    for folder in folders:
        folder.mkdir()
    ports = free_port(), free_port()
    exporters = {f"otlp_http__{port}": WATCH.format(port=port) for port in ports}
    with watching(folders[1], port=ports[0]) as first, collecting(collector, folders[0], **exporters) as address:
        with open_shop(address) as shop:
            with watching(folders[2], port=ports[1], stop=signal.SIGKILL):
                await_that(lambda: shop.purchases > 50)
            missed = shop.purchases
            await_that(lambda: shop.purchases > missed + 50)
        with watching(folders[2], port=ports[1]) as spare:
            wanted = {"cart": shop.purchases, "pay": shop.purchases}
            await_that(lambda: attempts(first) == attempts(spare) == wanted)
            await_that(lambda: matrix(first) == matrix(spare))
