# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy's sessions and connections on an event loop, joined; ORM and Core.

They need greenlet, which SQLAlchemy brings only with its extra `asyncio`: who blocks does without it, and this file.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from seeother.errors import CallerError

from .dialect import Dialect
from .joined import AsyncJoined, Rows
from .sqlalchemy import COMMITTED_EARLY, begin, rows_of


def joined(source: object) -> AsyncJoined | None:
    """The transaction of a session, a connection, or of a new one from a maker or an engine; None for other things."""
    match source:
        case AsyncConnection():
            return AsyncConnectionJoined(lambda: source, owned=False)
        case AsyncEngine():
            return AsyncConnectionJoined(source.connect, owned=True)
        case AsyncSession():
            return AsyncSessionJoined(lambda: source, owned=False)
        case _:
            return _of_maker(source)


def _of_maker(source: object) -> AsyncJoined | None:
    """Of an `async_sessionmaker`, or of a `sessionmaker` whose class is AsyncSession."""
    made = getattr(source, "class_", None)
    if not callable(source) or not isinstance(made, type) or not issubclass(made, AsyncSession):
        return None
    return AsyncSessionJoined(cast("Callable[[], AsyncSession]", source), owned=True)


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
        await self._connection.run_sync(begin)
        if not self._owned:
            event.listen(self._session.sync_session, "before_commit", self._before_commit)
            self._listening = True

    async def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        return await self._connection.run_sync(rows_of, statement, parameters)

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
            raise CallerError(COMMITTED_EARLY)


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
        await self._connection.run_sync(begin)

    async def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        return await self._connection.run_sync(rows_of, statement, parameters)

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
