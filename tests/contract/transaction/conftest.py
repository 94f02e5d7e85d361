# SPDX-License-Identifier: Apache-2.0
"""A database for each shop, and an eye on it that goes past the libraries under test."""

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from seeother.ledger import tables
from tests.contract.transaction.libraries import AWAITING, BLOCKING, ORDERS
from tests.contract.transaction.shops import Shop, shop
from tests.servers.postgres_server import PostgresServer

NAMES = sorted({*AWAITING, *BLOCKING})


class Books:
    """What stands in a shop's database."""

    def __init__(self, url: str) -> None:
        """Look into this one."""
        self.url = url

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, committed."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
                return connection.execute(statement).fetchall()
        with psycopg.connect(self.url, autocommit=True) as server:
            cursor = server.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def orders(self) -> list[str]:
        """The notes of all orders, in their order."""
        return [note for (note,) in self.rows("SELECT note FROM orders ORDER BY id")]

    @property
    def actions(self) -> list[tuple[str, int]]:
        """Key and state (1 unknown, 2 finished) of each row of the ledger."""
        return [(key, state) for key, state in self.rows("SELECT key, state FROM seeother_action ORDER BY key")]


@pytest.fixture(scope="session")
def postgres_shop(postgres_server: PostgresServer) -> str:
    """The address of a database with the tables of a shop and ours."""
    with psycopg.connect(postgres_server.url, autocommit=True) as server:
        server.execute("CREATE DATABASE shop")
    url = postgres_server.url.rpartition("/")[0] + "/shop"
    with psycopg.connect(url) as connection:
        for statement in (ORDERS["postgresql"], *tables("postgresql")):
            connection.execute(statement.encode())
    return url


def address(dialect: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """An empty shop's database."""
    if dialect == "postgresql":
        url: str = request.getfixturevalue("postgres_shop")
        Books(url).rows("TRUNCATE orders, seeother_action, seeother_outbox")
        return url
    url = f"sqlite:///{folder}/shop.db"
    for statement in ("PRAGMA journal_mode = WAL", ORDERS["sqlite"], *tables("sqlite")):
        Books(url).rows(statement)
    return url


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each library in turn."""
    library: str = request.param
    return library


@pytest.fixture
def books(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Books:
    """The books of an empty shop, in the database that the library is for."""
    dialect = (AWAITING.get(name) or BLOCKING[name])[0]
    return Books(address(dialect, request, tmp_path))


Opener = Callable[..., AbstractAsyncContextManager[Shop]]


@pytest.fixture
def opened(name: str, books: Books) -> Opener:
    """Opens a shop of the library; each that is opened is as another process."""
    return partial(shop, name, books.url)


@pytest.fixture
async def here(opened: Opener) -> AsyncGenerator[Shop]:
    """One shop."""
    async with opened() as made:
        yield made
