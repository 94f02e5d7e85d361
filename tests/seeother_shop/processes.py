# SPDX-License-Identifier: Apache-2.0
"""The three services as processes that can be killed and started again at the same address, and people who do not mind.

Whoever buys here goes on after an answer that did not come: reloads, sends the same form again, looks again.
"""

import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx2

from seeother_shop.connection import trusted_for
from seeother_shop.demo.cast import Databases
from seeother_shop.serving import fresh_secrets
from tests.seeother_shop.buyer import ADDRESS, GOOD_CARD, Buyer, Form, Page
from tests.seeother_shop.premises import Premises, url_of
from tests.servers.program import free_port, running

ROOMS = ("inventory", "payments", "storefront")
LIMIT_SECONDS = 60.0  # for one thing that a person wants; a service is back within three on an idle core
_Found = TypeVar("_Found")


@dataclass(slots=True)
class Processes:
    """Three running services."""

    folder: Path
    databases: Databases
    ports: dict[str, int] = field(default_factory=lambda: {room: free_port() for room in ROOMS})
    secrets: dict[str, str] = field(default_factory=fresh_secrets)
    _running: dict[str, ExitStack] = field(default_factory=dict[str, ExitStack])
    _killing: dict[str, Callable[[], None]] = field(default_factory=dict[str, Callable[[], None]])

    def origin(self, room: str) -> str:
        """Where a service answers; the provider is on another site."""
        return f"http://{'localhost' if room == 'payments' else '127.0.0.1'}:{self.ports[room]}"

    @property
    def premises(self) -> Premises:
        """The same shop, for people to come to and for its books."""
        shop, payments, inventory = (self.origin(room) for room in ("storefront", "payments", "inventory"))
        return Premises(self.folder, self.databases, shop, payments, inventory, self.secrets)

    def start(self, room: str) -> None:
        """Start a service, and wait until it answers."""
        home = self.folder / f"{room}-home"
        home.mkdir(exist_ok=True)
        command = [sys.executable, "-m", f"seeother_shop.{room}", "--port", str(self.ports[room])]
        command += ["--database", url_of(self.databases, room)]
        if room == "storefront":
            command += ["--payments", self.origin("payments"), "--inventory", self.origin("inventory")]
        stack = self._running[room] = ExitStack()
        environ = {**os.environ, **self.secrets}
        process = stack.enter_context(
            running(command, directory=home, ready=lambda: _answers(self.origin(room)), environ=environ)
        )
        self._killing[room] = process.kill

    def kill(self, room: str) -> None:
        """As when the machine takes it away."""
        self._killing[room]()
        self._running.pop(room).close()

    def stop(self) -> None:
        """End all of them."""
        while self._running:
            self._running.popitem()[1].close()


@contextmanager
def started(folder: Path, databases: Databases) -> Generator[Processes]:
    """Start the three services."""
    processes = Processes(folder, databases)
    try:
        for room in ROOMS:
            processes.start(room)
        yield processes
    finally:
        processes.stop()


def _answers(origin: str) -> bool:
    with suppress(httpx2.TransportError):
        return httpx2.get(f"{origin}/healthz", verify=trusted_for(origin)).is_success
    return False


def insist(want: Callable[[], _Found], *, is_enough: Callable[[_Found], bool] = lambda _: True) -> _Found:
    """Try until it is enough, whatever is not answered, or answered by a page without what one looks for."""
    limit = time.monotonic() + LIMIT_SECONDS
    while True:
        with suppress(httpx2.TransportError, StopIteration, KeyError, IndexError):
            found = want()
            if is_enough(found):
                return found
        assert time.monotonic() < limit, "what a person wants must come to be"
        time.sleep(0.05)


def buy(buyer: Buyer, slug: str) -> None:
    """Buy one thing, and go on until one is thanked for it."""
    insist(lambda: buyer.fill_cart(slug))
    form = insist(lambda: buyer.go("/checkout").form("/orders"))
    ordered = insist(lambda: buyer.send(form, **ADDRESS), is_enough=lambda page: "/orders/" in str(page.answer.url))
    order = str(ordered.answer.url).rsplit("/", 1)[0]
    pay = insist(lambda: buyer.go(f"{order}/pay"), is_enough=lambda page: "pay" in page.links)
    way_back = _way_back(buyer, pay)
    insist(lambda: buyer.come_back(way_back), is_enough=lambda answer: answer.status_code in {303, 503, 504})
    insist(lambda: buyer.go(order), is_enough=lambda page: "Thank you" in page.text)


def _way_back(buyer: Buyer, pay: Page) -> Page:
    """The provider's page that leads back, with a card shown there."""

    def shown() -> Page:
        page = buyer.visit_provider(pay.links["pay"])
        form: Form = page.forms[0]
        if form.target.endswith("/payments/return") or "/payments/return?" in form.target:
            return page
        buyer.show_card(form, GOOD_CARD)
        return buyer.visit_provider(pay.links["pay"])

    return insist(shown, is_enough=lambda page: "/payments/return" in page.forms[0].target)
