# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy's sessions and connections, joined; ORM and Core, blocking and on an event loop.

Rules of this file: statements go to the connection under the session, which flushes nothing and expires nothing; a
session that is its caller's may commit only when the guard says so.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, cast

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import Session, scoped_session

from seeother.errors import CallerError

from .dialect import Dialect, used
from .joined import AsyncJoined, Joined, Rows

_EARLY = (
    "the session that once() has joined is committed by the guard, with the answer: leave out this commit (and the "
    "`session.begin()` around it), or give once() the sessionmaker"
)


def joined(source: object) -> Joined | AsyncJoined | None:
    """The transaction of a session, a connection, or of a new one from a maker or an engine; None for other things."""
    if isinstance(source, (Connection, Engine, AsyncConnection, AsyncEngine)):
        return _of_connection(source)
    if isinstance(source, Session):
        return SessionJoined(lambda: source, owned=False)
    if isinstance(source, AsyncSession):
        return AsyncSessionJoined(lambda: source, owned=False)
    if isinstance(source, scoped_session):
        return SessionJoined(source, owned=False)
    return _of_maker(source)


def _of_connection(source: Connection | Engine | AsyncConnection | AsyncEngine) -> Joined | AsyncJoined:
    match source:
        case Connection():
            return ConnectionJoined(lambda: source, owned=False)
        case Engine():
            return ConnectionJoined(source.connect, owned=True)
        case AsyncConnection():
            return AsyncConnectionJoined(lambda: source, owned=False)
        case AsyncEngine():
            return AsyncConnectionJoined(source.connect, owned=True)


def _of_maker(source: object) -> Joined | AsyncJoined | None:
    made = getattr(source, "class_", None)
    if not callable(source) or not isinstance(made, type):
        return None
    if issubclass(made, AsyncSession):
        return AsyncSessionJoined(cast("Callable[[], AsyncSession]", source), owned=True)
    return SessionJoined(cast("Callable[[], Session]", source), owned=True) if issubclass(made, Session) else None


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
        _begin(self._connection)
        if not self._owned:
            event.listen(self._session, "before_commit", self._before_commit)
            self._listening = True

    def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        return _rows(self._connection, statement, parameters)

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
            raise CallerError(_EARLY)


class AsyncSessionJoined(AsyncJoined):
    """The transaction of an ORM session on an event loop."""

    def __init__(self, make: Callable[[], AsyncSession], *, owned: bool) -> None:
        """Join the session that `make` gives; one that is `owned` is closed at the end."""
        self._make = make
        self._owned = owned
        self._listening = False

    @property
    def session(self) -> AsyncSession:
        """The session."""
        return self._session

    @property
    def is_open(self) -> bool:
        """Whether it is still the transaction that was joined."""
        return self._session.sync_session.get_transaction() is self._root

    async def open(self) -> None:
        """Begin, unless the session has begun."""
        self._session = self._make()
        self._connection = await self._session.connection()
        self._root = self._session.sync_session.get_transaction()
        self.dialect = Dialect.of(self._connection.dialect.name)
        await self._connection.run_sync(_begin)
        if not self._owned:
            event.listen(self._session.sync_session, "before_commit", self._before_commit)
            self._listening = True

    async def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        return await self._connection.run_sync(_rows, statement, parameters)

    def savepoint(self) -> AbstractAsyncContextManager[object]:
        """What is undone alone when an exception leaves it."""
        return self._session.begin_nested()

    async def commit(self) -> None:
        """Commit it."""
        self._end()
        await self._session.commit()

    async def rollback(self) -> None:
        """Roll it back."""
        self._end()
        await self._session.rollback()

    async def close(self) -> None:
        """Close a session of our own."""
        self._end()
        if self._owned:
            await self._session.close()

    def _end(self) -> None:
        if self._listening:
            self._listening = False
            event.remove(self._session.sync_session, "before_commit", self._before_commit)

    def _before_commit(self, session: Session) -> None:
        if not session.in_nested_transaction() and self.is_open:
            raise CallerError(_EARLY)


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
        _begin(self._connection)

    def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        return _rows(self._connection, statement, parameters)

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


class AsyncConnectionJoined(AsyncJoined):
    """The transaction of a Core connection on an event loop."""

    def __init__(self, make: Callable[[], AsyncConnection], *, owned: bool) -> None:
        """Join the connection that `make` gives; one that is `owned` is opened here and closed at the end."""
        self._make = make
        self._owned = owned

    @property
    def session(self) -> AsyncConnection:
        """The connection."""
        return self._connection

    @property
    def is_open(self) -> bool:
        """Whether it is still the transaction that was joined."""
        sync = self._connection.sync_connection
        return sync is not None and not sync.closed and sync.get_transaction() is self._root

    async def open(self) -> None:
        """Begin, unless the connection has begun."""
        self._connection = self._make()
        if self._owned:
            await self._connection.start()
        if not self._connection.in_transaction():
            await self._connection.begin()
        sync = self._connection.sync_connection
        self._root = None if sync is None else sync.get_transaction()
        self.dialect = Dialect.of(self._connection.dialect.name)
        await self._connection.run_sync(_begin)

    async def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        return await self._connection.run_sync(_rows, statement, parameters)

    def savepoint(self) -> AbstractAsyncContextManager[object]:
        """What is undone alone when an exception leaves it."""
        return self._connection.begin_nested()

    async def commit(self) -> None:
        """Commit it."""
        await self._connection.commit()

    async def rollback(self) -> None:
        """Roll it back."""
        await self._connection.rollback()

    async def close(self) -> None:
        """Close a connection of our own."""
        if self._owned:
            await self._connection.close()


def _begin(connection: Connection) -> None:
    """Have SQLite begin for writing: the driver would begin later, for reading, and fail at the first write."""
    if connection.dialect.name != Dialect.SQLITE.value:
        return
    driver = connection.connection.driver_connection
    if driver is not None and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _rows(connection: Connection, statement: str, parameters: Mapping[str, Any]) -> Rows:
    result = connection.execute(text(statement), used(statement, parameters))
    return result.fetchall() if result.returns_rows else ()
