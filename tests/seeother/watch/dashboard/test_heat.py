# SPDX-License-Identifier: Apache-2.0
"""From a cell to its journeys and from a journey to its timeline; and what strangers wrote stays text."""

from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from .conftest import Opener
from .page_contract import Answers, ago, broken_attempt, event, finding, heat_cell, matrix_step, summary

Serve = Callable[[Answers], Awaitable[str]]

JOURNEY = "5e0f" * 8
EVIL = "</script><img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>"


def failing() -> Answers:
    """A checkout whose orders fail since a minute."""
    exchange = {
        "time": ago(61),
        "journey_id": JOURNEY,
        "step": "submit_order",
        "method": "POST",
        "route": "/orders",
        "status": 502,
        "duration_ms": 1240.0,
        "failed": True,
    }
    late = matrix_step(
        "submit_order", 40, failed=2, broken=2, abandonment_rate=0.1, provisional=["broken", "abandonment_rate"]
    )
    return Answers(
        journeys=[summary(success=30, in_progress=12)],
        matrices={"checkout": [matrix_step("cart", 42), late]},
        cells=[
            heat_cell(180, "/orders", 303, 38),
            heat_cell(60, "/orders", 502, 2, 2),
            heat_cell(60, "/cart", 303, 42),
        ],
        exchanges=[exchange],
        timelines={
            JOURNEY: [
                event(61, "submit_order", "POST", "/orders", 502, failed=True),
                event(
                    50, "submit_order", "", "/orders", 0, kind="navigation", duration_ms=None, dom_complete_ms=8500.0
                ),
                event(40, "submit_order", "", "/orders", 0, kind="error", duration_ms=None, error_type="TypeError"),
            ]
        },
    )


async def test_a_cell_leads_to_its_journeys_and_a_journey_to_its_timeline(serve: Serve, open_page: Opener) -> None:
    """Two clicks from the red cell to what happened to one person."""
    answers = failing()
    page = await open_page(await serve(answers))
    heat = page.get_by_role("table", name="Status heat map")

    await expect(heat.get_by_role("row")).to_have_count(4)
    await heat.get_by_role("button", name="2 of POST /orders 502").click()
    behind = page.get_by_role("region", name="Behind the cell")
    await expect(behind).to_contain_text("POST /orders")
    asked = next(path for path in answers.asked if "/exchanges" in path)
    assert all(part in asked for part in ("status=502", "route=%2Forders", "method=POST", "from=", "to="))
    await behind.get_by_role("button", name="Open the timeline").click()

    told = page.get_by_role("dialog").get_by_role("listitem")
    await expect(told).to_have_count(3)
    await expect(told.nth(1)).to_contain_text("document complete after 8.5")
    await expect(told.last).to_contain_text("script error TypeError")


async def test_failed_attempts_of_a_step_are_a_click_away(serve: Serve, open_page: Opener) -> None:
    """From the matrix; figures that may still change say so."""
    answers = failing()
    page = await open_page(await serve(answers))
    row = page.locator("tr[data-step=submit_order]")

    await expect(row.get_by_text("provisional")).to_have_count(2)
    await row.get_by_role("button", name="Show the failed attempts of submit_order").click()

    await expect(page.get_by_role("region", name="Behind the cell")).to_contain_text("failed attempts of submit_order")
    assert any("step=submit_order" in path and "failed=true" in path for path in answers.asked)


async def test_stored_scripts_are_inert(serve: Serve, open_page: Opener) -> None:
    """Routes, messages, exception texts and names come from strangers; the browser reports nothing."""
    answers = failing()
    answers.cells = [{**answers.cells[1], "route": EVIL, "method": EVIL}]
    answers.exchanges = [{**answers.exchanges[0], "route": EVIL, "step": EVIL, "method": EVIL}]
    answers.findings = [finding(rule=EVIL, name=EVIL, message=EVIL, route=EVIL, service=EVIL, step=EVIL)]
    answers.broken = [broken_attempt(step=EVIL, service=EVIL)]
    answers.timelines[JOURNEY] = [
        event(9, EVIL, EVIL, EVIL, 502, service=EVIL),
        event(8, EVIL, "", EVIL, 0, kind="error", duration_ms=None, error_type=EVIL),
    ]
    page = await open_page(await serve(answers))

    await page.get_by_role("table", name="Status heat map").get_by_role("button").click()
    behind = page.get_by_role("region", name="Behind the cell")
    await behind.get_by_role("button", name="Open the timeline").click()
    await expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(2)

    await expect(page.get_by_role("dialog")).to_contain_text("onerror")
    await expect(behind).to_contain_text("onerror")
    assert await page.locator("img, main script, dialog script").count() == 0
    assert "stolen" not in await page.title()
