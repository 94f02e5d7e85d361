# SPDX-License-Identifier: Apache-2.0
"""What strangers wrote goes in by the real doors, is stored, and stands on the page as text."""

import json
import time
from collections.abc import AsyncGenerator

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page, expect

from seeother.watch.app import Watch
from seeother.watch.receive import BROWSER_PATH
from seeother.watch.warehouse import Encoding, Rules, Store, recount
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.routes import SESSION, route_rows, write_routes
from tests.seeother.watch.api.conftest import CHECKOUT
from tests.seeother.watch.otlp import Value, logs, record, span, traces
from tests.seeother.watch.serving import serving

from .conftest import Complaints, Opener

MARK = "stranger"
EVIL = f"\"'><img src=x onerror=\"document.title='{MARK}'\"><svg onload=\"document.title='{MARK}'\">{{{{{MARK}}}}}"
SCRIPT = f"</script><script>document.title='{MARK}'</script>"
LONG_AGO = 40 * 60 * 10**9  # nanoseconds: by then a journey was abandoned
PLACES: dict[str, Value] = {
    "http.route": f"/{EVIL}",
    "http.request.method": EVIL,
    "error.type": EVIL,
    "user_agent.original": EVIL,
    "service.version": EVIL,
    "geo.country.iso_code": EVIL,
    "cloud.region": EVIL,
    "exception.type": EVIL,
    "exception.message": EVIL,
}
FINDING: dict[str, Value] = {
    "seeother.rule": EVIL,
    "seeother.rule.name": SCRIPT,
    "seeother.severity": EVIL,
    "seeother.message": f"`{EVIL}` {SCRIPT}",
    "http.response.status_code": 302,
}


# HTML from a string, a handler from a string, a script from elsewhere, and a style that the page did not come with.
INTRUDE = """evil => {
  const refused = [
    () => (document.querySelector("main").innerHTML = evil),
    () => document.querySelector("main").setAttribute("onclick", evil),
    () => (document.createElement("script").src = "https://shop.example/evil.js"),
  ].map((intrude) => {
    try {
      intrude();
      return "let in";
    } catch (error) {
      return error.name;
    }
  });
  document.querySelector("main").setAttribute("style", "display: none");
  return refused;
}"""


def bodies(now_ns: int) -> list[tuple[str, Encoding, bytes]]:
    """A lost journey whose id is markup, a failed attempt of now, findings, and what a page says of itself."""
    on: dict[str, Value] = {"journey.name": "checkout", "journey.step": "submit_order", **PLACES}
    lost = on | {"journey.id": EVIL, "journey.failed": True, "http.response.status_code": 502}
    sound = lost | {"journey.failed": False, "http.response.status_code": 200, "journey.id": "1"}
    stray = on | {
        "journey.id": SCRIPT,
        "journey.step": SCRIPT,
        "journey.failed": True,
        "http.response.status_code": 503,
    }
    page = {"journey.id": "ab" * 16, "journey.name": "checkout", "journey.step": "cart", **PLACES}
    told = {"timeUnixNano": str(now_ns), "eventName": "exception", "traceId": "ab" * 16, "spanId": "cd" * 8}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in page.items()]
    spans = traces(
        *[span(lost, name=EVIL, at_ns=now_ns - LONG_AGO + n, span_id=bytes([n]) * 8) for n in range(1, 4)],
        span(stray, at_ns=now_ns - 10**9, span_id=b"stray   "),
        service=EVIL,
        resource={"service.version": EVIL, "cloud.region": EVIL},
    )
    before = traces(span(sound, at_ns=now_ns - LONG_AGO, span_id=b"sound   "), resource={"service.version": "1"})
    events = logs(
        record(on | FINDING, event="seeother.finding", at_ns=now_ns),
        record(lost | {"exception.type": EVIL}, event="exception", at_ns=now_ns - LONG_AGO + 100),
        service=EVIL,
    )
    browser = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{**told, "attributes": attributes}]}]}]}
    return [
        ("/v1/traces", Encoding.PROTOBUF, spans.SerializeToString()),
        ("/v1/traces", Encoding.PROTOBUF, before.SerializeToString()),
        ("/v1/logs", Encoding.PROTOBUF, events.SerializeToString()),
        (BROWSER_PATH, Encoding.JSON, json.dumps(browser).encode()),
    ]


@pytest.fixture
async def watch(store: Store, engine: ChdbEngine) -> AsyncGenerator[str]:
    """A watch that has stored all of it; says where."""
    write_routes(engine, route_rows([CHECKOUT]), SESSION)
    serves = Watch(store, [CHECKOUT])
    async with serving(serves, lifespan="on") as url, AsyncClient(base_url=url, timeout=30) as client:
        for path, media, content in bodies(time.time_ns()):
            answer = await client.post(path, content=content, headers={"content-type": media, "origin": url})
            assert answer.status_code == 200, answer.text
        recount(engine, Rules.of([CHECKOUT]), time.time_ns() // 1000)
        yield url
        await serves.close_streams()


async def look_everywhere(page: Page) -> None:
    """Open whatever leads on: the heat map's cells, what was lost, each finding, a journey's timeline."""
    heat = page.get_by_role("table", name="Status heat map").get_by_role("button")
    await heat.first.click()
    await expect(page.get_by_role("region", name="Behind the cell").locator("tbody tr").first).to_be_visible()
    await page.get_by_role("button", name="Show the journeys lost at submit_order").first.click()
    lost = page.get_by_role("region", name="Lost journeys")
    await expect(lost.get_by_role("table", name="Failed attempts by client")).to_contain_text(MARK)
    for summary in await page.locator("#findings-title ~ *").locator("summary").all():
        await summary.click()
    await lost.get_by_role("button", name="Open the timeline").first.click()
    dialogue = page.get_by_role("dialog")
    await expect(dialogue.get_by_role("listitem").first).to_contain_text("onerror")


async def test_what_strangers_wrote_stays_text(watch: str, open_page: Opener) -> None:
    """Routes, steps, journey ids, services, clients, exceptions, findings; the browser has nothing to report."""
    page = await open_page(f"{watch}/?range=1h")

    await look_everywhere(page)

    text = await page.locator("body").inner_text()
    assert text.count("onerror") > 5
    assert await page.locator("img, main script, dialog script, svg[onload]").count() == 0
    assert MARK not in await page.title()


async def test_the_policy_stops_what_the_page_would_let_through(
    watch: str, open_page: Opener, complaints: Complaints
) -> None:
    """Were there a hole in the page, its markup would not become HTML and its scripts would not run."""
    async with AsyncClient() as client:
        policy = (await client.get(watch)).headers["content-security-policy"]
    page = await open_page(f"{watch}/?range=1h")
    await page.get_by_role("table", name="Journey matrix").wait_for()
    complaints.expected += ["policy violated", "Content Security Policy", "TrustedHTML", "TrustedScript"]

    refused = await page.evaluate(INTRUDE, EVIL)

    assert "unsafe" not in policy
    assert refused == ["TypeError"] * 3
    assert MARK not in await page.title()
    assert {"require-trusted-types-for", "style-src-attr"} <= {
        said.split()[2] for said in complaints.heard if said.startswith("policy violated: ")
    }
