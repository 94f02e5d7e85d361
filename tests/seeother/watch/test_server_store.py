# SPDX-License-Identifier: Apache-2.0
"""Watch over a store on a server, which a Collector fills: it asks there, stores there, and sees what others store."""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx2 import AsyncClient, Response

from seeother.errors import StoreError
from seeother.settings import Settings, WatchSettings
from seeother.watch.app import Watch
from seeother.watch.receive import BEAT_SECONDS
from seeother.watch.server_store import ServerStore
from seeother.watch.warehouse import Encoding, Signal, Stored, StoreInUseError
from seeother.watch.warehouse.clickhouse import ClickHouseEngine
from tests.clock import FakeClock
from tests.seeother.watch.exporter_tables import OTEL_LOGS, OTEL_TRACES, export
from tests.seeother.watch.otlp import T0, span, traces
from tests.seeother.watch.serving import serving
from tests.seeother.watch.warehouse.test_backfill import DAY, PAID, shop
from tests.seeother.watch.warehouse.test_fold import CHECKOUT
from tests.servers.clickhouse_server import clickhouse_running
from tests.servers.program import free_port

WHEN = {"from": "2027-01-15T00:00:00Z", "to": "2027-01-20T00:00:00Z"}  # shop(0) is on the first of these days
POSTED = traces(
    span(PAID, at_ns=T0 + 3 * DAY, span_id=b"posted.."),
    scope="flask",
).SerializeToString()
PROTOBUF = {"content-type": Encoding.PROTOBUF}


def opened(url: str, folder: Path) -> ServerStore:
    """A watch's store there."""
    settings = Settings(journeys=(CHECKOUT,), watch=WatchSettings(store=url, folder=str(folder)))
    return ServerStore(settings, quiet_seconds=0, linger_seconds=0.01)


@asynccontextmanager
async def watching(store: ServerStore) -> AsyncGenerator[AsyncClient]:
    """Watch over the store, and who talks to it."""
    clock = FakeClock(T0 / 1e9 + 4 * 86_400)
    watch = Watch(store, [CHECKOUT], look_seconds=0.05, heartbeat_seconds=BEAT_SECONDS, clock=clock)
    async with serving(watch, lifespan="on") as url, AsyncClient(base_url=url, timeout=30) as client:
        yield client
        await watch.close_streams()


@pytest.fixture
def exporter(clickhouse_url: str) -> Generator[ClickHouseEngine]:
    """A database that a Collector has filled for two days, and goes on filling."""
    engine = ClickHouseEngine(clickhouse_url)
    engine.run(OTEL_TRACES)
    engine.run(OTEL_LOGS["new"])
    export(engine, [*shop(0), *shop(1)])
    yield engine
    engine.close()


async def steps_heard(client: AsyncClient) -> AsyncGenerator[int]:
    """The number of rows in `steps`, whenever it has changed."""
    async with client.stream("GET", "/api/stream") as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                yield int(json.loads(line.removeprefix("data: "))["steps"])


async def attempts(client: AsyncClient) -> list[tuple[str, int, float | None]]:
    """Of the matrix."""
    answer = await client.get("/api/journeys/checkout/matrix", params=WHEN)
    return [(row["step"], row["attempts"], row["http_error_rate"]) for row in answer.json()["steps"]]


async def every_answer(client: AsyncClient) -> dict[str, Response]:
    """Of all of the API's paths but the one that does not end."""
    paths = (await client.get("/api/openapi.json")).json()["paths"]
    asked = [path.format(name="checkout", journey_id="ada") for path in paths if path != "/api/stream"]
    return {path: await client.get(path, params=WHEN | {"step": "pay"}) for path in asked if path.startswith("/api/")}


