# SPDX-License-Identifier: Apache-2.0
"""Where people fall off and why: funnel, seconds after the click, rules; and whether telemetry gets in at all."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from .conftest import Complaints, Opener
from .page_contract import STEPS, Answers, ago, click_status, finding, funnel_step, lost_journey
from .test_heat import JOURNEY, failing
from .test_page import outage

Serve = Callable[[Answers], Awaitable[str]]


def leaking() -> Answers:
    """A checkout that loses people at `submit_order`, most of them after an error."""
    answers = failing()
    answers.funnel = [
        funnel_step(step, reached, 40, lost=lost, error_caused=caused, optional=step == "cart")
        for step, reached, lost, caused in zip(
            STEPS, (40, 38, 36, 36, 20, 18), (2, 2, 0, 16, 2, 0), (0, 0, 0, 12, 0, 0), strict=True
        )
    ]
    answers.lost = [lost_journey(JOURNEY), lost_journey("77" * 16, failed=0, error_caused=False)]
    answers.clicks = {
        "statuses": [click_status("submit_order", 502, {0: 3, 2: 20, 9: 2}), click_status("cart", 504, {30: 4})],
        "concentrations": [
            {"status": 502, "step": "submit_order", "exchanges": 25, "share": 0.92},
            {"status": 504, "step": "cart", "exchanges": 4, "share": 0.0},
        ],
    }
    answers.dimensions = [
        {"dimension": "os_version", "value": "iOS 17.4", "attempts": 12, "failed": 10, "failed_rate": 10 / 12},
        {"dimension": "os_version", "value": "Android 14", "attempts": 24, "failed": 2, "failed_rate": 1 / 12},
    ]
    return answers


async def rows_of(page: Page, region: str) -> list[list[str]]:
    """The texts of a panel's rows, without their headings."""
    rows = page.get_by_role("region", name=region).locator("tbody tr")
    return [
        [" ".join(text.split()) for text in await row.locator("th, td").all_inner_texts()] for row in await rows.all()
    ]


async def test_the_funnel_says_where_people_fall_off_and_leads_to_them(serve: Serve, open_page: Opener) -> None:
    """From what was lost at a step to one of these journeys and its timeline, and to whom the failures met.

    The matrix leads there, too, and says how much of the abandonment errors caused.
    """
    answers = leaking()
    answers.matrices["checkout"][1]["error_caused_rate"] = 0.075
    page = await open_page(await serve(answers))
    funnel = page.get_by_role("region", name="Where people fall off")
    await expect(funnel.locator("tbody tr")).to_have_count(6)

    rows = await rows_of(page, "Where people fall off")
    await funnel.get_by_role("button", name="16. Show the journeys lost at submit_order").click()
    lost = page.get_by_role("region", name="Lost journeys")

    assert rows[1] == ["cart optional", "38 95%", "2 5.26%", "0", "0"]
    assert rows[3] == ["submit_order", "36 90%", "16 44.4%", "12", "0"]
    await expect(lost.get_by_role("row")).to_have_count(3 + 3)
    await expect(lost).to_contain_text("5e0f5e0f after an error")
    await expect(lost.get_by_role("table", name="Failed attempts by client")).to_contain_text("iOS 17.4")
    assert [path for path in answers.asked if "/lost" in path or "/dimensions" in path] == [
        path for path in answers.asked if "step=submit_order" in path
    ]
    await lost.get_by_role("button", name="Open the timeline").first.click()
    await expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(3)

    await page.keyboard.press("Escape")
    await lost.get_by_role("button", name="Close").click()
    cell = page.locator("tr[data-step=submit_order]")
    await expect(cell).to_contain_text("7.5% after an error")
    await cell.get_by_role("button", name="10%. Show the journeys lost at submit_order").click()
    await expect(lost).to_be_focused()


