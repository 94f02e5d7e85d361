# SPDX-License-Identifier: Apache-2.0
"""Pages over a real socket into a real store."""

import asyncio
import gzip
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from ipaddress import ip_network

import pytest
from httpx2 import AsyncClient, Response

from seeother.errors import StoreError
from seeother.message import Origin
from seeother.watch.receive import BROWSER_PATH, BrowserReceiver
from seeother.watch.receive.browser import CONTENT_LIMIT
from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.clock import FakeClock
from tests.seeother.watch.serving import serving

from .pages import JOURNEY_ID, NOW_NS, batch, event, navigation

SHOP = "https://shop.example"


@dataclass(frozen=True, slots=True)
class Page:
    """A page that sends."""

    client: AsyncClient
    receiver: BrowserReceiver
    clock: FakeClock

    async def send(self, content: bytes, **fields: str) -> Response:
        """What fetch or sendBeacon would."""
        given = {"origin": SHOP, "content-type": "application/json", "user-agent": "a browser/17.4"}
        given |= {name.replace("_", "-"): value for name, value in fields.items()}
        return await self.client.post(BROWSER_PATH, content=content, headers=given)


@pytest.fixture
async def page(store: Store) -> AsyncGenerator[Page]:
    """A page of the shop, whose proxy stands on this machine."""
    clock = FakeClock(NOW_NS / 1e9)
    receiver = BrowserReceiver(
        store.submit,
        origins=[Origin("https", "shop.example", 443)],
        trusted_proxies=[ip_network("127.0.0.0/8")],
        clock=clock,
    )
    async with serving(receiver) as url, AsyncClient(base_url=url, timeout=30) as client:
        yield Page(client, receiver, clock)


@pytest.mark.parametrize("media", ["application/json", "text/plain", "text/plain;charset=UTF-8"])
async def test_events_are_stored_when_they_are_acknowledged(page: Page, engine: ChdbEngine, media: str) -> None:
    """As the page view that they are, readable by the page that sent them."""
    answer = await page.send(batch(navigation()), content_type=media)

    assert (answer.status_code, answer.content) == (200, b"{}")
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["vary"] == "origin"
    assert engine.rows("SELECT journey, journey_id, step, service, kind, user_agent FROM pages") == [
        {
            "journey": "checkout",
            "journey_id": JOURNEY_ID,
            "step": "cart",
            "service": "browser",
            "kind": "navigation",
            "user_agent": "a browser/17.4",
        }
    ]


async def test_what_is_left_out_is_told(page: Page, engine: ChdbEngine) -> None:
    """A partial success, and no attempt, finding or step of a page's making."""
    answer = await page.send(batch(event("journey.step"), event("seeother.finding")))

    assert answer.json()["partialSuccess"]["rejectedLogRecords"] == "2"
    for table in ("steps", "findings", "log_records"):
        assert engine.rows(f"SELECT toInt32(count()) AS n FROM {table}") == [{"n": 0}]  # noqa: S608 - our names
    assert page.receiver.rejected == 2


@pytest.mark.parametrize(
    "origin", ["", "null", "https://shop.example.evil.test", "http://shop.example", "https://shop.example:8443", "shop"]
)
async def test_pages_of_other_sites_are_refused(page: Page, engine: ChdbEngine, origin: str) -> None:
    """403, and no field that would let their script read it."""
    answer = await page.send(batch(navigation()), origin=origin)

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert engine.rows("SELECT toInt32(count()) AS n FROM log_records") == [{"n": 0}]


async def test_the_sites_own_pages_need_no_listing(page: Page) -> None:
    """Where its server passes on the host that was asked."""
    host = "another.example"

    assert (await page.send(batch(navigation()), host=host, origin=f"http://{host}")).status_code == 200
    assert (await page.send(batch(navigation()), host=host, origin="http://shop.evil.test")).status_code == 403


async def test_a_browser_may_ask_first(page: Page) -> None:
    """Across origins it does so before it sends JSON."""
    asked = {"origin": SHOP, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}

    answer = await page.client.request("OPTIONS", BROWSER_PATH, headers=asked)

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "content-type" in answer.headers["access-control-allow-headers"]


async def test_a_crowd_from_one_address_is_held_back(page: Page) -> None:
    """As its proxy names it; others come in all the while, and so does the crowd after the time it is told."""
    crowd = await asyncio.gather(*[page.send(b"{}", x_forwarded_for="192.0.2.1") for _ in range(201)])
    refused = await page.send(b"{}", x_forwarded_for="192.0.2.1")
    other = await page.send(b"{}", x_forwarded_for="192.0.2.2")
    page.clock.advance(int(refused.headers["retry-after"]))
    after = await page.send(b"{}", x_forwarded_for="192.0.2.1")

    assert sorted(answer.status_code for answer in crowd) == [200] * 200 + [429]
    assert (refused.status_code, other.status_code, after.status_code) == (429, 200, 200)
    assert page.receiver.answers == {200: 202, 429: 2}


async def test_addresses_of_one_customer_are_one(page: Page) -> None:
    """Of IPv6 everybody has 2^64 of them."""
    customer = [page.send(b"{}", x_forwarded_for=f"2001:db8:0:7::{number:x}") for number in range(200)]
    assert {answer.status_code for answer in await asyncio.gather(*customer)} == {200}
    refused = await page.send(b"{}", x_forwarded_for="2001:db8:0:7:f::1")
    other = await page.send(b"{}", x_forwarded_for="2001:db8:0:8::1")

    assert (refused.status_code, other.status_code) == (429, 200)


async def test_one_journey_is_held_back(page: Page) -> None:
    """Whatever addresses it comes from; a page does not say so much."""
    statuses = [
        (await page.send(batch(navigation(number)), x_forwarded_for=f"192.0.2.{number}")).status_code
        for number in range(32)
    ]

    assert statuses == [200] * 30 + [429] * 2


@pytest.mark.parametrize(
    ("content", "fields", "status"),
    [
        (b"{", {}, 400),
        (b"{}", {"content_type": "application/x-protobuf"}, 415),
        (b"{}", {"content_encoding": "br"}, 415),
        (b"no gzip" * 9, {"content_encoding": "gzip"}, 400),
        (gzip.compress(bytes(CONTENT_LIMIT + 1), mtime=0), {"content_encoding": "gzip"}, 413),
    ],
)
async def test_what_cannot_be_taken_is_refused(page: Page, content: bytes, fields: dict[str, str], status: int) -> None:
    """With a reason, and readable by the page."""
    answer = await page.send(content, **fields)

    assert answer.status_code == status
    assert answer.json()["message"]
    assert answer.headers["access-control-allow-origin"] == SHOP


async def test_other_methods_are_refused(page: Page) -> None:
    """405, with what is possible."""
    answer = await page.client.get(BROWSER_PATH, headers={"origin": SHOP})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


async def test_compressed_events_are_taken(page: Page, engine: ChdbEngine) -> None:
    """CompressionStream makes gzip."""
    answer = await page.send(gzip.compress(batch(navigation())), content_encoding="gzip")

    assert answer.status_code == 200
    assert engine.rows("SELECT toInt32(count()) AS n FROM pages") == [{"n": 1}]


async def test_a_store_in_trouble_is_answered_503() -> None:
    """The page may try again."""

    def submit(*_: object) -> None:
        raise StoreError("the store is closing", retryable=True)

    receiver = BrowserReceiver(submit, origins=[Origin("https", "shop.example", 443)])  # type: ignore[arg-type]
    async with serving(receiver) as url, AsyncClient(base_url=url) as client:
        answer = await Page(client, receiver, FakeClock()).send(batch(navigation()))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
