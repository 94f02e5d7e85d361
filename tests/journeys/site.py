# SPDX-License-Identifier: Apache-2.0
"""A site of a few lines on a socket of its own, with a guard and, to see what the guard is for, without."""

import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import repeat

import anyio
from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from seeother.asgi import Guard
from seeother.settings import read_settings
from tests.seeother_shop.premises import open_service

FORM = """<!doctype html><title>Order</title><form method="post" action="/orders">
<input type="hidden" name="idempotency_key" value="KEY"><button>Order</button></form>"""
ORDER = {"match": "POST /orders", "idempotency": "required", "principal": "session:sid"}
GATE_SECONDS = 20.0  # a test that forgets to open the gate fails instead of standing still

Answer = Callable[[int], Response]


def shown(text: str, status: int = 200) -> HTMLResponse:
    """A page that says so, and that nothing may keep."""
    return HTMLResponse(f"<!doctype html><title>{text}</title><h1>{text}</h1>", status, {"cache-control": "no-store"})


def healthy(_request: Request) -> Response:
    """The answer to whoever asks whether the site is up."""
    return Response()


def see_other(to: str) -> Response:
    """The answer that leads on."""
    return Response(status_code=303, headers={"location": to})


@dataclass(slots=True)
class Site:
    """Takes orders and counts them; `answer` makes the answer, after the order is made. A closed gate holds it back."""

    answer: Answer = field(default=lambda number: see_other(f"/orders/{number}"))
    policy: str = ""  # the Content-Security-Policy of the page with the form
    caching: str = "no-store"  # its Cache-Control
    keys: Iterator[str] = field(default_factory=lambda: repeat("one-cart"))  # one each time it is made
    made: int = 0
    broken: Exception | Response | None = None  # what the front page answers instead of itself
    gate: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    origin: str = ""

    def app(self, *more: Route) -> Starlette:
        """The application, with routes of a test's own."""
        return Starlette(
            routes=[
                Route("/", self.front),
                Route("/healthz", healthy),
                Route("/checkout", self.form),
                Route("/orders", self.order, methods=["POST"]),
                Route("/orders/{number}", self.result),
                *more,
            ]
        )

    async def front(self, _request: Request) -> Response:
        """The front page, unless it is broken."""
        if isinstance(self.broken, Exception):
            raise self.broken
        return shown("Welcome") if self.broken is None else self.broken

    async def form(self, _request: Request) -> Response:
        """The form, of the same cart unless the test has other keys."""
        fields = {"cache-control": self.caching, "set-cookie": "sid=s3; Path=/; HttpOnly; SameSite=Lax"}
        if self.policy:
            fields["content-security-policy"] = self.policy
        return HTMLResponse(FORM.replace("KEY", next(self.keys)), headers=fields)

    async def order(self, _request: Request) -> Response:
        """Make an order, and then whatever the test wants to see go wrong."""
        self.made += 1
        number = self.made
        self.asked.set()
        await anyio.to_thread.run_sync(self.gate.wait, GATE_SECONDS)
        return self.answer(number)

    async def result(self, request: Request) -> Response:
        """An order's page, or how many there are."""
        number = request.path_params["number"]
        return shown(f"Orders: {self.made}" if number == "last" else f"Order {number}")


@contextmanager
def open_site(site: Site, /, *more: Route, guard: bool = True, **sections: object) -> Generator[Site]:
    """Serve a site; `sections` are of its seeother.toml. Its gate stands open."""
    app: ASGIApp = site.app(*more)
    if guard:
        document: dict[str, object] = {"ledger": {"url": "memory://"}, "route": [ORDER]}
        app = Guard(app, read_settings(document | sections, {}))
    site.gate.set()
    with open_service("127.0.0.1", lambda _: app) as origin:
        site.origin = origin
        yield site


@asynccontextmanager
async def person(browser: Browser, *, scripts: bool = True) -> AsyncGenerator[Page]:
    """Somebody with a browser of their own."""
    context = await browser.new_context(java_script_enabled=scripts, locale="en-GB")
    try:
        yield await context.new_page()
    finally:
        await context.close()
