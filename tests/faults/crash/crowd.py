# SPDX-License-Identifier: Apache-2.0
"""People who click twice and send everything again until they have an answer, whatever dies meanwhile.

Each purchase that somebody was thanked for is written into a diary at once.
"""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import httpx2

from seeother.testing import Tell
from tests.seeother_shop.buyer import ADDRESS, GOOD_CARD, Buyer, Page
from tests.seeother_shop.premises import Premises

PEOPLE = 4
PATIENCE_SECONDS = 300.0  # for one thing, while all that it needs is killed again and again on a busy machine
_PAUSE_SECONDS = 0.05
_SLUG = "bud-vase"
_Found = TypeVar("_Found")


class Person:
    """Somebody who buys one thing after the other; `longest` is for how many seconds they have insisted at most."""

    def __init__(self, premises: Premises, hands: ThreadPoolExecutor) -> None:
        """Come to the shop."""
        self.longest = 0.0
        self._errand = ""  # what they are about
        self._buyer = Buyer(premises)
        self._hands = hands

    def buy(self) -> str:
        """Buy one thing; the order's id. Raises LookupError when one form has led to two orders."""
        buyer = self._buyer
        self._errand = "fill the cart"
        self._insisted(lambda: buyer.fill_cart(_SLUG))
        form = self._insisted(lambda: buyer.go("/checkout").form("/orders"))
        self._errand = "order"
        places = self._twice(lambda: _order_of(buyer.send(form, **ADDRESS)))
        if len(set(places)) > 1:
            raise LookupError(f"one form has led to the orders {places}")
        order = places[0]
        self._errand = f"pay order {order}"
        pay = self._insisted(lambda: buyer.go(f"/orders/{order}/pay"), is_enough=lambda page: "pay" in page.links)
        way_back = self._paid(pay)
        self._errand = f"come back to order {order}"
        self._twice(lambda: buyer.come_back(way_back).status_code, is_enough=lambda code: code in {303, 504})
        self._insisted(lambda: buyer.go(f"/orders/{order}"), is_enough=lambda page: "Thank you" in page.text)
        return order

    def leave(self) -> None:
        """Close the browser."""
        self._buyer.__exit__(None, None, None)

    def _paid(self, pay: Page) -> Page:
        """The provider's page that leads back, with a card sent there twice."""
        hosted = self._insisted(
            lambda: self._buyer.visit_provider(pay.links["pay"]), is_enough=lambda page: bool(page.forms)
        )
        form = hosted.forms[0]
        if "/payments/return" not in form.target:
            self._twice(lambda: self._buyer.show_card(form, GOOD_CARD).status_code, is_enough=lambda code: code == 303)
        return self._insisted(
            lambda: self._buyer.visit_provider(pay.links["pay"]),
            is_enough=lambda page: "/payments/return" in page.forms[0].target,
        )

    def _twice(
        self, want: Callable[[], _Found], *, is_enough: Callable[[_Found], bool] = lambda _: True
    ) -> list[_Found]:
        """A double click, each click insisting."""
        clicks = [self._hands.submit(self._insisted, want, is_enough=is_enough) for _ in range(2)]
        return [click.result() for click in clicks]

    def _insisted(self, want: Callable[[], _Found], *, is_enough: Callable[[_Found], bool] = lambda _: True) -> _Found:
        """Try until it is enough, whatever is not answered, or answered by a page without what one looks for."""
        began = time.monotonic()
        while True:
            with suppress(httpx2.TransportError, StopIteration, KeyError, IndexError):
                found = want()
                if is_enough(found):
                    self.longest = max(self.longest, time.monotonic() - began)
                    return found
            if time.monotonic() > began + PATIENCE_SECONDS:
                raise TimeoutError(f"{self._errand}: not within {PATIENCE_SECONDS:g} s")
            time.sleep(_PAUSE_SECONDS)


def _order_of(page: Page) -> str:
    """The order whose page it is; raises KeyError for another page."""
    order = str(page.answer.url).partition("/orders/")[2].split("/")[0]
    if not order:
        raise KeyError(str(page.answer.url))
    return order


def crowd(premises: Premises, stopping: Path, diary: Path) -> Callable[[Tell], None]:
    """The life of some people who buy until there is a file `stopping`."""

    def life(_: Tell) -> None:
        writing = threading.Lock()

        def shop_for_long(_: int) -> None:
            person = Person(premises, hands)
            while not stopping.exists():
                try:
                    entry: dict[str, object] = {"order": person.buy(), "seconds": person.longest}
                except (TimeoutError, LookupError) as error:
                    entry = {"wrong": f"{type(error).__name__}: {error}"}
                with writing, diary.open("a") as file:
                    file.write(json.dumps(entry) + "\n")
            person.leave()

        diary.touch()
        with ThreadPoolExecutor(2 * PEOPLE) as hands, ThreadPoolExecutor(PEOPLE) as people:
            list(people.map(shop_for_long, range(PEOPLE)))

    return life
