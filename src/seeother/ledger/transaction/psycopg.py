# SPDX-License-Identifier: Apache-2.0
"""psycopg's connections and pools, joined; blocking and on an event loop."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol

from psycopg import AsyncConnection, Connection, ProgrammingError
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from seeother.errors import CallerError

from .dialect import Dialect, percent, used
from .joined import AsyncJoined, Joined, Rows

_WITHIN = (
    "the connection that once() has joined is committed by the guard, with the answer: leave out the "
    "`connection.transaction()` around once(), or give once() the pool"
)
_ACTIVE = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})


class Pool(Protocol):
    """What is used of `psycopg_pool.ConnectionPool`."""

    def getconn(self) -> Connection[Any]:
        """Lend a connection."""
        ...

    def putconn(self, conn: Connection[Any], /) -> None:
        """Take it back."""
        ...


class AsyncPool(Protocol):
    """What is used of `psycopg_pool.AsyncConnectionPool`."""

    async def getconn(self) -> AsyncConnection[Any]:
        """Lend a connection."""
        ...

    async def putconn(self, conn: AsyncConnection[Any], /) -> None:
        """Take it back."""
        ...


def joined(source: Any) -> Joined | AsyncJoined | None:  # noqa: ANN401 - pools are known by what they can do
    """The transaction of a connection, or of one that a pool lends; None for other things."""
    match source:
        case Connection():
            return ConnectionJoined(connection=source)
        case AsyncConnection():
            return AsyncConnectionJoined(connection=source)
        case _ if not hasattr(source, "getconn"):
            return None
        case _ if "Async" in type(source).__name__:
            return AsyncConnectionJoined(pool=source)
        case _:
            return ConnectionJoined(pool=source)


class ConnectionJoined(Joined):
    """The transaction of a connection."""

    dialect = Dialect.POSTGRESQL
    _connection: Connection[Any]

    def __init__(self, *, connection: Connection[Any] | None = None, pool: Pool | None = None) -> None:
        """Join this connection's, or that of one from this pool."""
        self._given = connection
        self._pool = pool

    @property
    def session(self) -> Connection[Any]:
        """The connection."""
        return self._connection

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction."""
        return not self._connection.closed and self._connection.info.transaction_status in _ACTIVE

    def open(self) -> None:
        """Begin, unless a transaction is under way; where nothing commits by itself the first statement begins."""
        if self._given is not None:
            self._connection = self._given
        elif self._pool is not None:
            self._connection = self._pool.getconn()
        if self._connection.autocommit and not self.is_open:
            self._connection.execute("BEGIN")

    def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(percent(statement).encode(), used(statement, parameters))
            return cursor.fetchall() if cursor.description else ()

    def savepoint(self) -> AbstractContextManager[object]:
        """What is undone alone when an exception leaves it."""
        return self._connection.transaction()

    def commit(self) -> None:
        """Commit it."""
        try:
            self._connection.commit()
        except ProgrammingError as error:
            raise CallerError(_WITHIN) from error

    def rollback(self) -> None:
        """Roll it back."""
        try:
            self._connection.rollback()
        except ProgrammingError as error:
            raise CallerError(_WITHIN) from error

    def close(self) -> None:
        """Give a connection back to its pool, which rolls back what is under way."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.putconn(self._connection)


class AsyncConnectionJoined(AsyncJoined):
    """The transaction of a connection on an event loop."""

    dialect = Dialect.POSTGRESQL
    _connection: AsyncConnection[Any]

    def __init__(self, *, connection: AsyncConnection[Any] | None = None, pool: AsyncPool | None = None) -> None:
        """Join this connection's, or that of one from this pool."""
        self._given = connection
        self._pool = pool

    @property
    def session(self) -> AsyncConnection[Any]:
        """The connection."""
        return self._connection

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction."""
        return not self._connection.closed and self._connection.info.transaction_status in _ACTIVE

    async def open(self) -> None:
        """Begin, unless a transaction is under way; where nothing commits by itself the first statement begins."""
        if self._given is not None:
            self._connection = self._given
        elif self._pool is not None:
            self._connection = await self._pool.getconn()
        if self._connection.autocommit and not self.is_open:
            await self._connection.execute("BEGIN")

    async def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        async with self._connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(percent(statement).encode(), used(statement, parameters))
            return await cursor.fetchall() if cursor.description else ()

    def savepoint(self) -> AbstractAsyncContextManager[object]:
        """What is undone alone when an exception leaves it."""
        return self._connection.transaction()

    async def commit(self) -> None:
        """Commit it."""
        try:
            await self._connection.commit()
        except ProgrammingError as error:
            raise CallerError(_WITHIN) from error

    async def rollback(self) -> None:
        """Roll it back."""
        try:
            await self._connection.rollback()
        except ProgrammingError as error:
            raise CallerError(_WITHIN) from error

    async def close(self) -> None:
        """Give a connection back to its pool, which rolls back what is under way."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.putconn(self._connection)
