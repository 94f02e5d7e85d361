# SPDX-License-Identifier: Apache-2.0
"""A person whose browser runs no scripts: reads pages, fills in their forms, follows their links."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx2

from seeother_shop.connection import trusted_for
from tests.seeother_shop.premises import Premises

ADDRESS = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "street": "St James's Square 12",
    "postcode": "SW1Y 4JH",
    "city": "London",
    "country": "GB",
}
GOOD_CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123", "holder": "Ada Lovelace"}
PATIENCE_SECONDS = 20.0  # longer than anything here takes
BAD_CARD = {**GOOD_CARD, "card_number": "4000 0000 0000 0002"}


@dataclass(slots=True)
class Form:
    """A form on a page, with the values that it came with."""

    target: str
    values: dict[str, str] = field(default_factory=dict[str, str])


class Page(HTMLParser):
    """What a person sees of an answer: its forms, its links, its words."""

    def __init__(self, answer: httpx2.Response) -> None:
        """Read the answer's content."""
        super().__init__()
        self.answer = answer
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}  # by id, or by target where a link has none
        self.text = ""
        self._select: str | None = None
        self.feed(answer.text)
        self.close()

    def form(self, path: str) -> Form:
        """The form that goes to a path."""
        return next(form for form in self.forms if httpx2.URL(form.target).path == path)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a person can use."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(urljoin(str(self.answer.url), given["action"])))
        elif tag == "a" and "href" in given:
            self.links[given.get("id", given["href"])] = urljoin(str(self.answer.url), given["href"])
        elif tag == "input" and self.forms:
            self.forms[-1].values[given["name"]] = given.get("value", "")
        elif tag == "select" and self.forms:
            self._select = given["name"]
        elif tag == "option" and self._select and (self._select not in self.forms[-1].values or "selected" in given):
            self.forms[-1].values[self._select] = given.get("value", "1")

    def handle_data(self, data: str) -> None:
        """Note the words."""
        self.text += data


def _browser(origin: str) -> httpx2.Client:
    fields = {"Accept": "text/html", "Accept-Language": "en"}
    return httpx2.Client(base_url=origin, headers=fields, trust_env=False, verify=trusted_for(origin))


class Buyer:
    """One person with one cookie jar. Redirects are followed by `go` and `send`, and not by `post`."""

    def __init__(self, premises: Premises) -> None:
        """Come to the shop."""
        self.premises = premises
        self._client = _browser(premises.shop)
        # A cross-site POST carries no Lax cookie, and the provider's site has its own.
        self._elsewhere = _browser(premises.payments)

    def __enter__(self) -> Self:
        """Use it as a context that closes at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave."""
        self._client.close()
        self._elsewhere.close()

    def moved(self, premises: Premises) -> "Buyer":
        """The same person in the same shop, which is at another address now."""
        person = Buyer(premises)
        person._client.cookies.update(self._client.cookies)
        return person

    def go(self, target: str) -> Page:
        """Look at a page of the shop."""
        return Page(self._client.get(target, follow_redirects=True))

    def post(self, form: Form, **answers: str) -> httpx2.Response:
        """Send one of the shop's forms, and stop at its answer."""
        return self._client.post(form.target, data={**form.values, **answers})

    def send(self, form: Form, **answers: str) -> Page:
        """Send one of the shop's forms, and follow to the page it leads to."""
        return Page(self._client.post(form.target, data={**form.values, **answers}, follow_redirects=True))

    def fill_cart(self, slug: str = "harbour-teapot", quantity: int = 1) -> Page:
        """Put something into the cart; the cart's page."""
        return self.send(self.go(f"/products/{slug}").form("/cart/items"), quantity=str(quantity))

    def order(self, slug: str = "harbour-teapot", quantity: int = 1) -> Page:
        """Fill the cart and order it; the page that hands over to the provider."""
        self.fill_cart(slug, quantity)
        return self.await_pay(self.send(self.go("/checkout").form("/orders"), **ADDRESS))

    def await_pay(self, page: Page) -> Page:
        """Look again as the page says, until it leads to the provider."""
        return self.look_again(page, lambda seen: "pay" in seen.links)

    def look_again(self, page: Page, is_enough: Callable[[Page], bool]) -> Page:
        """Look at a page that looks again by itself until something is on it; where one may pay, one goes there."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while not is_enough(page) and "refresh" in page.answer.headers and time.monotonic() < limit:
            time.sleep(0.05)
            page = self.go(next((link for link in page.links.values() if link.endswith("/pay")), str(page.answer.url)))
        return page

    def authorise(self, pay: Page, card: dict[str, str] = GOOD_CARD) -> Page:
        """Follow to the provider and show a card there; the page with the way back."""
        form = self.visit_provider(pay.links["pay"]).forms[0]
        answer = self.show_card(form, card)
        return self.visit_provider(urljoin(form.target, answer.headers["location"]))

    def visit_provider(self, target: str) -> Page:
        """Look at a page of the provider's."""
        return Page(self._elsewhere.get(target))

    def show_card(self, form: Form, card: dict[str, str]) -> httpx2.Response:
        """Send the provider's card form, and stop at its answer."""
        return self._elsewhere.post(form.target, data={**form.values, "action": "pay", **card})

    def come_back(self, way_back: Page) -> httpx2.Response:
        """Press the provider's button: a POST from another site, so without a cookie of the shop's; its answer."""
        form = way_back.forms[0]
        return self._elsewhere.post(form.target, data=form.values)

    def buy(self, slug: str = "harbour-teapot", quantity: int = 1, card: dict[str, str] = GOOD_CARD) -> Page:
        """The whole way; the page it ends on."""
        answer = self.come_back(self.authorise(self.order(slug, quantity), card))
        return self.go(answer.headers["location"])
