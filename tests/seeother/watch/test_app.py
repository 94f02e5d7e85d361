# SPDX-License-Identifier: Apache-2.0
"""The whole of watch: the article's telemetry in by the doors, its matrix out by the API."""

import asyncio
import gzip
from collections.abc import AsyncGenerator, Sequence
from ipaddress import ip_network
from typing import Any

import pytest
from httpx2 import AsyncClient

from seeother.settings import WatchSettings
from seeother.watch.app import Watch
from seeother.watch.receive import BROWSER_PATH
from seeother.watch.warehouse import Encoding, Rules, Store, recount
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.fold import fold
from tests.clock import FakeClock
from tests.seeother.watch import article
from tests.seeother.watch.exporter_tables import exported_rows
from tests.seeother.watch.feeders import differences, exporters_tables, keep
from tests.seeother.watch.otlp import T0
from tests.seeother.watch.serving import serving

AT_ONCE = 96  # requests: fewer and larger inserts
BEGIN, END = "2027-01-15T08:00:00Z", "2027-01-15T10:00:00Z"  # 08:00 is T0
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def served(store: Store, engine: ChdbEngine) -> AsyncGenerator[tuple[AsyncClient, Watch, FakeClock]]:
    """Watch over the empty store, when the article's last journey begins; and who talks to it."""
    engine.run("TRUNCATE TABLE folds")
    fold(engine, [article.JOURNEY])
    clock = FakeClock(T0 / 1e9 + (article.MINUTES + 1) * 60)
    watch = Watch(store, [article.JOURNEY], settings=WatchSettings(trusted_proxies=LOOPBACK), clock=clock)
    async with serving(watch, lifespan="on") as url, AsyncClient(base_url=url, timeout=120) as client:
        yield client, watch, clock
        await watch.close_streams()


async def send(client: AsyncClient, bodies: Sequence[article.Body], *, coding: str = "identity") -> None:
    """Send all, a few requests at a time: servers by OTLP's door, pages by theirs and each from its own address."""
    places = asyncio.Semaphore(AT_ONCE)
    origin = str(client.base_url).rstrip("/")

    async def post(number: int, path: str, content: bytes) -> None:
        page = {"origin": origin, "x-forwarded-for": f"10.0.{number >> 8}.{number & 255}", "user-agent": ""}
        told = page | {"content-type": Encoding.JSON} if path == BROWSER_PATH else {"content-type": Encoding.PROTOBUF}
        given = gzip.compress(content, 1) if coding == "gzip" else content
        async with places:
            answer = await client.post(path, content=given, headers=told | {"content-encoding": coding})
        assert (answer.status_code, answer.content) == (200, b"{}" if path == BROWSER_PATH else b"")

    await asyncio.gather(*[post(number, *body) for number, body in enumerate(bodies)])


async def ask(client: AsyncClient, engine: ChdbEngine, clock: FakeClock) -> list[dict[str, Any]]:
    """The matrix, an hour later, when everything is counted."""
    recount(engine, Rules.of([article.JOURNEY]), clock.time_ns() // 1000)
    answer = await client.get("/api/journeys/checkout/matrix", params={"from": BEGIN, "to": END})
    assert answer.status_code == 200, answer.text
    steps: list[dict[str, Any]] = answer.json()["steps"]
    return steps


@pytest.mark.timeout(300)  # a third of a million records by the doors, then as a Collector would write them
async def test_the_articles_matrix_comes_back_digit_for_digit(
    served: tuple[AsyncClient, Watch, FakeClock], engine: ChdbEngine
) -> None:
    """Rates as fractions, means from exact sums; again after a second sending, and by the exporter's tables."""
    client, watch, clock = served
    bodies = list(article.sent())
    await send(client, bodies)
    clock.advance(3600)  # nobody goes on any more
    told = await ask(client, engine, clock)

    clock.advance(-3600)
    again = [body for number, body in enumerate(reversed(bodies)) if body[0] != BROWSER_PATH or number % 8 == 0]
    await send(client, again, coding="gzip")
    clock.advance(3600)
    repeated = await ask(client, engine, clock)
    keep(engine)
    with exporters_tables(engine) as feed:
        feed("new")
        for signal, lines in article.exported(exported_rows).items():
            engine.insert(f"INSERT INTO otel_{signal}", "JSONEachRow", lines)
        exported = await ask(client, engine, clock)
        found = differences(engine)

    assert [
        (
            row["step"],
            row["http_error_rate"],
            row["js_error_rate"],
            row["abandonment_rate"],
            row["first_screen_ms"]["mean"],
        )
        for row in told
    ] == [
        ("product_page", 0.0012, 0.0186, 0.237, 1240),
        ("add_to_cart", 0.0003, 0.0041, 0.082, 380),
        ("submit_order", 0.0127, 0.0293, 0.415, 2150),
        ("payment_result", 0.0089, 0.0567, 0.331, 1890),
    ]
    assert sum(row["attempts"] for row in told) == article.ATTEMPTS
    assert [(row["coverage"], row["provisional"]) for row in told] == [(1, [])] * 4
    assert watch.receiver.repeated.total() == sum(path != BROWSER_PATH for path, _ in bodies)
    assert repeated == told
    assert exported == told
    nothing = {"kept": 0, "added": 0, "lost": 0}  # the article has no findings, breakers and user agents
    assert found == dict.fromkeys(("findings", "breaker_changes", "dimension_counts"), nothing)


async def test_a_part_that_ends_is_told_and_takes_nothing_with_it(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """At once, not when watch is stopped, which it can be all the same."""

    async def follow() -> None:
        raise RuntimeError("no such log")

    async with serving(Watch(store, [], follow=follow), lifespan="on") as url, AsyncClient(timeout=30) as client:
        assert (await client.get(f"{url}/readyz")).status_code == 200
        told = caplog.text

    assert "a part of watch has ended" in told
    assert "no such log" in told
    assert "Application shutdown failed" not in caplog.text


KEY = "a-key-for-servers"
STRANGER = "evil.example:8304"


@pytest.mark.parametrize(
    ("settings", "statuses"),
    [
        (WatchSettings(), (421, 421, 403, 421)),
        (WatchSettings(hosts=("evil.example",)), (200, 200, 200, 200)),
        (WatchSettings(ingest_keys=(KEY,)), (200, 200, 403, 421)),
        (WatchSettings(token=KEY), (200, 200, 200, 200)),
    ],
    ids=["a stranger's", "listed", "with a key", "with a token"],
)
async def test_no_strange_name_leads_in_or_brings_anything(
    store: Store, settings: WatchSettings, statuses: tuple[int, ...]
) -> None:
    """Neither reads nor writes who has pointed his name here (DNS rebinding), by any door; a key proves that he may."""
    watch = Watch(store, [], settings=settings, otlp_ports=frozenset())
    shown = {"host": STRANGER, "authorization": f"Bearer {KEY}"}
    told = {"content-type": Encoding.JSON, "origin": f"http://{STRANGER}"}
    async with serving(watch, lifespan="on") as url, AsyncClient(base_url=url, headers=shown) as client:
        answers = [
            await client.post("/v1/traces", content=b"{}", headers=told),
            await client.post("/v1/metrics", content=b"{}", headers=told),
            await client.post(BROWSER_PATH, content=b"{}", headers=told),
            await client.get("/api/journeys", headers=told),
        ]
        await watch.close_streams()

    assert tuple(answer.status_code for answer in answers) == statuses
