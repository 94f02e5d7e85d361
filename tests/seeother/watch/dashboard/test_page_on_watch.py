# SPDX-License-Identifier: Apache-2.0
"""The page on a real watch: rows posted as OTLP stand in it within seconds."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import pytest
from playwright.async_api import Page, expect

from seeother.journey import Finding, Severity
from seeother.telemetry import ExchangeContext, Exporter, Recorder, Row
from tests.servers.program import free_port, listens, running

from .conftest import Opener
from .test_page import matrix_of

CONFIGURATION = """
[[journey.checkout.step]]
name = "product"
on = ["GET /products/{slug}"]
[[journey.checkout.step]]
name = "submit_order"
on = ["POST /orders"]
[[journey.checkout.step]]
name = "confirmation"
on = ["GET /orders/{id}"]
"""

BOUGHT, BROKE = "0b" * 16, "0c" * 16
MS = 1_000_000  # nanoseconds


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[str]:
    """A watch of its own, with an empty store; says where."""
    (tmp_path / "seeother.toml").write_text(CONFIGURATION)
    port = free_port()
    command: list[str | Path] = [
        Path(sys.executable).with_name("seeother"),
        "watch",
        "--port",
        str(port),
        "--store",
        "store",
    ]
    with running(command, directory=tmp_path, ready=lambda: listens(port)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def recorder(watch: str) -> Iterator[Recorder]:
    """What the guard records with; its rows go to the watch."""
    recorder = Recorder()
    exporter = Exporter(recorder, endpoint=watch, service="storefront")
    yield recorder
    assert exporter.close()


def exchange(journey: str, step: str, method: str, route: str, status: int) -> Row:
    """An exchange just now; a status of 0 stands for an answer that was cut."""
    context = ExchangeContext.of(
        token_bytes(16), token_bytes(8), journey_id=journey, journey_name="checkout", step=step
    )
    failed = status == 0 or status >= 400
    cut = "cut" if status == 0 else None
    return Row(context, time.time_ns(), 12 * MS, method, route, status, failed=failed, error_type=cut)


async def test_posted_rows_stand_in_the_page_within_seconds(watch: str, recorder: Recorder, open_page: Opener) -> None:
    """From the empty page to the matrix, the finding, the cut attempt and its timeline, without a reload."""
    page = await open_page(f"{watch}/")
    await expect(page.get_by_role("heading", name="Waiting for the first journey")).to_be_visible()

    for journey in (BOUGHT, BROKE):
        recorder.record(exchange(journey, "product", "GET", "/products/{slug}", 200))
    order = exchange(BOUGHT, "submit_order", "POST", "/orders", 303)
    recorder.record(order)
    message = "`302` leaves it open what is done with the POST."
    found = Finding(
        "RED001", "post-answered-with-found", Severity.ERROR, message, "RFC 9110", "POST", "/orders", 302, repaired=True
    )
    recorder.finding(found, order.context, "/orders")
    recorder.record(exchange(BOUGHT, "confirmation", "GET", "/orders/{id}", 200))
    recorder.record(exchange(BROKE, "submit_order", "POST", "/orders", 0))

    await expect(page.locator("tr[data-step=submit_order] td").first).to_have_text("2")
    await expect(page.get_by_role("region", name="Verdict").get_by_role("heading")).to_have_text(
        "submit_order is breaking"
    )
    await expect(page.get_by_role("region", name="Findings")).to_contain_text("RED001 post-answered-with-found")
    await expect(page.locator(".state")).to_have_text("Live")
    await page.locator("#broken").get_by_role("button").click()
    exchanges = page.get_by_role("dialog").get_by_role("listitem")
    await expect(exchanges).to_have_count(2)
    await expect(exchanges.last).to_contain_text("submit_order failed cut")
    await page.keyboard.press("Escape")

    for number in range(44):
        recorder.record(exchange(f"{number:08x}{number:024x}", "submit_order", "POST", "/orders", 503))
    await read_page_by_page(page, 45)


async def read_page_by_page(page: Page, count: int) -> None:
    """Each row of a long list stands there once, though somebody presses twice."""
    failed = page.locator("tr[data-step=submit_order] button").first
    await expect(failed).to_have_text(str(count))
    await failed.click()
    behind = page.get_by_role("region", name="Behind the cell")
    rows = behind.get_by_role("table").first.locator("tbody tr")
    await expect(rows).to_have_count(20)
    more = behind.get_by_role("button", name="More")
    await more.evaluate("button => { button.click(); button.click(); }")
    await expect(rows).to_have_count(40)
    await more.click()
    await expect(rows).to_have_count(count)
    await expect(more).to_have_count(0)
    assert len(set(await rows.get_by_role("button").all_inner_texts())) == count


async def test_an_empty_watch_shows_configured_steps_as_no_data(
    watch: str, recorder: Recorder, open_page: Opener
) -> None:
    """One row is enough for a matrix, and the steps that nobody reached have no rates."""
    recorder.record(exchange(BOUGHT, "product", "GET", "/products/{slug}", 200))
    page = await open_page(f"{watch}/")

    matrix = await matrix_of(page, rows=3)

    assert matrix["product"][:4] == ["1", "0", "0", "0%"]
    assert matrix["submit_order"] == ["0", "0", "0", *["no data"] * 6]
    assert matrix["confirmation"] == ["0", "0", "0", *["no data"] * 6]
