# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy's sessions and connections, joined; ORM and Core. Those on an event loop have a file of their own.

Rules of this file: statements go to the connection under the session, which flushes nothing and expires nothing; a
session that is its caller's may commit only when the guard says so.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from seeother.errors import CallerError

from .dialect import Dialect, used
from .joined import Joined, Rows

COMMITTED_EARLY = (
    "the session that once() has joined is committed by the guard, with the answer: leave out this commit (and the "
    "`session.begin()` around it), or give once() the sessionmaker"
)


def joined(source: object) -> Joined | None:
    """The transaction of a session, a connection, or of a new one from a maker or an engine; None for other things."""
    match source:
        case Connection():
            return ConnectionJoined(lambda: source, owned=False)
        case Engine():
            return ConnectionJoined(source.connect, owned=True)
        case Session():
            return SessionJoined(lambda: source, owned=False)
        case scoped_session():
            return SessionJoined(source, owned=False)
        case sessionmaker():
            return SessionJoined(source, owned=True)
        case _:
            return None


class SessionJoined(Joined):
    """The transaction of an ORM session."""

    def __init__(self, make: Callable[[], Session], *, owned: bool) -> None:
        """Join the session that `make` gives; one that is `owned` is closed at the end."""
        self._make = make
        self._owned = owned
        self._listening = False

    @property
    def session(self) -> Session:
        """The session."""
        return self._session

    @property
    def is_open(self) -> bool:
        """Whether it is still the transaction that was joined."""
        return self._session.get_transaction() is self._root

    def open(self) -> None:
        """Begin, unless the session has begun."""
        self._session = self._make()
        self._connection = self._session.connection()
        self._root = self._session.get_transaction()
        self.dialect = Dialect.of(self._connection.dialect.name)
        begin(self._connection)
        if not self._owned:
            event.listen(self._session, "before_commit", self._before_commit)
            self._listening = True

    def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        return rows_of(self._connection, statement, parameters)

    def savepoint(self) -> AbstractContextManager[object]:
        """What is undone alone when an exception leaves it."""
        return self._session.begin_nested()

    def commit(self) -> None:
        """Commit it."""
        self._end()
        self._session.commit()

    def rollback(self) -> None:
        """Roll it back."""
        self._end()
        self._session.rollback()

    def close(self) -> None:
        """Close a session of our own."""
        self._end()
        if self._owned:
            self._session.close()

    def _end(self) -> None:
        if self._listening:
            self._listening = False
            event.remove(self._session, "before_commit", self._before_commit)

    def _before_commit(self, session: Session) -> None:
        if not session.in_nested_transaction() and self.is_open:
            raise CallerError(COMMITTED_EARLY)


class ConnectionJoined(Joined):
    """The transaction of a Core connection."""

    def __init__(self, make: Callable[[], Connection], *, owned: bool) -> None:
        """Join the connection that `make` gives; one that is `owned` is closed at the end."""
        self._make = make
        self._owned = owned

    @property
    def session(self) -> Connection:
        """The connection."""
        return self._connection

    @property
    def is_open(self) -> bool:
        """Whether it is still the transaction that was joined."""
        return not self._connection.closed and self._connection.get_transaction() is self._root

    def open(self) -> None:
        """Begin, unless the connection has begun."""
        self._connection = self._make()
        if not self._connection.in_transaction():
            self._connection.begin()
        self._root = self._connection.get_transaction()
        self.dialect = Dialect.of(self._connection.dialect.name)
        begin(self._connection)

    def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        return rows_of(self._connection, statement, parameters)

    def savepoint(self) -> AbstractContextManager[object]:
        """What is undone alone when an exception leaves it."""
        return self._connection.begin_nested()

    def commit(self) -> None:
        """Commit it."""
        self._connection.commit()

    def rollback(self) -> None:
        """Roll it back."""
        self._connection.rollback()

    def close(self) -> None:
        """Close a connection of our own."""
        if self._owned:
            self._connection.close()


def begin(connection: Connection) -> None:
    """Have SQLite begin for writing: the driver would begin later, for reading, and fail at the first write."""
    if connection.dialect.name != Dialect.SQLITE.value:
        return
    driver = connection.connection.driver_connection
    if driver is not None and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def rows_of(connection: Connection, statement: str, parameters: Mapping[str, Any]) -> Rows:
    """What a statement gives."""
    result = connection.execute(text(statement), used(statement, parameters))
    return result.fetchall() if result.returns_rows else ()
