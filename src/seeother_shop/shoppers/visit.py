# SPDX-License-Identifier: Apache-2.0
"""One visit to the shop by one person, from the front page to the confirmation or to wherever it ends."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import NoReturn

from .browser import Browser
from .catalogue import CARDS
from .form import Form
from .page import Page
from .plan import Plan
from .tally import Outcome, Tally

__all__ = ["Rest", "Visit", "person"]

DOUBLE_CLICK_SECONDS = 0.25  # between two presses of an impatient hand; systems call up to 0.5 s a double click
LONGEST_WAIT_SECONDS = 2.0  # a person who is told to wait reloads by hand sooner than a long Refresh says
WAITS = 6  # looks at a page that says "we are getting your order ready" or "checking your payment"; then people go
ORDER = r"/orders/([^/]+)"

Rest = Callable[[float], Awaitable[None]]


def person(name: str, number: int) -> dict[str, str]:
    """What somebody of this name types into the order form; `number` makes two of the same name two people."""
    return {
        "name": name,
        "email": f"{name.lower().replace(' ', '.')}.{number}@example.org",
        "street": f"{number % 200 + 1} High Street",
        "postcode": "AB1 2CD",
        "city": "Springfield",
    }


def card(name: str, number: str) -> dict[str, str]:
    """What somebody types into the provider's card form."""
    return {"holder": name, "card_number": number, "expiry": "12 / 34", "cvc": "123"}


class Gone(Exception):  # noqa: N818  # nothing went wrong in the program: the person has left
    """Ends a visit from any depth."""

    def __init__(self, outcome: Outcome) -> None:
        """Leave with this outcome."""
        super().__init__(outcome)
        self.outcome = outcome


