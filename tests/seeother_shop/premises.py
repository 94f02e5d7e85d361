# SPDX-License-Identifier: Apache-2.0
"""The whole shop on real sockets: storefront and inventory on 127.0.0.1, the provider on localhost, guards around them.

Each service runs in a thread of its own with its own database; faults are switched by hand.
"""

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

import httpx2
import psycopg
import uvicorn
from psycopg.sql import SQL, Identifier
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seeother.asgi import Guard
from seeother.settings import GUARD_SECTIONS, load_settings
from seeother_shop import inventory, payments, storefront
from seeother_shop.books import Books, read_books
from seeother_shop.catalogue import PRODUCTS
from seeother_shop.connection import trusted_for
from seeother_shop.database import Database
from seeother_shop.demo.cast import Databases
from seeother_shop.faults import CuttingProtocol, GatewayTimeout, LostAnswer
from seeother_shop.serving import API_KEY, SITE_SECRET, WEBHOOK_SECRET, fresh_secrets, listen
from tests.servers.postgres_server import PostgresServer
from tests.servers.uvicorn_server import serving

_SOURCE = Path(storefront.__file__).parents[1]
START_LIMIT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Premises:
    """A shop that is open."""

    folder: Path
    databases: Databases
    shop: str
    payments: str
    inventory: str
    secrets: dict[str, str]
    faults: set[str] = field(default_factory=set[str])  # the names of those that are on
    heard: dict[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])  # by room, all that came in

    def database(self, room: str) -> str:
        """The URL of a service's database."""
        return url_of(self.databases, room)

    def books(self) -> Books:
        """The books as they stand."""
        return read_books(
            shop=self.database("storefront"),
            payments=self.database("payments"),
            inventory=self.database("inventory"),
        )

    def await_books(self, is_so: Callable[[], bool]) -> None:
        """Wait until the books say so, for a while after which they never will."""
        limit = time.monotonic() + START_LIMIT_SECONDS
        while not is_so():
            assert time.monotonic() < limit
            time.sleep(0.05)

    def flush_webhooks(self) -> int:
        """Have the provider send every webhook that waits; how many still wait afterwards."""
        fields = {"Authorization": f"Bearer {self.secrets[API_KEY]}"}
        answer = httpx2.post(f"{self.payments}/webhooks/flush", headers=fields, verify=trusted_for(self.payments))
        answer.raise_for_status()
        pending: int = answer.json()["pending"]
        return pending


def in_files(folder: Path) -> Databases:
    """Three files in a folder."""
    return Databases(*(f"sqlite:///{folder / room}.db" for room in ("storefront", "payments", "inventory")))


@contextmanager
def in_postgres(server: PostgresServer) -> Generator[Databases]:
    """Three schemas of a new database, which is dropped afterwards."""
    name = f"shop_{token_hex(6)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield Databases.at(server.url.removesuffix("postgres") + name)
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def url_of(databases: Databases, room: str) -> str:
    """The URL of a room's database."""
    url: str = getattr(databases, "shop" if room == "storefront" else room)
    return url


@contextmanager
def open_service(
    host: str, build: Callable[[str], ASGIApp], protocol: type[asyncio.Protocol] | None = None
) -> Generator[str]:
    """Serve what `build` makes of the origin, in a thread, until the block ends; the origin."""
    sockets = listen(host, 0)
    origin = f"http://{host}:{sockets[0].getsockname()[1]}"
    config = uvicorn.Config(
        build(origin),
        http=protocol or "auto",
        lifespan="on",
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        ws="none",
    )
    with serving(config, sockets):
        health = f"{origin}/healthz"
        httpx2.get(health, timeout=START_LIMIT_SECONDS, verify=trusted_for(origin)).raise_for_status()
        yield origin


