# SPDX-License-Identifier: Apache-2.0
"""The whole application on a socket, over a store that is empty at first."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient, Response

from seeother.journey import Journey, Step
from seeother.message import Pattern
from seeother.watch.app import Watch
from seeother.watch.warehouse import Encoding, Rules, Signal, Store, recount
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.routes import SESSION, route_rows, write_routes
from tests.clock import FakeClock
from tests.seeother.watch.otlp import Request
from tests.seeother.watch.serving import serving

CHECKOUT = Journey(
    "checkout",
    (
        Step("cart", (Pattern.parse("POST /cart/items"),)),
        Step("submit_order", (Pattern.parse("POST /orders"),)),
        Step("confirmation", (Pattern.parse("GET /orders/{id}"),)),
    ),
    abandoned_after=timedelta(minutes=30),
    timeout=timedelta(hours=24),
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends telemetry and asks questions."""

    client: AsyncClient
    url: str
    clock: FakeClock
    watch: Watch
    engine: ChdbEngine
    fields: dict[str, str] = field(default_factory=dict[str, str])

    async def get(self, path: str, **query: str) -> Response:
        """Ask."""
        return await self.client.get(self.url + path, params=query, headers=self.fields)

    async def json(self, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Ask when everything is counted, and expect an answer."""
        recount(self.engine, Rules.of([CHECKOUT]), self.clock.time_ns() // 1000)
        answer = await self.get(path, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    async def send(self, request: Request) -> None:
        """Send telemetry, and expect that it is stored."""
        signal = Signal.TRACES if "Trace" in type(request).__name__ else Signal.LOGS
        answer = await self.client.post(
            f"{self.url}/v1/{signal}",
            content=request.SerializeToString(),
            headers=self.fields | {"content-type": Encoding.PROTOBUF},
        )
        assert answer.status_code == 200, answer.text


@pytest.fixture
def places(store: Store, engine: ChdbEngine) -> Store:
    """The store, which knows the places of the steps."""
    write_routes(engine, route_rows([CHECKOUT]), SESSION)
    return store


@pytest.fixture
async def caller(places: Store, engine: ChdbEngine) -> AsyncGenerator[Caller]:
    """Talks to watch as it is served; its clock stands at the time of the telemetry and ten seconds."""
    clock = FakeClock(1_800_000_010.0)
    watch = Watch(places, [CHECKOUT], clock=clock)
    async with serving(watch, lifespan="on") as url, AsyncClient(timeout=30) as client:
        yield Caller(client, url, clock, watch, engine)
        await watch.close_streams()
