# SPDX-License-Identifier: Apache-2.0
"""The libraries that an application may reach its database by, each as what a shop does with it."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import psycopg
import psycopg_pool
from sqlalchemy import Connection, Engine, create_engine, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

INSERT = "INSERT INTO orders (note) VALUES ({})"
ORDERS = {
    "sqlite": "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT NOT NULL UNIQUE)",
    "postgresql": "CREATE TABLE IF NOT EXISTS orders (id bigserial PRIMARY KEY, note text NOT NULL UNIQUE)",
}


class Table(DeclarativeBase):
    """The tables of the shop."""


class Order(Table):
    """An order; no two have the same note."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str]


@dataclass(frozen=True)
class Blocking:
    """A library that blocks: `session` gives what `once` joins, `maker` what it takes a session of its own from."""

    session: Callable[[], Any]
    maker: object
    insert: Callable[[Any, str], None]
    close: Callable[[], None]


@dataclass(frozen=True)
class Awaiting:
    """A library for an event loop."""

    session: Callable[[], Any]
    maker: object
    insert: Callable[[Any, str], Any]
    close: Callable[[], Any]


def _sqlalchemy_url(url: str, driver: str) -> str:
    scheme, rest = url.split("://", 1)
    return f"{scheme}+{driver}://{rest}"


def orm(url: str) -> Blocking:
    """SQLAlchemy's ORM."""
    engine = create_engine(url if url.startswith("sqlite") else _sqlalchemy_url(url, "psycopg"))
    make = sessionmaker(engine)

    def add(session: Session, note: str) -> None:
        session.add(Order(note=note))
        session.flush()

    return Blocking(make, make, add, engine.dispose)


def sql(url: str) -> Blocking:
    """SQLAlchemy's Core."""
    engine: Engine = create_engine(url if url.startswith("sqlite") else _sqlalchemy_url(url, "psycopg"))

    def add(connection: Connection, note: str) -> None:
        connection.execute(insert(Order).values(note=note))

    return Blocking(engine.connect, engine, add, engine.dispose)


def psycopg_blocking(url: str) -> Blocking:
    """The library psycopg."""
    pool = psycopg_pool.ConnectionPool(url, min_size=1, max_size=8, open=True)

    @contextmanager
    def session() -> Generator[psycopg.Connection[Any]]:
        connection = psycopg.connect(url)
        try:
            yield connection
        finally:
            connection.close()

    def add(connection: psycopg.Connection[Any], note: str) -> None:
        connection.execute(INSERT.format("%s").encode(), (note,))

    return Blocking(session, pool, add, pool.close)


def python_sqlite(url: str) -> Blocking:
    """Python's own sqlite3; there is no pool of its connections."""

    @contextmanager
    def session() -> Generator[sqlite3.Connection]:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False)
        try:
            yield connection
        finally:
            connection.close()

    def add(connection: sqlite3.Connection, note: str) -> None:
        connection.execute(INSERT.format("?"), (note,))

    return Blocking(session, None, add, lambda: None)


def async_orm(url: str) -> Awaiting:
    """SQLAlchemy's ORM on an event loop."""
    engine = create_async_engine(_sqlalchemy_url(url, "aiosqlite" if url.startswith("sqlite") else "asyncpg"))
    make = async_sessionmaker(engine)

    async def add(session: AsyncSession, note: str) -> None:
        session.add(Order(note=note))
        await session.flush()

    return Awaiting(make, make, add, engine.dispose)


def async_sql(url: str) -> Awaiting:
    """SQLAlchemy's Core on an event loop."""
    engine: AsyncEngine = create_async_engine(
        _sqlalchemy_url(url, "aiosqlite" if url.startswith("sqlite") else "psycopg")
    )

    async def add(connection: AsyncConnection, note: str) -> None:
        await connection.execute(text(INSERT.format(":note")), {"note": note})

    return Awaiting(engine.connect, engine, add, engine.dispose)


def psycopg_awaiting(url: str) -> Awaiting:
    """The library psycopg, on an event loop."""
    pool = psycopg_pool.AsyncConnectionPool(url, min_size=1, max_size=8, open=False)
    opening = asyncio.Lock()

    @asynccontextmanager
    async def session() -> AsyncGenerator[psycopg.AsyncConnection[Any]]:
        async with opening:
            if pool.closed:
                await pool.open()
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
        try:
            yield connection
        finally:
            await connection.close()

    async def add(connection: psycopg.AsyncConnection[Any], note: str) -> None:
        await connection.execute(INSERT.format("%s").encode(), (note,))

    return Awaiting(session, pool, add, pool.close)


def asyncpg_awaiting(url: str) -> Awaiting:
    """The library asyncpg."""
    pool = asyncpg.create_pool(url, min_size=1, max_size=8)
    opening = asyncio.Lock()

    @asynccontextmanager
    async def session() -> AsyncGenerator[object]:
        async with opening:
            await pool
        async with pool.acquire() as connection:
            yield connection

    async def add(connection: Any, note: str) -> None:  # noqa: ANN401 - a connection or a pool's proxy of one
        await connection.execute(INSERT.format("$1"), note)

    return Awaiting(session, pool, add, pool.close)


BLOCKING: dict[str, tuple[str, Callable[[str], Blocking]]] = {
    "orm-sqlite": ("sqlite", orm),
    "orm-postgresql": ("postgresql", orm),
    "sql-sqlite": ("sqlite", sql),
    "sql-postgresql": ("postgresql", sql),
    "psycopg": ("postgresql", psycopg_blocking),
    "sqlite3": ("sqlite", python_sqlite),
}
AWAITING: dict[str, tuple[str, Callable[[str], Awaiting]]] = {
    "async-orm-sqlite": ("sqlite", async_orm),
    "async-orm-postgresql": ("postgresql", async_orm),
    "async-sql-sqlite": ("sqlite", async_sql),
    "async-sql-postgresql": ("postgresql", async_sql),
    "async-psycopg": ("postgresql", psycopg_awaiting),
    "asyncpg": ("postgresql", asyncpg_awaiting),
}
