# SPDX-License-Identifier: Apache-2.0
"""What it takes to tell a shopper that nothing was ordered, while the breaker before the inventory is open.

Claim (the article, chapter 3.3): the whole exchange, with guard, form, claim in the shop's own database and page, takes
at most 50 ms, and no more than three times as long as showing the order form, which writes nothing.

Storefront and guard run in this process; the inventory is a server on this machine that answers 504 to everything.
The two kinds of exchange take turns in each round.
"""

import asyncio
import logging
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import uvicorn
from starlette.responses import Response

from seeother.asgi import Guard
from seeother.settings import GUARD_SECTIONS, load_settings
from seeother_shop import storefront
from seeother_shop.database import Database
from seeother_shop.serving import SITE_SECRET, fresh_secrets, listen

ROUNDS, EACH = 9, 20
MOST_MS, MOST_RATIO = 50.0, 3.0
REFUSED = 503
HIDDEN = re.compile(r'type="hidden" name="([^"]+)" value="([^"]*)"')
ADDRESS = {"name": "Ada", "email": "ada@example.org", "street": "Square 12", "postcode": "SW1Y", "city": "London",
           "country": "GB"}  # fmt: skip


@contextmanager
def weary_inventory() -> Generator[str]:
    """A server that answers 504; its origin."""
    sockets = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(Response(status_code=504), log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, args=(sockets,))
    thread.start()
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


class Person:
    """Somebody before the order form."""

    def __init__(self, app: Guard) -> None:
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8303",
                                         headers={"Accept": "text/html"})  # fmt: skip
        self.form: dict[str, str] = {}

    async def choose(self) -> None:
        """Put something into the cart and open the form."""
        page = await self.client.get("/products/bud-vase")
        cart = {**dict(HIDDEN.findall(page.text)), "quantity": "1"}
        await self.client.post("/cart/items", data=cart)
        self.form = {**dict(HIDDEN.findall((await self.client.get("/checkout")).text)), **ADDRESS}

    async def order(self) -> httpx2.Response:
        """Send the form."""
        return await self.client.post("/orders", data=self.form)


async def refused(app: Guard) -> Person:
    """Order as new people until one is refused; that one."""
    while True:
        person = Person(app)
        await person.choose()
        if (await person.order()).status_code == REFUSED:
            return person


async def one_round(app: Guard, person: Person) -> tuple[list[float], list[float], Person]:
    """Milliseconds of refusals and of forms shown; and who goes on, for the breaker's own try may be one's order."""
    told: list[float] = []
    shown: list[float] = []
    while len(told) < EACH:
        begun = time.perf_counter()
        answer = await person.order()
        between = time.perf_counter()
        (await person.client.get("/checkout")).raise_for_status()
        if answer.status_code == REFUSED:
            told.append((between - begun) * 1000)
            shown.append((time.perf_counter() - between) * 1000)
        else:
            person = await refused(app)
    return told, shown, person


async def measure(app: Guard) -> bool:
    """Measure, print, and tell whether the claim holds."""
    person = await refused(app)
    told: list[float] = []
    ratios: list[float] = []
    for _ in range(ROUNDS):
        refusals, forms, person = await one_round(app, person)
        told.append(statistics.median(refusals))
        ratios.append(told[-1] / statistics.median(forms))
    milliseconds, ratio = statistics.median(told), statistics.median(ratios)
    print(f"refused while the breaker is open: {milliseconds:.1f} ms ({min(told):.1f} to {max(told):.1f})")
    print(f"beside showing the order form: x {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    return milliseconds <= MOST_MS and ratio <= MOST_RATIO


def main() -> int:
    """0 when the claim holds."""
    logging.disable(logging.WARNING)
    secrets = fresh_secrets()
    with (
        tempfile.TemporaryDirectory() as folder,
        weary_inventory() as inventory,
        Database(f"sqlite:///{folder}/shop.db") as database,
    ):
        neighbours = storefront.Neighbours("http://127.0.0.1:9", inventory, "key", "whsec_" + "A" * 32)
        shop = storefront.create_app(database, neighbours, origin="http://127.0.0.1:8303")
        settings = Path(storefront.__file__).parent / "seeother.toml"
        app = Guard(shop, load_settings(settings, {SITE_SECRET: secrets[SITE_SECRET]}, GUARD_SECTIONS))
        holds = asyncio.run(measure(app))
        shop.state.shop.errands.stop()
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
