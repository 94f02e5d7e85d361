# SPDX-License-Identifier: Apache-2.0
"""The hands of a person who buys in the shop, in a real browser, with or without scripts."""

import re
from collections.abc import Mapping

from playwright.async_api import Page, expect

ADDRESS = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "street": "12 St James's Square",
    "postcode": "SW1Y 4JH",
    "city": "London",
}
CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123", "holder": "Ada Lovelace"}
RESULT = re.compile(r"/orders/[^/]+$")
ORDERED = re.compile(r"/orders/[^/]+/(pay|status)$")
HAND_OFF = re.compile(r"/orders/[^/]+/pay$")


async def fill(page: Page, values: Mapping[str, str]) -> None:
    """Fill a form's fields by name."""
    for name, value in values.items():
        await page.fill(f"[name={name}]", value)


async def choose(page: Page, shop: str) -> None:
    """Choose the first product, put it into the cart, and go to the checkout with the address filled in."""
    await page.goto(shop + "/")
    await page.locator('a[href^="/products/"]').first.click()
    await page.locator('form[action="/cart/items"] button').click()
    await page.locator('a[href="/checkout"]').click()
    await fill(page, ADDRESS)


async def order(page: Page) -> None:
    """Send the order's form; ends on the page that hands over to the provider."""
    await page.locator('form[action="/orders"] button').click()
    await expect(page).to_have_url(ORDERED)
    if not HAND_OFF.search(page.url):  # it is still got ready, and the page looks again by itself
        await page.get_by_role("link", name="Go to the payment").click()
    await expect(page).to_have_url(HAND_OFF)


async def pay(page: Page, *, scripts: bool) -> None:
    """Pay at the provider and come back; ends on the order's result."""
    await show_card(page, scripts=scripts)
    await expect(page).to_have_url(RESULT)


async def show_card(page: Page, *, scripts: bool) -> None:
    """Go to the provider, show the card there, and press the button that leads back."""
    await page.locator("#pay").click()
    await fill(page, CARD)
    await page.locator('button[value="pay"]').click()
    if not scripts:
        await page.locator("#return button").click()