async def test_seconds_after_the_click_say_where_a_status_is_concentrated(serve: Serve, open_page: Opener) -> None:
    """As the article found its 502: a sentence where most came soon and at one step, figures for each; or nothing."""
    answers = leaking()
    page = await open_page(await serve(answers))
    clicks = page.get_by_role("region", name="Seconds after the click")

    await expect(clicks.get_by_role("listitem")).to_have_text(
        "92% of 502 came within 3 s of the click, at submit_order of 25"
    )
    rows = await rows_of(page, "Seconds after the click")
    await clicks.get_by_role("button", name="Show 502 at submit_order").click()

    assert rows == [
        ["submit_order", "502", "3", "", "20", "", "2", "", "", "", "", "25"],
        ["cart", "504", "", "", "", "", "", "", "", "4", "", "4"],
    ]
    await expect(page.get_by_role("region", name="Behind the cell")).to_contain_text("submit_order 502")
    assert any("step=submit_order" in path and "status=502" in path for path in answers.asked)

    answers.clicks = {"statuses": [click_status("cart", 303, {0: 4}) | {"failed": 0}], "concentrations": []}
    answers.change()
    await expect(clicks).to_contain_text("No failing answer in the last 15 minutes.")
    await expect(clicks.locator("table")).to_have_count(0)


async def test_rules_are_counted_by_watch_not_by_what_is_listed(serve: Serve, open_page: Opener) -> None:
    """Two hundred are listed, thousands are counted; a rule leads to its own. Other journeys are named."""
    answers = outage()
    counted = answers.counted_rules()
    answers.rules = [
        counted[0] | {"findings": 4120, "repaired": 4100, "journeys": 3999},
        counted[1],
        {**counted[1], "rule": "CCH001"},
    ]
    page = await open_page(await serve(answers))
    panel = page.get_by_role("region", name="Findings")
    await expect(panel.locator("tbody tr")).to_have_count(3)

    row = (await rows_of(page, "Findings"))[0]
    await panel.get_by_role("button", name="Show only RTY002").click()
    listed = await panel.locator("summary").count()
    await panel.get_by_role("button", name="Show only CCH001").click()

    assert row[:4] == ["RED001 post-answered-with-found", "4,120", "4,100", "3,999"]
    assert listed == 1
    await expect(panel).to_contain_text("None of them is among the newest listed")
    await panel.get_by_role("button", name="Show all rules").click()
    await expect(panel.locator("summary")).to_have_count(2)

    answers.findings = [finding(journey="sign-up", step="form")]
    answers.change()
    await expect(panel.locator("summary")).to_have_count(1)
    await expect(panel.locator("summary")).to_contain_text("sign-up \N{MIDDLE DOT} form")


async def test_silence_of_the_shop_shows_since_when(serve: Serve, open_page: Opener) -> None:
    """Watch is fine, nothing comes in: by its own doors, or, where others fill the store, by the newest row."""
    answers = outage()
    silent = {"is_storing": None, "last_telemetry": None, "newest": ago(600)}
    answers.ingest = silent
    page = await open_page(await serve(answers), viewport={"width": 360, "height": 740})

    await expect(page.locator(".silent")).to_contain_text("no telemetry since")
    await expect(page.get_by_role("alert")).to_have_count(0)

    answers.ingest = silent | {"last_telemetry": ago(5)}
    answers.change()

    await expect(page.locator(".silent")).to_have_count(0)


async def test_days_that_are_still_being_read_are_told(serve: Serve, open_page: Opener) -> None:
    """Of a Collector's tables; until then their figures are too small."""
    answers = outage()
    answers.ingest = {"unread_days": 12}
    page = await open_page(await serve(answers), viewport={"width": 360, "height": 740})

    await expect(page.locator(".unread")).to_have_text("12 older days still being read")

    answers.ingest = {}
    answers.change()

    await expect(page.locator(".unread")).to_have_count(0)


async def test_a_watch_that_stores_nothing_says_so_above_all(serve: Serve, open_page: Opener) -> None:
    """Until it stores again; the figures below are what was stored before."""
    answers = outage()
    answers.ingest = {"is_storing": False, "heartbeat_age_ms": 65_000.0}
    page = await open_page(await serve(answers))

    await expect(page.get_by_role("alert")).to_contain_text("Watch stores nothing. What has happened since")
    await expect(page.locator(".state")).to_have_text("Not storing")

    answers.ingest = {}
    answers.change()

    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.locator(".state")).to_have_text("Live")


async def test_a_list_that_cannot_be_had_says_so(serve: Serve, open_page: Opener, complaints: Complaints) -> None:
    """Rather than wait for ever."""
    answers = leaking()
    page = await open_page(await serve(answers))
    await page.get_by_role("button", name="Show the journeys lost at submit_order").first.wait_for()
    complaints.expected.append("503")

    answers.refusal = (503, "The store is being migrated.")
    await page.get_by_role("button", name="16. Show the journeys lost at submit_order").click()

    await expect(page.get_by_role("region", name="Lost journeys")).to_contain_text("Watch did not answer")
