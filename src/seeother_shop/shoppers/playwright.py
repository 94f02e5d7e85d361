# SPDX-License-Identifier: Apache-2.0
"""A shopper in a real headless Chromium, driven by Playwright; every other visit with scripts switched off."""

from playwright.async_api import Browser, Error, Page, async_playwright

from .catalogue import CARDS
from .crowd import Closing, plans_of
from .plan import Plan
from .tally import Outcome, Tally
from .visit import card, person

__all__ = ["Error", "shop_with_chromium"]

# Debian's Chromium asks for update and account hosts on its own; no name but ours may be resolved.
ARGUMENTS = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
PATIENCE_MS = 8000  # the limit for a page to be complete (DESIGN, Words); nobody here waits longer
SHOPPER = 1_000_000  # a number no shopper of the crowd has: its plans are its own


async def shop_with_chromium(executable: str, *, shop: str, seed: int, closing: Closing, tally: Tally) -> None:
    """Visit after visit until closing time, each in a fresh profile."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=executable, chromium_sandbox=False, args=ARGUMENTS, handle_sigint=False
        )
        for number, plan in enumerate(plans_of(seed, SHOPPER)):
            if closing.has_come:
                break
            tally.visits += 1
            outcome = await _visit(chromium, shop, plan, has_scripts=number % 2 == 0, tally=tally)
            tally.outcomes[outcome] += 1
            await closing.rest(plan.pauses_seconds[0])
        await chromium.close()


async def _visit(chromium: Browser, shop: str, plan: Plan, *, has_scripts: bool, tally: Tally) -> Outcome:
    context = await chromium.new_context(java_script_enabled=has_scripts)
    context.set_default_timeout(PATIENCE_MS)
    context.on("response", lambda answer: tally.answered(answer.request.method, answer.url, answer.status))
    try:
        page = await context.new_page()
        return await _buy(page, shop, plan, has_scripts=has_scripts, tally=tally)
    except Error as error:
        tally.errors[str(error).partition("\n")[0]] += 1
        return Outcome.GAVE_UP
    finally:
        await context.close()


async def _buy(page: Page, shop: str, plan: Plan, *, has_scripts: bool, tally: Tally) -> Outcome:
    await page.goto(shop)
    shelf = page.locator("a[href*='/products/']")
    await shelf.nth(int(plan.shelf[0] * await shelf.count())).click()
    tally.entered += 1
    await page.locator("form[action*='/cart/items'] button").first.click()
    await page.locator("a[href$='/checkout']").first.click()
    await _type(page, person(plan.name, tally.visits))
    await page.locator("form[action='/orders'] button").first.click()
    await page.locator("a#pay").click()
    await _type(page, card(plan.name, CARDS["good"]))
    await page.locator("button[value=pay]").click()
    if not has_scripts:
        await page.locator("form#return button").click()
    await page.wait_for_url("**/orders/*")
    tally.orders.add(page.url.rpartition("/")[2])
    return Outcome.BOUGHT


async def _type(page: Page, answers: dict[str, str]) -> None:
    for field, answer in answers.items():
        await page.locator(f"[name={field}]").fill(answer)
