# SPDX-License-Identifier: Apache-2.0
"""The article, chapter 3.3, end to end: a shop under the guard whose inventory answers 504, and then recovers.

The article's front end was not led anywhere, since its breaker took a 504 for an answer like any other.
"""

from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from seeother.asgi import Guard
from seeother.breaker import BreakerPolicy, Retry, RetryBudget, State
from seeother.client import Caller
from seeother.client.httpx2 import AsyncBreakerTransport
from seeother.settings import read_settings
from tests.clock import FakeClock
from tests.contract.calls.peer import Peer

PERSON = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
MACHINE = {"accept": "application/json"}
ORDERS: dict[str, object] = {"match": "POST /orders", "kind": "action", "outcome_page": "/orders/pending"}


class Shop:
    """A shop that reserves stock before it takes an order."""

    def __init__(self, peer: Peer, clock: FakeClock, *, retry: Retry | None = None, keyed: bool = False) -> None:
        """Ask `peer` for stock."""
        self.caller = Caller(BreakerPolicy(minimum_calls=4), retry=retry, keyed=keyed, ours=[peer.origin], clock=clock)
        self.stock = httpx2.AsyncClient(
            transport=AsyncBreakerTransport(httpx2.AsyncHTTPTransport(), self.caller, name="inventory"),
            base_url=peer.origin,
        )
        app = FastAPI()

        @app.post("/orders")
        async def order() -> RedirectResponse:
            await self.stock.post("/ok", content=b"one pot")
            return RedirectResponse("/orders/1", 303)

        @app.get("/products/tea")
        async def product() -> dict[str, int]:
            return {"status": (await self.stock.get("/ok")).status_code}

        guarded = Guard(app, read_settings({"ledger": {"url": "memory://"}, "route": [ORDERS]}, {}))
        self.visitor = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=guarded, raise_app_exceptions=False), base_url="http://shop.test"
        )

    def state(self) -> State:
        """How the inventory's breaker stands."""
        return self.caller.breaker("inventory", 0.0).state


Open = Callable[..., Shop]


@pytest.fixture
async def opened(peer: Peer, clock: FakeClock) -> AsyncIterator[Open]:
    """Opens shops, and closes them."""
    shops: list[Shop] = []

    def make(*, retry: Retry | None = None, keyed: bool = False) -> Shop:
        shops.append(Shop(peer, clock, retry=retry, keyed=keyed))
        return shops[-1]

    yield make
    for shop in shops:
        await shop.stock.aclose()
        await shop.visitor.aclose()


async def test_the_article_from_504_to_order(opened: Open, peer: Peer, clock: FakeClock) -> None:
    """Unknown, then refused without asking, then one probe, and the shop sells again."""
    shop = opened()
    peer.plays(*["/status/504"] * 4)

    for _ in range(4):
        answer = await shop.visitor.post("/orders", headers=PERSON)
        assert (answer.status_code, answer.headers["location"]) == (303, "/orders/pending")
    assert shop.state() is State.OPEN

    refused = await shop.visitor.post("/orders", headers=PERSON)
    told = await shop.visitor.post("/orders", headers=MACHINE)
    shown = await shop.visitor.get("/products/tea", headers=PERSON)
    assert [each.status_code for each in (refused, told, shown)] == [503, 503, 503]
    assert {each.headers["retry-after"] for each in (refused, told, shown)} == {"30"}
    assert "Nothing was done" in refused.text
    assert told.json()["type"] == "urn:seeother:problem:nothing-done"
    assert shown.headers["refresh"] == "30"
    assert len(peer.got) == 4

    clock.advance(30)
    answer = await shop.visitor.post("/orders", headers=PERSON)
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders/1")
    assert shop.state() is State.CLOSED


async def test_a_key_turns_unknown_into_known(opened: Open, peer: Peer) -> None:
    """The inventory keeps keys, so the second try finds out what became of the first."""
    retry = Retry(uniform=lambda _low, _high: 0.0, budget=RetryBudget(ratio=10.0))
    shop = opened(retry=retry, keyed=True)
    peer.plays("/status/504")

    answer = await shop.visitor.post("/orders", headers=PERSON)

    assert (answer.status_code, answer.headers["location"]) == (303, "/orders/1")
    first, second = peer.got
    assert first.fields["idempotency-key"] == second.fields["idempotency-key"]
    assert first.fields["request-timeout-ms"] == "800"
