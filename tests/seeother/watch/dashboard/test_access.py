# SPDX-License-Identifier: Apache-2.0
"""The page for everybody: languages, colours, narrow screens, keyboards and screen readers."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from .conftest import Opener
from .page_contract import STEPS, Answers
from .test_page import matrix_of, outage
from .test_panels import leaking

Serve = Callable[[Answers], Awaitable[str]]

PHONE = {"width": 360, "height": 740}

AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(" | ")}`)"""


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (360, "light"),
        pytest.param(900, "dark", marks=pytest.mark.whole),
        pytest.param(1440, "light", marks=pytest.mark.whole),
        (1440, "dark"),
    ],
)
async def test_axe_finds_nothing_to_complain_of(
    serve: Serve, open_page: Opener, axe: str, width: int, scheme: str
) -> None:
    """Labels, roles, contrast and order, on the page and in the opened timeline."""
    answers = leaking()
    answers.matrices, answers.broken, answers.findings = outage().matrices, outage().broken, outage().findings
    answers.timelines |= outage().timelines
    page = await open_page(await serve(answers), color_scheme=scheme, viewport={"width": width, "height": 900})
    await matrix_of(page)
    await page.locator("#findings-title").wait_for()
    await page.locator("summary").last.click()
    await page.get_by_role("button", name="16. Show the journeys lost at submit_order").click()
    await page.get_by_role("table", name="Failed attempts by client").wait_for()
    await page.evaluate(axe)

    on_the_page = await page.evaluate(AXE)
    await page.locator("#broken tbody button").first.click()
    await expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(3)
    in_the_drawer = await page.evaluate(AXE)

    assert on_the_page == []
    assert in_the_drawer == []


async def test_a_phone_shows_all_without_scrolling_sideways(serve: Serve, open_page: Opener) -> None:
    """Rows become cards, and each card is still a row of a table that has its column headers."""
    page = await open_page(await serve(outage()), viewport=PHONE)

    matrix = await matrix_of(page)

    assert len(matrix["submit_order"]) == 9
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    headers = page.get_by_role("table", name="Journey matrix").get_by_role("columnheader")
    await expect(headers).to_have_count(11)
    await page.locator("#broken tbody button").first.click()
    drawer = page.get_by_role("dialog")
    await expect(drawer).to_be_in_viewport()
    assert await drawer.evaluate("(it) => it.scrollWidth <= it.clientWidth")


async def test_the_page_speaks_the_browsers_language_and_can_be_switched(serve: Serve, open_page: Opener) -> None:
    """Chinese by the browser's preference; the choice outlives a reload."""
    page = await open_page(await serve(outage()), locale="zh-CN")
    await expect(page.get_by_role("heading", name="旅程矩阵")).to_be_visible()
    await expect(page.locator("tr[data-step=product]").get_by_text("无数据")).to_have_count(4)
    assert await page.evaluate("document.documentElement.lang") == "zh-CN"

    await page.get_by_role("button", name="English").click()
    await page.reload()

    await expect(page.get_by_role("heading", name="Journey matrix")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "en"


async def test_dark_follows_the_system(serve: Serve, open_page: Opener) -> None:
    """The ground is dark and the ink light, without a switch."""
    page = await open_page(await serve(outage()), color_scheme="dark")
    lightness = "(colour) => colour.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3"

    style = await page.evaluate(
        f"[document.documentElement].map((it) => getComputedStyle(it)).map((it) => "
        f"[it.backgroundColor, it.color].map({lightness}))[0]"
    )

    assert style[0] < 32
    assert style[1] > 220


async def test_everything_can_be_done_by_keyboard(serve: Serve, open_page: Opener) -> None:
    """The skip link, the range, a broken cell, a timeline; closing it brings the focus back."""
    page = await open_page(await serve(outage()))
    await matrix_of(page)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the matrix")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#matrix")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Show the journeys lost at product")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Show the failed attempts of cart")).to_be_focused()
    for _ in range(4):  # what was lost at cart and at checkout, and what failed at submit_order
        await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Show the broken attempts of submit_order")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#broken")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    opener = page.locator("#broken tbody button").first
    await expect(opener).to_be_focused()

    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").get_by_role("button", name="Close")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(opener).to_be_focused()
    assert len(STEPS) == await page.locator("#matrix tbody tr").count()
