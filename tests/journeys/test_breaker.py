# SPDX-License-Identifier: Apache-2.0
"""The article's chapter 3.3 from end to end: an inventory answers 504, and what shoppers see until it is well again."""

import asyncio
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import select

from seeother_shop.database import Database
from seeother_shop.storefront import Order
from tests.journeys.buying import HAND_OFF, choose, pay
from tests.journeys.site import person
from tests.seeother_shop.buyer import ADDRESS, Buyer, Form, Page
from tests.seeother_shop.premises import Premises, open_shop

pytestmark = pytest.mark.timeout(120)
_MOST = 40  # people who order before somebody must have been refused
_MANY = 20  # refused orders, of which the breaker's own tries may fall between a few


@dataclass(slots=True)
class Crowd:
    """People who order one after the other, each in a browser without scripts; `waiting` are the pages they look at."""

    premises: Premises
    stack: ExitStack
    waiting: list[tuple[Buyer, Page]]
    refused: tuple[Buyer, Form, Page] | None = None

    def order_until_refused(self) -> Page:
        """Order until somebody is told that nothing was ordered; their page."""
        for _ in range(_MOST):
            buyer = self.stack.enter_context(Buyer(self.premises))
            buyer.fill_cart("bud-vase")
            form = buyer.go("/checkout").form("/orders")
            page = buyer.send(form, **ADDRESS)
            if page.answer.status_code == 503:
                self.refused = buyer, form, page
                return page
            assert "We are getting your order ready" in page.text
            self.waiting.append((buyer, page))
        pytest.fail("the breaker has not opened")

    def order_again(self) -> tuple[Page, bool]:
        """The form of whoever was refused, sent again; its answer, and whether the inventory was asked meanwhile."""
        assert self.refused is not None
        buyer, form, _ = self.refused
        before = self.asked()
        page = buyer.await_pay(buyer.send(form, **ADDRESS))
        return page, self.asked() != before

    def asked(self) -> int:
        """How often the inventory was asked for stock."""
        return sum(heard.startswith(b"/reservations?") for heard in self.premises.heard["inventory"])

    def await_all(self) -> list[Page]:
        """Wait until everybody may pay."""
        return [buyer.await_pay(page) for buyer, page in self.waiting]


@contextmanager
def _crowd(premises: Premises) -> Generator[Crowd]:
    with ExitStack() as stack:
        yield Crowd(premises, stack, [])


def _orders(premises: Premises) -> list[str]:
    """Where the orders stand."""
    with Database(premises.database("storefront")) as database, database.reading() as session:
        return list(session.scalars(select(Order.state)))


async def test_an_inventory_that_answers_504_costs_no_order_and_doubles_none(tmp_path: Path, browser: Browser) -> None:
    """Who orders first waits on a page that looks again; who comes later is told at once; all goes on by itself."""
    with open_shop(tmp_path) as shop, _crowd(shop) as crowd:
        async with person(browser, scripts=False) as page:
            await choose(page, shop.shop)
            shop.faults.add("inventory-504")
            await page.locator('form[action="/orders"] button').click()
            await expect(page.get_by_role("heading", name="We are getting your order ready")).to_be_visible()

            refused = await asyncio.to_thread(crowd.order_until_refused)
            again = [await asyncio.to_thread(crowd.order_again) for _ in range(_MANY)]

            assert 1 <= int(refused.answer.headers["retry-after"]) <= 5
            assert "Nothing was ordered" in refused.text
            assert "/checkout" in refused.links
            assert any(answer.answer.status_code == 503 and not was_asked for answer, was_asked in again)
            assert set(_orders(shop)) == {"placed"}

            shop.faults.clear()
            ready = await asyncio.to_thread(crowd.await_all)
            await expect(page.get_by_role("heading", name="Your payment is still open")).to_be_visible(timeout=30_000)
            await page.get_by_role("link", name="Go to the payment").click()
            await expect(page).to_have_url(HAND_OFF)
            await pay(page, scripts=False)

        late, _ = await asyncio.to_thread(crowd.order_again)
        shop.flush_webhooks()
        shop.await_books(lambda: shop.books().balanced)

        everybody = len(crowd.waiting) + 2  # the person in the browser, and whoever was refused
        assert all("pay" in each.links for each in (*ready, late))
        assert len(_orders(shop)) == everybody
        assert sum(product.reserved + product.sold for product in shop.books().products) == everybody
        assert (shop.books().orders, shop.books().charges) == (1, 1)