class Visit:
    """Carries out a plan in a browser; `rest` is how the person waits, so that closing time can cut it short."""

    def __init__(self, browser: Browser, plan: Plan, *, shop: str, tally: Tally, rest: Rest) -> None:
        """Prepare a visit to the shop at this address."""
        self.browser = browser
        self.plan = plan
        self.shop = shop.rstrip("/")
        self.tally = tally
        self._rest = rest
        self._pauses = cycle(plan.pauses_seconds)
        self._person = person(plan.name, tally.visits)
        self._order: str | None = None

    async def run(self) -> Outcome:
        """Visit the shop once and count how it ended."""
        self.tally.visits += 1
        try:
            await self._fill_cart()
            await self._order_and_pay()
            await self._look_again()
        except Gone as gone:
            outcome = gone.outcome
        except asyncio.CancelledError:
            self.tally.outcomes[Outcome.SENT_OUT] += 1
            raise
        else:
            outcome = Outcome.BOUGHT
        self.tally.outcomes[outcome] += 1
        return outcome

    async def _fill_cart(self) -> None:
        page = await self._insist("home", self.browser.visit(self.shop + "/"))
        shelf = page.linked(r"/products/[^/]+")
        for place in self.plan.shelf if shelf else ():
            await self._think()
            page = await self._insist("product", self.browser.follow(shelf[int(place * len(shelf))]))
        self.tally.entered += 1
        await self._think("product")
        form = self._find(page, "/cart/items")
        page = await self._insist("cart", self.browser.submit(form, {"quantity": str(self.plan.quantity)}))
        await self._think("cart")
        await self._insist("checkout", self.browser.follow(self.shop + "/checkout"))

    async def _order_and_pay(self) -> None:
        if self.plan.declined:
            await self._order_once()
            if await self._pay(CARDS["declined"]):
                return
            self.tally.habits["declined_card"] += 1
            if self.plan.leaves_at is not None:
                raise Gone(Outcome.DECLINED)
            self._order = None  # after a declined card the next order is rightly another one
            await self._think()
            await self._insist("checkout", self.browser.follow(self.shop + "/checkout"))
        await self._order_once()
        if not await self._pay(CARDS["good"]):
            raise Gone(Outcome.DECLINED)

    async def _order_once(self) -> None:
        await self._think("checkout")
        page = self.browser.page
        if self.plan.mistypes:
            self.tally.habits["mistyped_form"] += 1
            wrong = self._person | {"email": "not an address", "postcode": ""}
            page = await self._insist("submit_order", self.browser.submit(self._find(page, "/orders"), wrong))
            await self._think()
        form = self._find(page, "/orders")
        if self.plan.clicks_twice:
            self.tally.habits["double_click"] += 1
            sending = self.browser.submit_twice(form, self._person, DOUBLE_CLICK_SECONDS)
        else:
            sending = self.browser.submit(form, self._person)
        self._note_order(await self._insist("submit_order", sending))
        if self.plan.goes_back:
            self.tally.habits["back_resubmit"] += 1
            await self._think()
            self.browser.back()
            self._note_order(await self._insist("submit_order", self.browser.submit(form, self._person)))
        await self._think("pay")

    async def _pay(self, number: str) -> bool:
        links = await self._await_pay()
        page = await self._insist("provider", self.browser.follow(links[0]))
        await self._think("provider")
        form = self._find(page, r"/pay/[^/]+")
        page = await self._insist("provider", self.browser.submit(form, card(self.plan.name, number), "pay"))
        page = await self._come_back(self._find(page, "/payments/return"))
        for _ in range(WAITS):
            if order := re.fullmatch(ORDER, page.path):
                self.tally.orders.add(order[1])
                return True
            if page.refresh is None:
                return False
            seconds, target = page.refresh
            await self._rest(min(seconds, LONGEST_WAIT_SECONDS))
            page = await self._insist("confirmation", self.browser.follow(target))
        raise Gone(Outcome.WAITING)

    async def _await_pay(self) -> tuple[str, ...]:
        """The way to the provider; an order that is still got ready is looked at again, as its page does by itself."""
        for _ in range(WAITS):
            page = self.browser.page
            if links := page.linked(r"/pay/[^/]+"):
                return links
            if ready := page.linked(ORDER + "/pay"):
                await self._insist("submit_order", self.browser.follow(ready[0]))
                continue
            if page.refresh is None:
                self._give_up("pay: no link")
            seconds, target = page.refresh
            await self._rest(min(seconds, LONGEST_WAIT_SECONDS))
            await self._insist("submit_order", self.browser.follow(target))
        raise Gone(Outcome.WAITING)

    async def _come_back(self, form: Form) -> Page:
        """Return from the provider; on an error page most follow its link, some press reload and post once more."""
        page = await self.browser.submit(form, {})
        for _ in range(self.plan.patience):
            if not page.is_error:
                return page
            self.tally.errors[f"payment_return {page.status}"] += 1
            await self._think()
            status = page.linked(ORDER + "/status")
            follows = status and not self.plan.refreshes
            page = await (self.browser.follow(status[0]) if follows else self.browser.reload())
        if page.is_error:
            self._give_up(f"payment_return {page.status}")
        return page

    async def _look_again(self) -> None:
        """Reload the confirmation, or go back to the provider's last page and return from there a second time."""
        if self.plan.refreshes:
            self.tally.habits["refresh"] += 1
            await self._think()
            await self._insist("confirmation", self.browser.reload())
        if self.plan.goes_back:
            await self._think()
            form = self.browser.back().form("/payments/return")
            if form is not None:
                self.tally.habits["second_return"] += 1
                await self._insist("payment_return", self.browser.submit(form, {}))

    async def _insist(self, step: str, navigating: Awaitable[Page]) -> Page:
        """Navigate, and reload an error page as often as this person's patience allows."""
        page = await navigating
        for _ in range(self.plan.patience):
            if not page.is_error:
                return page
            self.tally.errors[f"{step} {page.status}"] += 1
            self.tally.habits["retry"] += 1
            await self._think()
            page = await self.browser.reload()
        if page.is_error:
            self._give_up(f"{step} {page.status}")
        return page

    async def _think(self, place: str | None = None) -> None:
        await self._rest(next(self._pauses))
        if place is not None and place == self.plan.leaves_at:
            self.tally.habits[f"left_at_{place}"] += 1
            raise Gone(Outcome.LEFT)

    def _find(self, page: Page, path: str) -> Form:
        form = page.form(path)
        return form if form is not None else self._give_up(f"{page.path}: no form for {path}")

    def _note_order(self, page: Page) -> None:
        order = re.match(ORDER, page.path)
        if order is None:
            return
        self.tally.second_orders += self._order not in {None, order[1]}
        self._order = order[1]

    def _give_up(self, why: str) -> NoReturn:
        self.tally.errors[why] += 1
        raise Gone(Outcome.GAVE_UP)
