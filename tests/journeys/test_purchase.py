# SPDX-License-Identifier: Apache-2.0
"""A person buys in a real Chromium, with scripts and without, clicks twice, reloads and goes back."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, expect

from tests.journeys.buying import HAND_OFF, ORDERED, choose, order, pay
from tests.journeys.conftest import House

pytestmark = pytest.mark.timeout(180)  # four services and a browser start first
HANG_MS = 30_000
SEEN_WITHIN_SECONDS = 5.0  # from the result page to the matrix: what a person on call would wait
# The moments at which watch's page draws another count of the last step's attempts, by the clock of this machine.
NOTE = """
globalThis.drawn = [];
new MutationObserver(() => {
  const attempts = document.querySelector("tr[data-step=confirmation] .figure")?.textContent ?? "";
  const isNew = attempts !== "" && attempts !== globalThis.drawn.at(-1)?.attempts;
  if (isNew) globalThis.drawn.push({ attempts, at: Date.now() });
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
STEPS = ("product", "cart", "checkout", "submit_order", "payment_return", "confirmation")


@asynccontextmanager
async def person(browser: Browser, *, scripts: bool = True) -> AsyncGenerator[Page]:
    """Somebody with a browser of their own."""
    context = await browser.new_context(java_script_enabled=scripts, locale="en-GB")
    try:
        yield await context.new_page()
    finally:
        await context.close()


def attempts(house: House) -> dict[str, int]:
    """The attempts of each step so far."""
    return {step: row["attempts"] for step, row in house.matrix().items()}


async def journey_of(page: Page) -> str:
    """The journey's id, read from the cookie that scripts cannot see."""
    cookies = {cookie.get("name"): cookie.get("value", "") for cookie in await page.context.cookies()}
    return cookies["journey"].partition(".")[0]


@pytest.mark.parametrize("scripts", [True, False])
async def test_purchase_is_made_and_seen(house: House, browser: Browser, *, scripts: bool) -> None:
    """The purchase is paid and booked, and each of its steps stands in the matrix within five seconds."""
    before, orders = attempts(house), house.books().orders
    async with person(browser, scripts=scripts) as page:
        await choose(page, house.shop)
        await order(page)
        await pay(page, scripts=scripts)
    deadline = time.monotonic() + SEEN_WITHIN_SECONDS

    missing = set(STEPS)
    while missing and time.monotonic() < deadline:
        now = attempts(house)
        missing = {step for step in STEPS if now[step] != before[step] + 1}

    assert missing == set()
    assert house.books().orders == orders + 1
    assert house.books().charges == house.books().orders


async def test_a_purchase_appears_on_the_page_and_leads_to_its_timeline(
    house: House, browser: Browser, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """Without a reload; from the heat map's cell to the exchange, and on to all that happened on the journey.

    How soon is a claim of bench/bench_page.py; here it is only written down.
    """
    before = house.matrix()["confirmation"]["attempts"]
    async with person(browser) as watcher, person(browser) as page:
        await watcher.add_init_script(NOTE)
        await watcher.goto(house.watch)
        await expect(watcher.locator(".state")).to_have_text("Live")
        await choose(page, house.shop)
        journey = await journey_of(page)
        await order(page)
        await pay(page, scripts=True)
        seen = watcher.locator("tr[data-step=confirmation] .figure").first
        await expect(seen).to_have_text(str(before + 1), timeout=HANG_MS)
        drawn = (await watcher.evaluate("drawn"))[-1]["at"]
        cells = watcher.get_by_role("table", name="Status heat map").get_by_role("button", name="of POST /orders 303")
        behind = watcher.get_by_role("region", name="Behind the cell")
        timeline = behind.get_by_role("button", name=f"Open the timeline of journey {journey[:8]}")
        async with asyncio.timeout(HANG_MS / 1000):
            while not await timeline.is_visible():  # the newest minute may be drawn after the matrix
                await cells.last.click()
                await asyncio.sleep(0.5)
        await timeline.click()
        events = watcher.get_by_role("dialog").get_by_role("listitem")
        await expect(events.filter(has_text="confirmation")).to_have_count(1, timeout=HANG_MS)
        told = " ".join(await events.all_inner_texts())

    (confirmed,) = house.ask("/api/journeys/checkout/exchanges?step=confirmation&limit=1")["exchanges"]
    waited = drawn / 1000 - datetime.fromisoformat(confirmed["time"]).timestamp()
    record_testsuite_property("seconds from the purchase to the page", round(waited, 2))
    assert confirmed["journey_id"] == journey
    assert [step for step in STEPS if step not in told] == []


async def test_reload_back_and_resubmit_make_no_second_order(house: House, browser: Browser) -> None:
    """After the purchase: reload, Back, and the order's form sent once more with scripts off. One order, one charge."""
    orders = house.books().orders
    async with person(browser, scripts=False) as page:
        await choose(page, house.shop)
        await order(page)
        await page.reload()
        await page.go_back()
        if await page.locator('form[action="/orders"]').count():
            await order(page)
        else:
            await page.go_forward()
        await expect(page).to_have_url(HAND_OFF)
        await pay(page, scripts=False)
        result = page.url
        await page.reload()
        await expect(page).to_have_url(result)
        for _ in range(4):
            await page.go_back()
        resubmit = page.locator('form[action="/orders"] button')
        if await resubmit.count():
            await resubmit.click()

    books = house.books()
    assert books.orders == orders + 1
    assert (books.charges, books.duplicate_charges) == (books.orders, 0)


async def test_two_submits_a_quarter_second_apart_make_one_order(house: House, browser: Browser) -> None:
    """A nervous double click sends the form twice; the browser ends on the one order's page."""
    async with person(browser, scripts=False) as page:
        sent: list[Request] = []
        page.on("request", lambda request: sent.append(request) if request.url.endswith("/orders") else None)
        await choose(page, house.shop)
        made = house.orders_made()
        button = page.locator('form[action="/orders"] button')
        await button.scroll_into_view_if_needed()
        box = await button.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        with house.stopped("inventory"):  # so that the first is still under way
            await page.mouse.click(x, y)
            await asyncio.sleep(0.25)  # what is tested: the second click of a person, 250 ms after the first
            await page.mouse.click(x, y)
        await expect(page).to_have_url(ORDERED, timeout=HANG_MS)

    assert len(sent) == 2
    assert house.orders_made() == made + 1


async def test_provider_returns_across_sites_and_the_journey_goes_on(house: House, browser: Browser) -> None:
    """The return is a cross-site POST without the Lax cookie, yet one id runs through shop and inventory."""
    requests: list[Request] = []
    async with person(browser) as page:
        page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright marks the handler
        await choose(page, house.shop)
        started = await journey_of(page)
        await order(page)
        await pay(page, scripts=True)
        ended = await journey_of(page)
        back = next(request for request in requests if "/payments/return" in request.url)
        fields = await back.all_headers()
        after = await requests[requests.index(back) + 1].all_headers()  # the GET that its 303 asks for
        to_provider = [request for request in requests if request.url.startswith(house.payments)]
        told = [f"{request.url} {await request.all_headers()} {request.post_data}" for request in to_provider]

    assert back.method == "POST"
    assert fields["sec-fetch-site"] == "cross-site"
    assert "cookie" not in fields
    assert f"journey={started}" in after["cookie"]
    assert ended == started
    assert len(told) >= 3
    assert not any(started in text for text in told)
    stored = b"".join(path.read_bytes() for path in (house.folder / "payments").iterdir())
    assert started.encode() not in stored
    events = await timeline(house, started)
    assert [event["step"] for event in events if event["step"]] == list(STEPS)
    assert {event["service"] for event in events} == {"storefront", "inventory"}


async def timeline(house: House, journey_id: str) -> list[dict[str, Any]]:
    """What is known of a journey once its last step is stored."""
    deadline = time.monotonic() + SEEN_WITHIN_SECONDS
    while True:
        events: list[dict[str, Any]] = house.ask(f"/api/timelines/{journey_id}")["events"]
        if any(event["step"] == STEPS[-1] for event in events) or time.monotonic() > deadline:
            return events
        await asyncio.sleep(0.1)


async def test_journey_begins_anew_after_a_purchase(house: House, browser: Browser) -> None:
    """Whoever buys again is on a new journey; reloading the result is still the old one."""
    async with person(browser) as page:
        await choose(page, house.shop)
        await order(page)
        await pay(page, scripts=True)
        first = await journey_of(page)
        await page.reload()
        reloaded = await journey_of(page)

        await choose(page, house.shop)
        second = await journey_of(page)

    assert reloaded == first
    assert second != first
    assert re.fullmatch(r"[0-9a-f]{32}", second)
