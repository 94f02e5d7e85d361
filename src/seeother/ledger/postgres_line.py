# SPDX-License-Identifier: Apache-2.0
"""A few connections to PostgreSQL for one event loop: calls that wait for a commit share the next one.

A server that hangs is not waited for: the connection is cut off and its calls end with StoreError, for such a server
does not even hear that a statement is cancelled. A lost connection is opened anew and what has no answer yet is asked
again, once. A claim that comes too late is not granted. One that was granted to somebody who no longer waits, or has
been told that the ledger is away, is given back (`returns.py`).
"""

import asyncio
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from contextvars import Context
from typing import Any, NamedTuple

import psycopg
from psycopg import errors

from seeother.errors import SeeOtherError, StoreError

from .hang_timer import ENDING_SECONDS, PAUSE_SECONDS, HangTimer
from .postgres_rows import Row, is_decided, is_granted
from .returns import Returns, unread

CONNECTIONS = 2  # a loop: one gathers calls while the other waits for its commit
MOST = 32  # calls that share a commit

Connection = psycopg.AsyncConnection[Row]
_SETTINGS = (
    # Nothing else may be set for the role: two claims that meet would fail instead of seeing each other.
    "SELECT set_config('default_transaction_isolation', 'read committed', false), "
    "set_config('lock_timeout', '100ms', false), set_config('statement_timeout', '2s', false), "
    # A commit that is not on disk is no claim; a role may have more than that, and keeps it.
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END, "
    "extract(epoch FROM clock_timestamp())::float8"
)


class Locked(StoreError):  # noqa: N818 - it says what happened
    """Another transaction, not one of ours, holds the row."""


class Statement(NamedTuple):
    """What to run; `expires` tells that it is not to take effect when it comes too late, and may be asked twice."""

    text: str
    values: dict[str, Any]
    expires: bool = False

    @property
    def size(self) -> int:
        """Bytes of the answer that it writes down."""
        return len(self.values.get("answer", b""))


class Asked:
    """A statement that waits for its rows; `undo` makes what takes a claim back of which nobody has heard."""

    __slots__ = ("again", "future", "is_open", "statement", "undo")

    def __init__(
        self,
        statement: Statement,
        future: "asyncio.Future[list[Row]]",
        undo: Callable[[], Statement] | None = None,
        *,
        again: bool = False,
    ) -> None:
        """Not yet sent, or sent once and not heard of."""
        self.is_open = again  # the server may have carried it out
        self.statement = statement
        self.future = future
        self.undo = undo
        self.again = again

    @property
    def place(self) -> bytes:
        """Where it comes among others: by key, so that no two transactions wait for each other; without one, last."""
        place: bytes = self.statement.values.get("id", b"\xff" * 33)
        return place


