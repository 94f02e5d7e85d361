# SPDX-License-Identifier: Apache-2.0
"""Every page of a purchase in a real browser: usable by everybody, and never wider than the screen."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page

from tests.seeother_shop.buyer import ADDRESS, GOOD_CARD
from tests.seeother_shop.premises import Premises

_AXE = Path(__file__).parents[3] / "web/node_modules/axe-core/axe.min.js"
_NARROWEST = 320  # WCAG 2.2, 1.4.10: content reflows down to 320 CSS pixels


async def _fill(page: Page, answers: dict[str, str]) -> None:
    for name, value in answers.items():
        if name != "country":
            await page.fill(f"#{name}", value)


async def _walk(page: Page, shop: str) -> AsyncIterator[str]:
    """Go through the shop and the provider; the name of each page while it is open."""
    for name, target in (
        ("home", "/"),
        ("empty cart", "/cart"),
        ("nothing", "/none"),
        ("product", "/products/bud-vase"),
    ):
        await page.goto(shop + target)
        yield name
    await page.click("form.add button")
    yield "cart"
    await page.click("a[href='/checkout']")
    yield "checkout"
    await page.click("#details .button")
    yield "checkout with errors"
    await _fill(page, ADDRESS)
    await page.click("#details .button")
    yield "hand-off"
    await page.goto(page.url.replace("/pay", "/status"))
    yield "status"
    await page.click("main a.button")
    await page.click("#pay")
    yield "card"
    await page.click("button.pay")
    yield "card with errors"
    await _fill(page, GOOD_CARD)
    await page.click("button.pay")
    await page.wait_for_url(re.compile(r"/orders/\w+$"))
    yield "result"


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("width", "scheme"), [(_NARROWEST, "light"), pytest.param(1280, "dark", marks=pytest.mark.whole)]
)
async def test_every_page_is_for_everybody(
    standing_premises: Premises, browser: Browser, width: int, scheme: Literal["light", "dark"]
) -> None:
    """The checker finds no fault on any page, no page scrolls sideways, and no policy stops anything of our own."""
    context = await browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme, locale="en")
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    axe = _AXE.read_text(encoding="utf-8")
    faults: list[str] = []
    seen: list[str] = []

    async for name in _walk(page, standing_premises.shop):
        seen.append(name)
        await page.evaluate(axe)
        found = await page.evaluate("axe.run(document)")
        faults += [f"{name}: {violation['id']}" for violation in found["violations"]]
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{name}: wider than the screen")
    await context.close()

    assert faults == []
    assert len(seen) == 12
    assert [text for text in said if "Content Security Policy" in text] == []
