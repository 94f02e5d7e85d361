# SPDX-License-Identifier: Apache-2.0
"""One connection to Redis for one event loop: what is asked in one turn of the loop leaves as one pipeline.

A server that hangs is not waited for: its calls end with StoreError. A lost connection is opened anew and what has no
reply yet is asked again, once. A claim that reaches the server too late is not granted: with it comes until when it may
be, by the server's clock. One that was granted to somebody who no longer waits, or has been told that the ledger is
away, is given back (`returns.py`).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from typing import Protocol, cast

from hiredis import pack_command
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as TooSlowError

from seeother.errors import StoreError

from .hang_timer import ENDING_SECONDS, PAUSE_SECONDS, HangTimer
from .redis_fitness import QUESTIONS, Fitness, server_time
from .redis_steps import MICRO, Call, Reply, is_granted, is_late
from .returns import Returns, unread

as_sent = cast("Callable[[tuple[bytes, ...]], bytes]", pack_command)  # its own types take single items only


class Wire(Protocol):
    """What is used of an asynchronous connection of redis-py, which is typed in part."""

    async def connect(self) -> None:
        """Connect, and say who we are."""
        ...

    async def disconnect(self, nowait: bool = False) -> None:  # noqa: FBT001, FBT002 - as it is there
        """Close."""
        ...

    async def send_packed_command(self, command: list[bytes], check_health: bool = True) -> None:  # noqa: FBT001, FBT002
        """Send bytes."""
        ...

    async def read_response(self, disable_decoding: bool = False, *, disconnect_on_error: bool = True) -> Reply:  # noqa: FBT001, FBT002
        """The next reply; raises what the server refuses."""
        ...


class Asked:
    """A call that waits for its reply; `undo` makes the call that takes a claim back of which nobody has heard."""

    __slots__ = ("again", "call", "future", "is_open", "undo", "whole")

    def __init__(
        self,
        call: Call,
        future: "asyncio.Future[Reply]",
        undo: Callable[[], Call] | None = None,
        *,
        again: bool = False,
    ) -> None:
        """Not yet sent, or sent once and not heard of."""
        self.is_open = again  # the server may have carried it out
        self.call = call
        self.future = future
        self.undo = undo
        self.again = again
        self.whole = False


class Line:
    """The calls of one event loop, and the task that sends them and reads the replies."""

    def __init__(self, connect: Callable[[], Wire], fitness: Fitness, patience: float) -> None:
        """Nothing is opened until something is asked."""
        self._patience = patience
        self._connect = connect
        self._fitness = fitness
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Asked] = deque()
        self._idle: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._connection: Wire | None = None
        self._deadline = 0.0  # of the calls under way, by the loop's clock
        self._ahead = 0.0  # the server's clock less the loop's, at most
        self._returns = Returns(self.ask)

    async def end(self, call: Call) -> Reply:
        """The reply to a call that ends a claim: tried again for a while when the server is away."""
        limit = self._loop.time() + ENDING_SECONDS
        again = False
        while True:
            try:
                return await self.ask(call, again=again)
            except StoreError as error:
                if not error.retryable or self._loop.time() >= limit:
                    raise
            again = True
            await asyncio.sleep(PAUSE_SECONDS)

    async def ask(self, call: Call, undo: Callable[[], Call] | None = None, *, again: bool = False) -> Reply:
        """The reply to a call; StoreError when there is none in time."""
        loop = self._loop
        future: asyncio.Future[Reply] = loop.create_future()
        self._waiting.append(Asked(call, future, undo, again=again))
        if self._idle is not None:
            if not self._idle.done():
                self._idle.set_result(None)
            self._idle = None
        elif self._task is None:
            # It serves all, so it must not run in the context of the request that happened to be the first.
            self._task = loop.create_task(self._serve(), name="seeother ledger", context=Context())
        try:
            return await future
        except asyncio.CancelledError:
            if undo is not None and is_granted(unread(future)):
                self._returns.owe(undo(), loop.time())
            raise

    def close(self) -> None:
        """Close the connection; to be called from any thread, while the loop runs or after."""
        if not self._loop.is_closed():
            with suppress(RuntimeError):  # closed meanwhile
                self._loop.call_soon_threadsafe(self._cancel)

    def give_back(self, call: Call, due: float) -> None:
        """Take a claim back that cannot be granted any more from `due` on, by the loop's clock."""
        self._returns.owe(call, due)

    def _cancel(self) -> None:
        self._returns.close()
        if self._task is not None:
            self._task.cancel()

    async def _serve(self) -> None:
        try:
            while True:
                if not self._waiting:
                    self._idle = self._loop.create_future()
                    await self._idle
                # A claim that nobody waits for any more is not even made.
                batch = deque([asked for asked in self._waiting if asked.undo is None or not asked.future.done()])
                self._waiting.clear()
                if batch:
                    await self._answer(batch)
        except GeneratorExit:
            raise  # the loop is gone, and nothing can be waited for any more
        except BaseException:
            self._task = self._idle = None
            await self._hang_up()
            _fail(self._waiting, StoreError("the ledger has been closed"))
            self._waiting.clear()
            raise

    async def _answer(self, batch: deque[Asked]) -> None:
        """Have each of the batch answered, in their order, before the server counts as hanging."""
        try:
            async with asyncio.timeout(None) as limit:
                timer = HangTimer(
                    self._loop,
                    lambda: limit.reschedule(self._loop.time()),
                    patience=self._patience,
                    size=sum([asked.call.size for asked in batch]),
                )
                self._deadline = timer.deadline
                try:
                    await self._exchange(batch)
                except (LostError, OSError):
                    await self._hang_up()
                    for asked in batch:
                        asked.again = True
                    await self._exchange(batch)
                finally:
                    timer.stop()
        except TimeoutError:
            await self._hang_up()
            hung = StoreError(f"Redis has not answered within {self._patience} s", retryable=True)
            self._lose(batch, hung)
            _fail(self._waiting, hung)  # they have waited for the same server
            self._waiting.clear()
        except (RedisError, OSError) as error:
            await self._hang_up()
            self._lose(batch, told(error))
        except StoreError as error:
            await self._hang_up()
            self._lose(batch, error)
        except GeneratorExit:
            raise
        except BaseException:
            _fail(batch, StoreError("the ledger has been closed"))
            raise

    async def _exchange(self, batch: deque[Asked]) -> None:
        """Send all as one and read the replies; what is answered leaves the batch, what must be sent again stays."""
        connection = self._connection or await self._open()
        while batch:
            not_after = b"%d" % ((self._deadline + self._ahead) * MICRO)
            commands = [
                as_sent(asked.call.command(again=asked.again, not_after=not_after, whole=asked.whole))
                for asked in batch
            ]
            were_open = [asked.is_open for asked in batch]
            for asked in batch:
                asked.is_open = True
            await connection.send_packed_command(commands, check_health=False)
            for was_open in were_open:
                reply: Reply
                try:
                    reply = await connection.read_response(disable_decoding=True, disconnect_on_error=False)
                except NoScriptError:
                    batch[0].whole = True
                    batch[0].is_open = was_open
                    batch.rotate(-1)
                    continue
                except LostError:
                    raise
                except ResponseError as error:
                    batch[0].is_open = was_open
                    self._lose((batch.popleft(),), told(error))
                    continue
                if batch[0].call.expires and is_late(reply):
                    self._ahead = server_ahead(reply, self._loop.time())
                    batch[0].is_open = False
                    batch.rotate(-1)
                    continue
                self._reply(batch.popleft(), reply)

    def _reply(self, asked: Asked, reply: Reply) -> None:
        if not asked.future.done():
            asked.future.set_result(reply)
        elif asked.undo is not None and is_granted(reply):
            self._returns.owe(asked.undo(), self._loop.time())

    def _lose(self, batch: "deque[Asked] | tuple[Asked, ...]", error: StoreError) -> None:
        """Tell each that waits, and take back what of theirs the server may have carried out all the same."""
        _fail(batch, error)
        for asked in batch:
            if asked.is_open and asked.undo is not None:
                self._returns.owe(asked.undo(), self._deadline)

    async def _open(self) -> Wire:
        connection = self._connect()
        try:
            await connection.connect()
            await connection.send_packed_command([as_sent(question) for question in QUESTIONS])
            replies: list[Reply | ResponseError] = []
            for _ in QUESTIONS:
                try:
                    replies.append(await connection.read_response(disable_decoding=True, disconnect_on_error=False))
                except LostError:
                    raise
                except ResponseError as error:
                    replies.append(error)
            self._ahead = server_time(replies) - self._loop.time()
            self._fitness.judge(replies)
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._connection = connection
        return connection

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)


def server_ahead(reply: Reply, now: float) -> float:
    """How far the server's clock is ahead of ours, at most, from what a late claim was told."""
    match reply:
        case [int(time)]:
            return time / MICRO - now
        case _:
            raise ValueError(reply)


def told(error: Exception) -> StoreError:
    """An error of Redis as ours, with what to do about it."""
    return StoreError(f"the ledger in Redis failed ({error}): check that it runs, its rights and its memory",
                      retryable=isinstance(error, LostError | TooSlowError | OSError))  # fmt: skip


def _fail(batch: "deque[Asked] | tuple[Asked, ...]", error: StoreError) -> None:
    """Tell each that waits; every one gets an error of its own, for a raised one collects its tracebacks."""
    for asked in batch:
        if not asked.future.done():
            asked.future.set_exception(StoreError(str(error), retryable=error.retryable))
