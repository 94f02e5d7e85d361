# SPDX-License-Identifier: Apache-2.0
"""A page that listens hears of what is stored, soon and not too often."""

import asyncio
import json
from collections.abc import AsyncGenerator

from httpx2 import AsyncClient

from seeother.watch.app import Watch
from seeother.watch.warehouse import Store
from tests.seeother.watch.otlp import Value, logs, record, span, traces
from tests.seeother.watch.serving import serving

from .conftest import Caller

STEP: dict[str, Value] = {"journey.id": "1" * 32, "journey.name": "checkout", "journey.step": "cart"}


async def changes(client: AsyncClient, url: str) -> AsyncGenerator[dict[str, int]]:
    """The data of each `change`, as they come."""
    async with client.stream("GET", f"{url}/api/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        event = ""
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            if name == "data":
                assert event == "change"
                yield json.loads(value)


async def test_a_listener_hears_what_there_is_and_what_comes(caller: Caller) -> None:
    """At once the numbers, then each time that they have changed."""
    heard = changes(caller.client, caller.url)

    first = await anext(heard)
    await caller.send(traces(span(STEP)))
    second = await anext(heard)
    await caller.send(logs(record({"seeother.rule": "RED001"}, event="seeother.finding")))
    third = await anext(heard)

    assert [first, second, third] == [
        {"steps": 0, "findings": 0, "recounted": 0},
        {"steps": 1, "findings": 0, "recounted": 0},
        {"steps": 1, "findings": 1, "recounted": 0},
    ]
    await heard.aclose()


async def test_streams_end_when_watch_does(store: Store) -> None:
    """Or a server that waits for its answers would wait for ever."""
    watch = Watch(store, [])
    async with serving(watch, lifespan="on") as url, AsyncClient(timeout=30) as client:
        listeners = [changes(client, url) for _ in range(3)]
        assert (
            await asyncio.gather(*[anext(heard) for heard in listeners])
            == [{"steps": 0, "findings": 0, "recounted": 0}] * 3
        )

        await watch.close_streams()

        for heard in listeners:
            assert [change async for change in heard] == []