async def test_a_collectors_store_is_read_asked_and_added_to(
    exporter: ClickHouseEngine, clickhouse_url: str, tmp_path: Path
) -> None:
    """Without any code of ours in the shop: old days, what others store meanwhile, and what is sent to watch itself."""
    secret = clickhouse_url.replace("://", "://default:@")
    store = opened(secret, tmp_path)
    assert store.done[-1] == "read 2 days of the exporter's tables"
    async with watching(store) as client:
        before = await attempts(client)
        heard = steps_heard(client)
        assert await anext(heard) == 6
        export(exporter, shop(2))
        assert await anext(heard) == 9
        await heard.aclose()
        sent = [await client.post("/v1/traces", content=POSTED, headers=PROTOBUF) for _ in range(2)]
        ready = (await client.get("/readyz")).json()
        metrics = (await client.get("/metrics")).text
        after = await attempts(client)
        answers = await every_answer(client)
    store.close()

    assert before == [("cart", 0, None), ("pay", 6, 1)]
    assert [answer.status_code for answer in sent] == [200, 200]
    assert after == [("cart", 0, None), ("pay", 10, 1)]
    assert (ready["store"], ready["spans"]) == (clickhouse_url, 10)
    assert 'seeother_repeated_bodies_total{signal="traces"} 1' in metrics
    assert f"seeother_newest_timestamp_seconds {(T0 + 3 * DAY) // 10**9}\n" in metrics
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert len(answers) >= 12
    assert "502" in answers["/api/timelines/ada"].text


@pytest.mark.usefixtures("exporter")
async def test_days_that_have_not_been_read_are_told(clickhouse_url: str, tmp_path: Path) -> None:
    """While watch answers already; then there are none."""
    settings = Settings(journeys=(CHECKOUT,), watch=WatchSettings(store=clickhouse_url, folder=str(tmp_path)))
    store = ServerStore(settings, reads_first=False, quiet_seconds=0, linger_seconds=0.01)
    read, loop = asyncio.Event(), asyncio.get_running_loop()

    def hear(line: str) -> None:
        if line.startswith("read"):
            loop.call_soon_threadsafe(read.set)

    async with watching(store) as client:
        before = (await client.get("/api/ingest")).json()["unread_days"]
        store.read_old_rows(hear)
        await asyncio.wait_for(read.wait(), 30)
        after = (await client.get("/api/ingest")).json()["unread_days"]
        told = await attempts(client)
    store.close()

    assert (before, after) == (2, 0)
    assert told == [("cart", 0, None), ("pay", 6, 1)]


def test_what_came_in_is_known_after_a_restart_and_the_folder_is_one_watchs(
    clickhouse_url: str, tmp_path: Path
) -> None:
    """As in an embedded store."""
    store = opened(clickhouse_url, tmp_path)
    assert store.submit(Signal.TRACES, Encoding.PROTOBUF, POSTED).result(30) == Stored()
    with pytest.raises(StoreInUseError):
        opened(clickhouse_url, tmp_path)
    store.close()

    store = opened(clickhouse_url, tmp_path)
    assert store.done == []
    assert store.submit(Signal.TRACES, Encoding.PROTOBUF, POSTED).result(30) == Stored(is_repeated=True)
    store.close()


async def test_a_server_that_goes_away_is_waited_for(tmp_path: Path) -> None:
    """Senders are told to come back, questions that there is no answer; both go on when it is there again."""
    port = free_port()
    (tmp_path / "server").mkdir()
    with clickhouse_running(tmp_path / "server", port) as server:
        store = opened(server.url(), tmp_path / "watch")
    async with watching(store) as client:
        away = await client.post("/v1/traces", content=POSTED, headers=PROTOBUF)
        unknown = await client.get("/api/journeys/checkout/matrix", params=WHEN)
        with clickhouse_running(tmp_path / "server", port):
            stored = await client.post("/v1/traces", content=POSTED, headers=PROTOBUF)
            known = await attempts(client)
    store.close()

    assert (away.status_code, "retry-after" in away.headers) == (503, True)
    assert unknown.status_code == 503
    assert stored.status_code == 200
    assert known == [("cart", 0, None), ("pay", 1, 1)]


def test_a_server_that_is_not_there_is_a_store_that_is_away(tmp_path: Path) -> None:
    """The command line ends with 3 for it; the folder is free again."""
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be reached"):
            opened(f"clickhouse://127.0.0.1:{free_port()}/otel", tmp_path)
