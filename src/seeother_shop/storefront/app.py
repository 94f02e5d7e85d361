# SPDX-License-Identifier: Apache-2.0
"""The storefront as an ASGI application.

What it says itself has pages of its own; errors of routing, of reading a request and of our own making are the
framework's, and the guard around it makes a page of them that leads on.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.telemetry import TelemetryConfig
from opentelemetry.sdk.trace import TracerProvider
from sqlalchemy.orm import Session
from standardwebhooks import Webhook
from starlette.exceptions import HTTPException

from seeother.asgi.fastapi import install_contract
from seeother.clock import SYSTEM_CLOCK, Clock
from seeother_shop.catalogue import CURRENCY, PRODUCTS
from seeother_shop.database import Database, migrate
from seeother_shop.money import format_money
from seeother_shop.page import Assets, Pages

from . import browse, checkout, payment
from .clerk import Clerk
from .errands import Errands
from .shop import NAME, Shop
from .stockroom import Stockroom
from .tables import Shelf
from .till import Till
from .words import read_languages

_ROOM = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Whom the storefront talks to, and what they share with it."""

    payments: str
    inventory: str
    api_key: str
    webhook_secret: str


def create_app(
    database: Database,
    neighbours: Neighbours,
    *,
    origin: str,
    naive: frozenset[str] = frozenset(),
    tracing: TracerProvider | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> FastAPI:
    """The application at `origin`, on a database brought up to date and with the shelf filled."""
    migrate(database, _ROOM / "migrations")
    with database.writing() as session:
        _fill_the_shelf(session)
    stockroom = Stockroom(neighbours.inventory)
    till = Till(neighbours.payments, neighbours.api_key)
    clerk = Clerk(database, stockroom, till, clock, merchant=NAME, webhook_url=f"{origin}/payments/webhook")
    errands = Errands(database, clerk, clock)
    assets = Assets(_ROOM / "static")
    shop = Shop(
        database=database,
        origin=origin,
        stockroom=stockroom,
        clerk=clerk,
        errands=errands,
        webhook=Webhook(neighbours.webhook_secret),
        # The provider need not know from which of our pages a person comes.
        pages=Pages(_ROOM / "templates", assets, {"money": format_money}, referrer="same-origin"),
        assets=assets,
        languages=read_languages(),
        naive=naive,
        clock=clock,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        errands.start()
        yield
        errands.stop()
        till.close()
        stockroom.close()
        if tracing is not None:
            tracing.shutdown()

    telemetry: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
    if tracing is not None:
        telemetry = {"tracer_provider": tracing, "metrics": False, "logs": False}
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan, telemetry=telemetry)
    app.router.redirect_slashes = False  # it would answer 307, and send a form on to another place
    app.state.shop = shop
    for room in (browse, checkout, payment):
        app.include_router(room.ROUTES)
    app.add_api_route("/static/{name}", _static)
    app.add_api_route("/healthz", _health)
    install_contract(app)
    return app


def _fill_the_shelf(session: Session) -> None:
    for position, product in enumerate(PRODUCTS):
        session.merge(
            Shelf(
                slug=product.slug,
                position=position,
                name=product.name,
                price_minor=product.price_minor,
                currency=CURRENCY,
            )
        )


def _static(name: str, request: Request) -> Response:
    shop: Shop = request.app.state.shop
    found = shop.assets.answer(name)
    if found is None:
        raise HTTPException(404)
    return found


def _health() -> dict[str, str]:
    return {"status": "ok"}
