# SPDX-License-Identifier: Apache-2.0
"""Whether watch lives, is ready, and what it has taken in."""

import asyncio
import re

from httpx2 import AsyncClient

from seeother.watch.app import Watch
from seeother.watch.questions import Question
from seeother.watch.questions.asker import THREADS
from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.clock import FakeClock
from tests.seeother.watch.otlp import Value, logs, record, span, traces
from tests.seeother.watch.serving import serving

from .conftest import Caller

STEP: dict[str, Value] = {
    "journey.id": "1" * 32,
    "journey.name": "checkout",
    "journey.step": "cart",
    "journey.failed": True,
    "http.response.status_code": 503,
}
SAMPLE = re.compile(r"^(\w+(?:\{[^}]*\})?) (\S+)$", re.MULTILINE)


async def test_ready_says_how_much_is_stored(caller: Caller, store: Store) -> None:
    """And where."""
    await caller.send(traces(span(), span(span_id=b"another ")))
    await caller.send(logs(record()))

    assert await caller.json("/readyz") == {
        "status": "ready",
        "store": f"chdb://{store.path}",
        "spans": 2,
        "log_records": 1,
        "heartbeat_age_ms": None,
        "last_telemetry": "2027-01-15T08:00:10Z",
    }
    assert await caller.json("/healthz") == {"status": "ok"}


async def test_slow_questions_do_not_make_it_late(caller: Caller) -> None:
    """More of them than can be asked at a time: whoever restarts what is not ready must not do it for these."""
    slow = Question("slow")
    slow.__dict__["sql"] = "SELECT sleep(1)"
    asking = caller.watch._asker  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no question is slow enough
    tasks = [asyncio.create_task(asking.ask(slow)) for _ in range(2 * THREADS)]
    await asyncio.sleep(0)

    ready = await caller.get("/readyz")
    waiting = [task for task in tasks if not task.done()]
    await asyncio.gather(*tasks)

    assert ready.status_code == 200
    assert len(waiting) >= THREADS


async def test_a_store_in_trouble_is_not_ready_but_alive(caller: Caller, engine: ChdbEngine) -> None:
    """503 with a time to come back, and nothing of the engine's inner life."""
    engine.run("RENAME TABLE spans TO spans_away")
    try:
        ready = await caller.get("/readyz")
        alive = await caller.get("/healthz")
    finally:
        engine.run("RENAME TABLE spans_away TO spans")

    assert (ready.status_code, ready.headers["retry-after"]) == (503, "1")
    assert ready.json()["detail"] == "the store did not answer"
    assert alive.status_code == 200


async def test_when_nothing_can_be_stored_watch_is_not_ready(store: Store) -> None:
    """Though the store answers; the heartbeat notices without any shop that sends."""
    clock = FakeClock(1_800_000_010.0)
    watch = Watch(store, [], heartbeat_seconds=3600, clock=clock)
    async with serving(watch, lifespan="on") as url, AsyncClient(base_url=url, timeout=30) as client:
        while (ready := (await client.get("/readyz")).json())["log_records"] == 0:
            pass
        clock.advance(3 * 3600)
        late = await client.get("/readyz")
        clock.advance(1)
        stopped = await client.get("/readyz")
        ingest = await client.get("/api/ingest")
        metrics = await client.get("/metrics")

    assert (ready["heartbeat_age_ms"], ready["last_telemetry"]) == (0, None)
    assert late.status_code == 200
    assert (stopped.status_code, stopped.json()["detail"]) == (503, "nothing could be stored for 10801 seconds")
    assert ingest.json() == {
        "is_storing": False, "heartbeat_age_ms": 10_801_000, "last_telemetry": None, "newest": None, "counted": None,
        "unread_days": 0,
    }  # fmt: skip
    assert "seeother_heartbeat_age_seconds 10801\n" in metrics.text


async def test_metrics_count_what_came_in(caller: Caller) -> None:
    """In the text format of Prometheus."""
    await caller.send(traces(span(STEP, duration_ns=1_500_000_000), span(span_id=b"")))
    await caller.client.post(f"{caller.url}/v1/logs", content=b"", headers={"content-type": "text/plain"})

    answer = await caller.get("/metrics")

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = dict(SAMPLE.findall(answer.text))
    assert samples == {
        'seeother_otlp_requests_total{signal="traces",status="200"}': "1",
        'seeother_otlp_requests_total{signal="logs",status="415"}': "1",
        'seeother_rejected_records_total{signal="traces"}': "1",
        "seeother_held_bytes": "0",
        "seeother_last_telemetry_timestamp_seconds": "1800000010",
        "seeother_newest_timestamp_seconds": "1800000000",
        'seeother_rows{table="spans"}': "1",
        'seeother_rows{table="log_records"}': "0",
        'seeother_rows{table="steps"}': "1",
        'seeother_rows{table="findings"}': "0",
        'seeother_attempts_total{journey="checkout",step="cart"}': "1",
        'seeother_failed_attempts_total{journey="checkout",step="cart"}': "1",
        'seeother_replayed_attempts_total{journey="checkout",step="cart"}': "0",
        'seeother_attempt_seconds_total{journey="checkout",step="cart"}': "1.5",
    }
