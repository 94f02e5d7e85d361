# SPDX-License-Identifier: Apache-2.0
"""Where a component is killed: each ledger with each promise that it can keep, in stores of its own.

A ledger in memory dies with its process, and its claims with it, so that only a transaction keeps an action single:
`memory` stands in the matrix with that promise alone.
"""

import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from seeother.ledger import tables
from seeother.settings import Settings, read_settings

LEASE = 0.25  # seconds; short, so that ten thousand of them can be waited for
WAITING = {"busy_timeout": 5000, "journal_mode": "WAL", "synchronous": "NORMAL"}
EFFECTS = "CREATE TABLE IF NOT EXISTS effect (key TEXT NOT NULL, nonce TEXT NOT NULL)"
# What a provider knows: what it was asked for, and by which key; it charges once for a key.
CHARGES = "CREATE TABLE IF NOT EXISTS charge (key TEXT PRIMARY KEY, nonce TEXT NOT NULL)"
ASKED = "CREATE TABLE IF NOT EXISTS asked (key TEXT NOT NULL, nonce TEXT NOT NULL)"


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers that ledgers live in, and a folder for files."""

    folder: Path
    postgres: str
    redis: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One ledger, one promise, and where everything is: URLs of the ledger and of the business rows."""

    ledger: str
    policy: str
    ledger_url: str
    business: str
    provider: Path

    @property
    def name(self) -> str:
        """As a report says it."""
        return f"{self.ledger} {self.policy}"

    @property
    def is_transactional(self) -> bool:
        """Whether the handler acts inside `once`."""
        return self.policy == "transactional"

    @property
    def settings(self) -> Settings:
        """The guard's; with a ledger that is not the database, a transactional action is claimed in both."""
        declared = self.is_transactional and self.ledger != "redis"
        again = "rerun" if self.policy != "unknown" else "unknown"
        route = {"match": "POST /orders", "idempotency": "required", "principal": "shared",
                 "after_crash": again, "transactional": declared}  # fmt: skip
        return read_settings({"ledger": {"url": self.ledger_url}, "route": [route]}, {})

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What stands in the business rows' database."""
        if self.business.startswith("postgresql"):
            with psycopg.connect(self.business, autocommit=True) as connection:
                cursor = connection.execute(statement.encode())
                return cursor.fetchall() if cursor.description else []
        return in_file(Path(self.business), statement)

    @property
    def charges(self) -> list[tuple[Any, ...]]:
        """What the provider has charged: key and nonce."""
        return in_file(self.provider, "SELECT key, nonce FROM charge")


def in_file(path: Path, statement: str, *values: str) -> list[tuple[Any, ...]]:
    """Run a statement in a SQLite file, and commit it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name, value in WAITING.items():
            connection.execute(f"PRAGMA {name} = {value}")
        return connection.execute(statement, values).fetchall()


PROMISES = {
    "memory": ("transactional",),
    "sqlite": ("unknown", "rerun", "transactional"),
    "postgres": ("unknown", "rerun", "transactional"),
    "redis": ("unknown", "rerun", "transactional"),
}
NAMES = [(ledger, policy) for ledger, policies in PROMISES.items() for policy in policies]


def make_cell(servers: Servers, ledger: str, policy: str) -> Cell:
    """Empty stores for one ledger with one promise."""
    folder = servers.folder / f"{ledger}-{policy}-{token_hex(3)}"
    folder.mkdir()
    schema = f"crash_{token_hex(5)}"
    urls = {
        "memory": "memory://",
        "sqlite": f"sqlite:///{folder}/ledger.db",
        "postgres": f"{servers.postgres}?options=-csearch_path%3D{schema}",
        "redis": f"{servers.redis}?patience=9&loss=accepted&prefix={schema}",
    }
    is_there = ledger == "postgres" and policy == "transactional"
    url = urls[ledger] + ("&patience=9" if ledger == "postgres" else "")  # for a machine that has much else to do
    cell = Cell(ledger, policy, url, urls["postgres"] if is_there else f"{folder}/business.db",
                folder / "provider.db")  # fmt: skip
    if ledger == "postgres":
        with psycopg.connect(servers.postgres, autocommit=True) as connection:
            connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    dialect = "postgresql" if is_there else "sqlite"
    for statement in (EFFECTS, *(tables(dialect) if cell.is_transactional else ())):
        cell.rows(statement)
    for statement in (CHARGES, ASKED):
        in_file(cell.provider, statement)
    return cell


def short_leases() -> None:
    """Let this process's guards take claims for a moment only."""
    sys.modules["seeother.policy.idempotency.once"].LEASE_SECONDS = LEASE  # type: ignore[attr-defined]
