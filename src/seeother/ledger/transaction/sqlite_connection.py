# SPDX-License-Identifier: Apache-2.0
"""A connection of Python's own `sqlite3`, joined."""

import sqlite3
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from .dialect import Dialect, used
from .joined import Joined, Rows

_SAVEPOINT = "seeother_block"


class ConnectionJoined(Joined):
    """The transaction of a connection, whatever its `isolation_level` or `autocommit`."""

    dialect = Dialect.SQLITE

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Join this one's."""
        self._connection = connection

    @property
    def session(self) -> sqlite3.Connection:
        """The connection."""
        return self._connection

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction."""
        try:
            return self._connection.in_transaction
        except sqlite3.ProgrammingError:  # it is closed
            return False

    def open(self) -> None:
        """Begin for writing, unless a transaction is under way."""
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")

    def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        cursor = self._connection.cursor()
        cursor.row_factory = None  # plain tuples, whatever the connection's rows are
        return cursor.execute(statement, used(statement, parameters)).fetchall()

    @contextmanager
    def savepoint(self) -> Generator[None]:
        """What is undone alone when an exception leaves it."""
        self._connection.execute(f"SAVEPOINT {_SAVEPOINT}")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute(f"ROLLBACK TO {_SAVEPOINT}")
                self._connection.execute(f"RELEASE {_SAVEPOINT}")
            raise
        if self._connection.in_transaction:
            self._connection.execute(f"RELEASE {_SAVEPOINT}")

    def commit(self) -> None:
        """Commit it."""
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Roll it back."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Nothing was opened but the transaction."""
