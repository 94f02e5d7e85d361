# SPDX-License-Identifier: Apache-2.0
"""A shop's database in SQLite, reached by SQLAlchemy."""

import sqlite3
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from seeother.ledger import tables
from tests.contract.transaction.libraries import ORDERS


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The path of a shop's database."""
    path = str(tmp_path / "shop.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in ("PRAGMA journal_mode = WAL", ORDERS["sqlite"], *tables("sqlite")):
            connection.execute(statement)
    return path


@pytest.fixture
def engine(shop: str) -> Iterator[Engine]:
    """An engine on it."""
    engine = create_engine(f"sqlite:///{shop}")
    yield engine
    engine.dispose()


@pytest.fixture
async def sessions(shop: str) -> AsyncGenerator[async_sessionmaker[AsyncSession]]:
    """Its sessions on an event loop."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{shop}")
    yield async_sessionmaker(engine)
    await engine.dispose()