class Lines:
    """The calls of one event loop, and the tasks that run them, one a connection."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        prepare: Callable[[Connection], Awaitable[None]],
        patience: float,
    ) -> None:
        """Nothing is opened until something is asked; a new connection is then prepared."""
        self.patience = patience
        self.connect = connect
        self.prepare = prepare
        self.loop = asyncio.get_running_loop()
        self.waiting: deque[Asked] = deque()
        self.idle: list[asyncio.Future[None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.returns = Returns(self.ask)

    async def end(self, statement: Statement) -> list[Row]:
        """The rows of a statement that ends a claim: tried again for a while when the server is away."""
        limit = self.loop.time() + ENDING_SECONDS
        again = False
        while True:
            try:
                return await self.ask(statement, again=again)
            except StoreError as error:
                if not error.retryable or self.loop.time() >= limit:
                    raise
            again = True
            await asyncio.sleep(PAUSE_SECONDS)

    async def ask(
        self,
        statement: Statement,
        undo: Callable[[], Statement] | None = None,
        *,
        again: bool = False,
    ) -> list[Row]:
        """The rows that a statement answers; StoreError when there are none in time."""
        asked = Asked(statement, self.loop.create_future(), undo, again=again)
        self.put(asked)
        try:
            return await asked.future
        except asyncio.CancelledError:
            if undo is not None and (rows := unread(asked.future)) and is_granted(statement.values, rows[0]):
                self.returns.owe(undo(), self.loop.time())
            raise

    def put(self, asked: Asked) -> None:
        """Have a statement run by whichever connection is free."""
        self.waiting.append(asked)
        if self.idle:
            turn = self.idle.pop()
            if not turn.done():
                turn.set_result(None)
        elif len(self._tasks) < CONNECTIONS:
            # They serve all, so they must not run in the context of the request that happened to be the first.
            task = self.loop.create_task(_Line(self).serve(), name="seeother ledger", context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def put_aside(self, statement: Statement, then: Callable[[list[Row]], None]) -> None:
        """Have a statement run that nobody waits for; what went wrong with it is not told."""
        future: asyncio.Future[list[Row]] = self.loop.create_future()

        def done(future: "asyncio.Future[list[Row]]") -> None:
            if not future.cancelled() and future.exception() is None:
                then(future.result())

        future.add_done_callback(done)
        self.put(Asked(statement, future))

    def close(self) -> None:
        """Close the connections; to be called from any thread, while the loop runs or after."""
        if not self.loop.is_closed():
            with suppress(RuntimeError):  # closed meanwhile
                self.loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        self.returns.close()
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not self._tasks:
            self.idle.clear()
            _fail(self.waiting, StoreError("the ledger has been closed"))
            self.waiting.clear()


class _Line:
    """One connection, and what it is doing."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._loop = lines.loop
        self._connection: Connection | None = None
        self._connecting: asyncio.Timeout | None = None
        self._timer: HangTimer
        self._cut = False
        self._ahead = 0.0  # the server's clock less the loop's, at most

    async def serve(self) -> None:
        lines = self._lines
        try:
            while True:
                if not lines.waiting:
                    turn = self._loop.create_future()
                    lines.idle.append(turn)
                    await turn
                batch: list[Asked] = []
                while lines.waiting and len(batch) < MOST:
                    asked = lines.waiting.popleft()
                    if asked.undo is None or not asked.future.done():  # else nobody waits for the claim
                        batch.append(asked)
                if batch:
                    await self._answer(batch)
        except GeneratorExit:
            raise  # the loop is gone, and nothing can be waited for any more
        except BaseException:
            await self._hang_up()
            raise

    async def _answer(self, batch: list[Asked]) -> None:
        """Have each of the batch answered before the server counts as hanging."""
        pending = sorted(batch, key=lambda asked: asked.place)
        self._cut = False
        size = sum([asked.statement.size for asked in batch])
        self._timer = HangTimer(self._loop, self._cut_off, patience=self._lines.patience, size=size)
        try:
            try:
                await self._carry_out(pending)
            except (psycopg.OperationalError, OSError) as error:
                if self._cut or _is_refusal(error):
                    raise
                await self._hang_up()
                for asked in pending:
                    asked.again = True
                await self._carry_out(pending)
        except (psycopg.Error, OSError) as error:
            await self._hang_up()
            self._lose(pending, self._hung() if self._cut else told(error))
            if self._cut:
                _fail(self._lines.waiting, self._hung())  # they have waited for the same server
                self._lines.waiting.clear()
        except SeeOtherError as error:
            await self._hang_up()
            self._lose(pending, StoreError(str(error)))
        except GeneratorExit:
            raise
        except BaseException:
            _fail(pending, StoreError("the ledger has been closed"))
            raise
        finally:
            self._timer.stop()

    async def _carry_out(self, pending: list[Asked]) -> None:
        """Run all in one transaction; where one of them fails, each in its own. What is answered leaves `pending`."""
        connection = self._connection or await self._open()
        for asked in pending:
            asked.is_open = True
        while pending:
            if len(pending) > 1:
                try:
                    answers = await self._together(connection, pending)
                except psycopg.Error:
                    if connection.closed:
                        raise
                    await connection.rollback()
                    answers = [await self._alone(connection, asked) for asked in pending]
            else:
                answers = [await self._alone(connection, pending[0])]
            for asked, answer in zip(tuple(pending), answers, strict=True):
                if isinstance(answer, StoreError) or not self._must_ask_again(asked, answer):
                    pending.remove(asked)
                    self._reply(asked, answer)

    async def _together(self, connection: Connection, batch: list[Asked]) -> list[list[Row] | StoreError]:
        async with connection.pipeline():
            await connection.execute("BEGIN")
            cursors = [
                await connection.execute(asked.statement.text.encode(), self._values(asked), prepare=True, binary=True)
                for asked in batch
            ]
            end = await connection.execute("COMMIT")
        if end.statusmessage != "COMMIT":
            raise psycopg.OperationalError("the transaction was not committed")
        return [await cursor.fetchall() for cursor in cursors]

    async def _alone(self, connection: Connection, asked: Asked) -> list[Row] | StoreError:
        try:
            cursor = await connection.execute(
                asked.statement.text.encode(), self._values(asked), prepare=True, binary=True
            )
            return await cursor.fetchall()
        except psycopg.Error as error:
            if connection.closed:
                raise
            return told(error)

    def _values(self, asked: Asked) -> dict[str, Any]:
        values = asked.statement.values
        values["again"] = asked.again
        if asked.statement.expires:
            values["not_after"] = None if values["now"] is not None else self._timer.deadline + self._ahead
        return values

    def _must_ask_again(self, asked: Asked, rows: list[Row]) -> bool:
        """Whether a claim was neither granted nor found: somebody was faster, or the server's clock has jumped."""
        if not asked.statement.expires or is_decided(asked.statement.values, rows[0]):
            return False
        self._ahead = rows[0][0] - self._loop.time()
        return True

    def _reply(self, asked: Asked, answer: list[Row] | StoreError) -> None:
        if isinstance(answer, StoreError):
            asked.is_open = asked.again
            self._lose((asked,), answer)
        elif not asked.future.done():
            asked.future.set_result(answer)
        elif asked.undo is not None and is_granted(asked.statement.values, answer[0]):
            self._lines.returns.owe(asked.undo(), self._loop.time())

    def _lose(self, batch: Iterable[Asked], error: StoreError) -> None:
        """Tell each that waits, and take back what of theirs the server may have carried out all the same."""
        batch = tuple(batch)
        _fail(batch, error)
        for asked in batch:
            if asked.is_open and asked.undo is not None:
                self._lines.returns.owe(asked.undo(), self._timer.deadline)

    async def _open(self) -> Connection:
        async with asyncio.timeout(None) as limit:
            self._connecting = limit
            try:
                connection = await self._lines.connect()
            finally:
                self._connecting = None
        self._connection = connection  # from here on it can be cut off
        await self._lines.prepare(connection)
        ((*_, time),) = await (await connection.execute(_SETTINGS)).fetchall()
        self._ahead = time - self._loop.time()
        return connection

    def _hung(self) -> StoreError:
        return StoreError(f"PostgreSQL has not answered within {self._lines.patience} s", retryable=True)

    def _cut_off(self) -> None:
        """Have whoever waits for the server hear that it is gone."""
        self._cut = True
        if self._connecting is not None:
            self._connecting.reschedule(self._loop.time())
        if self._connection is not None and not self._connection.closed:
            with suppress(OSError), socket.socket(fileno=self._connection.fileno()) as end:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                finally:
                    end.detach()  # it is libpq's to close

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def told(error: Exception) -> StoreError:
    """An error of PostgreSQL as ours, with what to do about it."""
    retryable = isinstance(error, psycopg.OperationalError | OSError)
    kind = Locked if isinstance(error, errors.LockNotAvailable) else StoreError
    return kind(f"the ledger in PostgreSQL failed ({_line_of(error)}): check that it runs, the role's rights and "
                      "the free space", retryable=retryable)  # fmt: skip


def _line_of(error: Exception) -> str:
    return " ".join(str(error).split())


def _is_refusal(error: Exception) -> bool:
    """Whether the server is there and does not want to: asking again at once does not help."""
    return isinstance(error, errors.InvalidPassword | errors.InvalidAuthorizationSpecification | errors.UndefinedTable)


def _fail(batch: Iterable[Asked], error: StoreError) -> None:
    """Tell each that waits; every one gets an error of its own, for a raised one collects its tracebacks."""
    for asked in batch:
        if not asked.future.done():
            asked.future.set_exception(type(error)(str(error), retryable=error.retryable))
