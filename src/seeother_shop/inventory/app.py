# SPDX-License-Identifier: Apache-2.0
"""The inventory over HTTP: JSON in, JSON or problem details out."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother_shop.database import Database, migrate
from seeother_shop.problem import problem
from seeother_shop.recurring import Recurring

from .reservations import RefusalError, commit, confirm, expire, release, reserve
from .tables import Reservation, Stock

_SWEEP_SECONDS = 1.0  # how late an expired reservation may be put back
_MOST_LINES = 50
_MOST_UNITS = 1000
_CONFIRMED_SECONDS = 7 * 24 * 3600.0  # longer than a payment stays unknown; not for ever: a shop may lose its memory


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the routes work with."""

    database: Database
    hold_seconds: float
    clock: Clock

    def sweep(self) -> int:
        """End the reservations whose time is over, each in a transaction of its own; how many there were."""
        ended = 0
        while True:
            with self.database.writing() as session:
                if not expire(session, now=self.clock.time()):
                    return ended
            ended += 1


class Wanted(BaseModel):
    """So many of one product."""

    product: str = Field(min_length=1, max_length=80)
    quantity: int = Field(ge=1, le=_MOST_UNITS)


class Order(BaseModel):
    """What an order wants reserved."""

    order: str = Field(min_length=1, max_length=80)
    lines: list[Wanted] = Field(min_length=1, max_length=_MOST_LINES)


class Answer(BaseModel):
    """How a reservation stands now; the time is seconds since the epoch."""

    order: str
    state: str
    expires_at: float


class Level(BaseModel):
    """How much there is of one product."""

    product: str
    initial: int
    on_hand: int
    reserved: int
    sold: int


def _inventory(request: Request) -> Inventory:
    found: Inventory = request.app.state.inventory
    return found


_Inventory = Annotated[Inventory, Depends(_inventory)]
_ROUTES = APIRouter()


@_ROUTES.post("/reservations", status_code=201, response_model=Answer)
def make_reservation(order: Order, inventory: _Inventory) -> object:
    """Hold what an order wants."""
    wanted: dict[str, int] = {}
    for line in order.lines:
        wanted[line.product] = wanted.get(line.product, 0) + line.quantity
    expires_at = inventory.clock.time() + inventory.hold_seconds
    return _moved(inventory, lambda session: reserve(session, order.order, wanted, expires_at=expires_at))


@_ROUTES.post("/reservations/{order}/confirm", response_model=Answer)
def confirm_reservation(order: str, inventory: _Inventory) -> object:
    """Hold what an order holds for as long as its payment may take to be known."""
    expires_at = inventory.clock.time() + _CONFIRMED_SECONDS
    return _moved(inventory, lambda session: confirm(session, order, expires_at=expires_at))


@_ROUTES.post("/reservations/{order}/commit", response_model=Answer)
def commit_reservation(order: str, inventory: _Inventory) -> object:
    """Sell what an order holds."""
    return _moved(inventory, lambda session: commit(session, order))


@_ROUTES.post("/reservations/{order}/release", response_model=Answer)
def release_reservation(order: str, inventory: _Inventory) -> object:
    """Put back what an order holds."""
    return _moved(inventory, lambda session: release(session, order, now=inventory.clock.time()))


@_ROUTES.get("/stock")
def levels(inventory: _Inventory, response: Response) -> list[Level]:
    """How much there is of everything."""
    response.headers["Cache-Control"] = "no-store"
    with inventory.database.reading() as session:
        rows = session.scalars(select(Stock).order_by(Stock.product)).all()
    return [Level.model_validate(row, from_attributes=True) for row in rows]


@_ROUTES.get("/healthz")
def health() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


def _moved(inventory: Inventory, move: Callable[[Session], Reservation]) -> object:
    try:
        with inventory.database.writing() as session:
            reservation = move(session)
    except RefusalError as refusal:
        members = {} if refusal.product is None else {"product": refusal.product}
        return problem(409, "Not possible", refusal.detail, members=members)
    return Answer.model_validate(reservation, from_attributes=True)


def stock_up(session: Session, products: tuple[str, ...], *, each: int) -> None:
    """Put `each` of every product on the shelf that has no row yet."""
    known = set(session.scalars(select(Stock.product)))
    session.add_all(
        Stock(product=product, initial=each, on_hand=each, reserved=0, sold=0)
        for product in products
        if product not in known
    )


def create_app(
    database: Database,
    products: tuple[str, ...],
    *,
    stock: int = 10_000,
    hold_seconds: float = 900.0,
    clock: Clock = SYSTEM_CLOCK,
) -> FastAPI:
    """The application, on a database brought up to date and stocked with `stock` of each new product."""
    migrate(database, Path(__file__).parent / "migrations")
    with database.writing() as session:
        stock_up(session, products, each=stock)
    inventory = Inventory(database, hold_seconds, clock)
    sweeper = Recurring("sweeper", inventory.sweep, every_seconds=_SWEEP_SECONDS)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        sweeper.start()
        yield
        sweeper.stop()

    # No telemetry of the host's own: in here the guard's recorder is the only witness.
    silent: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
    app = FastAPI(title="Inventory", docs_url=None, redoc_url=None, lifespan=lifespan, telemetry=silent)
    app.state.inventory = inventory
    app.include_router(_ROUTES)
    return app
