# SPDX-License-Identifier: Apache-2.0
"""asyncpg's connections and pools, joined."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

from asyncpg import Connection, InterfaceError
from asyncpg.pool import Pool, PoolConnectionProxy
from asyncpg.transaction import Transaction

from seeother.errors import CallerError

from .dialect import Dialect, names_in, numbered
from .joined import AsyncJoined, Rows

_WITHIN = (
    "once() begins the transaction itself, for the guard ends it with the answer: leave out the "
    "`connection.transaction()` around it"
)


def joined(source: object) -> AsyncJoined | None:
    """The transaction of a connection, or of one that a pool lends; None for other things."""
    match source:
        case Connection() | PoolConnectionProxy():
            return ConnectionJoined(connection=source)
        case Pool():
            return ConnectionJoined(pool=source)
        case _:
            return None


class ConnectionJoined(AsyncJoined):
    """A transaction on a connection."""

    dialect = Dialect.POSTGRESQL
    _connection: "Connection[Any] | PoolConnectionProxy[Any]"
    _transaction: Transaction

    def __init__(
        self,
        *,
        connection: "Connection[Any] | PoolConnectionProxy[Any] | None" = None,
        pool: "Pool[Any] | None" = None,
    ) -> None:
        """Begin on this connection, or on one from this pool."""
        self._given = connection
        self._pool = pool

    @property
    def session(self) -> "Connection[Any] | PoolConnectionProxy[Any]":
        """The connection."""
        return self._connection

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction."""
        try:
            return not self._connection.is_closed() and self._connection.is_in_transaction()
        except InterfaceError:  # it was given back to its pool
            return False

    async def open(self) -> None:
        """Begin; raises CallerError when a transaction is under way, for nobody but its beginner can end it."""
        if self._given is not None:
            self._connection = self._given
        elif self._pool is not None:
            self._connection = await self._pool.acquire()
        if self._connection.is_in_transaction():
            raise CallerError(_WITHIN)
        self._transaction = self._connection.transaction()
        await self._transaction.start()

    async def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        values = [parameters[name] for name in names_in(statement)]
        return await self._connection.fetch(numbered(statement), *values)

    def savepoint(self) -> AbstractAsyncContextManager[object]:
        """What is undone alone when an exception leaves it."""
        return self._connection.transaction()

    async def commit(self) -> None:
        """Commit it."""
        await self._transaction.commit()

    async def rollback(self) -> None:
        """Roll it back."""
        if self.is_open:
            await self._transaction.rollback()

    async def close(self) -> None:
        """Give a connection back to its pool, which rolls back what is under way."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.release(cast("PoolConnectionProxy[Any]", self._connection))