@contextmanager
def open_shop(
    folder: Path,
    *,
    mode: str = "repair",
    naive: frozenset[str] = frozenset(),
    stock: int = 100,
    hold_seconds: float = 900.0,
    databases: Databases | None = None,
    secrets: dict[str, str] | None = None,
) -> Generator[Premises]:
    """Open all three services in `folder`; `mode` is what their guards do. The same secrets open a shop once more."""
    databases = databases or in_files(folder)
    rooms = _Rooms(folder, databases, mode, secrets or fresh_secrets())
    with ExitStack() as stack:
        for room in ("inventory", "payments", "storefront"):
            stack.enter_context(rooms.database(room))
        inventory_url = stack.enter_context(
            open_service("127.0.0.1", lambda _: rooms.inventory(stock=stock, hold_seconds=hold_seconds))
        )
        payments_url = stack.enter_context(open_service("localhost", rooms.payments, CuttingProtocol))
        shop_url = stack.enter_context(
            open_service("127.0.0.1", lambda origin: rooms.storefront(origin, payments_url, inventory_url, naive))
        )
        yield Premises(
            folder, databases, shop_url, payments_url, inventory_url, rooms.secrets, rooms.faults, rooms.heard
        )


class _Witness:
    """Notes every byte of meaning that a service is sent: target, fields, content."""

    def __init__(self, app: ASGIApp, heard: list[bytes]) -> None:
        self._app = app
        self._heard = heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted() -> Message:
            message = await receive()
            self._heard.append(message.get("body", b""))
            return message

        if scope["type"] == "http":
            fields = b"\n".join(name + b": " + value for name, value in scope["headers"])
            self._heard.append(scope["raw_path"] + b"?" + scope["query_string"] + b"\n" + fields)
        await self._app(scope, noted, send)


class _Weary:
    """Answers 503 and does nothing while a fault is on."""

    def __init__(self, app: ASGIApp, faults: set[str], fault: str) -> None:
        self._app = app
        self._faults = faults
        self._fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_away = scope["type"] == "http" and self._fault in self._faults
        app = Response(status_code=503) if is_away else self._app
        await app(scope, receive, send)


class _Rooms:
    """Builds the three applications, each with its guard and its faults."""

    def __init__(self, folder: Path, databases: Databases, mode: str, secrets: dict[str, str]) -> None:
        self.folder = folder
        self._places = databases
        self.mode = mode
        self.secrets = secrets
        self.faults: set[str] = set()
        self.heard: dict[str, list[bytes]] = {"inventory": [], "payments": []}
        self._databases: dict[str, Database] = {}

    def database(self, room: str) -> Database:
        return self._databases.setdefault(room, Database(url_of(self._places, room)))

    def inventory(self, *, stock: int, hold_seconds: float) -> ASGIApp:
        products = tuple(product.slug for product in PRODUCTS)
        app = inventory.create_app(self.database("inventory"), products, stock=stock, hold_seconds=hold_seconds)
        late = GatewayTimeout(app, is_on=lambda: "inventory-504" in self.faults, method="POST", path="/reservations")
        return _Witness(
            _Weary(self._guarded(late, "inventory"), self.faults, "inventory-away"), self.heard["inventory"]
        )

    def payments(self, origin: str) -> ASGIApp:
        app = payments.create_app(
            self.database("payments"),
            api_key=self.secrets[API_KEY],
            webhook_secret=self.secrets[WEBHOOK_SECRET],
            origin=origin,
            is_held=lambda: bool(self.faults & {"payment-lost", "webhooks-held"}),
        )
        lossy = LostAnswer(
            self._guarded(app, "payments"),
            is_on=lambda: "payment-lost" in self.faults,
            method="POST",
            path=r"/payments/[^/]+/capture",
        )
        late = GatewayTimeout(lossy, is_on=lambda: "provider-504" in self.faults, method="POST", path="/sessions")
        return _Witness(_Weary(late, self.faults, "payments-away"), self.heard["payments"])

    def storefront(self, origin: str, payments_url: str, inventory_url: str, naive: frozenset[str]) -> ASGIApp:
        neighbours = storefront.Neighbours(
            payments=payments_url,
            inventory=inventory_url,
            api_key=self.secrets[API_KEY],
            webhook_secret=self.secrets[WEBHOOK_SECRET],
        )
        app = storefront.create_app(self.database("storefront"), neighbours, origin=origin, naive=naive)
        return self._guarded(app, "storefront")

    def _guarded(self, app: ASGIApp, room: str) -> Guard:
        environ = {
            SITE_SECRET: self.secrets[SITE_SECRET],
            "SEEOTHER_SITE_MODE": self.mode,
            "SEEOTHER_LEDGER_URL": f"sqlite:///{self.folder / room}-ledger.db",
        }
        return Guard(app, load_settings(_SOURCE / room / "seeother.toml", environ, GUARD_SECTIONS))
