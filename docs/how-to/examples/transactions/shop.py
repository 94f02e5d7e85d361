# SPDX-License-Identifier: Apache-2.0
"""A shop that commits an order, its key, its answer and what is to be done about it in one transaction."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from seeother.asgi import Guard
from seeother.ledger import AsyncOutbox, Delivery, Letter, once, tables
from seeother.telemetry import resume

ENGINE = create_async_engine("sqlite+aiosqlite:///shop.db")
SESSIONS = async_sessionmaker(ENGINE)


class Tables(DeclarativeBase):
    """The shop's tables."""


class Order(Tables):
    """An order."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    tea: Mapped[str]


class SoldOutError(Exception):
    """There is none left."""


async def order(request: Request) -> Response:
    """Make an order, and have it charged later."""
    form = await request.form()
    async with once(SESSIONS) as action:
        made = Order(tea=str(form["tea"]))
        action.session.add(made)
        await action.session.flush()
        await action.later("charge", {"order": made.id})
        if made.tea == "Oolong":
            raise SoldOutError
    return RedirectResponse(f"/orders/{made.id}", 303)


async def orders(_: Request) -> Response:
    """All orders there are."""
    async with SESSIONS() as session:
        return JSONResponse({"orders": list(await session.scalars(select(Order.tea).order_by(Order.id)))})


async def deliver(letter: Letter) -> None:
    """Ask the provider; raise when it could not be done, and it is tried again with the same key."""
    sys.stdout.write(f"{letter.kind} order {letter.payload['order']} with Idempotency-Key {letter.key}\n")
    sys.stdout.flush()


OUTBOX = AsyncOutbox(SESSIONS, deliver, Delivery(resume=resume))


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    """Make the tables, and deliver letters meanwhile."""
    async with ENGINE.begin() as connection:
        await connection.run_sync(Tables.metadata.create_all)
        for statement in tables("sqlite"):
            await connection.exec_driver_sql(statement)
    running = asyncio.create_task(OUTBOX.run())
    yield
    running.cancel()
    await ENGINE.dispose()


app = Guard(
    Starlette(
        routes=[Route("/orders", order, methods=["POST"]), Route("/orders", orders)],
        lifespan=lifespan,
    )
)
