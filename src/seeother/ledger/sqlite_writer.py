# SPDX-License-Identifier: Apache-2.0
"""One thread that writes a ledger's file: whoever waits at the same time shares one commit.

A commit with `synchronous = FULL` waits for the disk, so each caller pays the disk's time divided by the callers.
Rules of this file: an errand is acknowledged only after the commit that holds it; one that fails takes no other with
it; nobody waits longer than their patience; what was granted to somebody who no longer waits is given back.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TypeVar, cast

from seeother.clock import SYSTEM_CLOCK
from seeother.errors import StoreError

from .returns import unread
from .sqlite_errand import Errand
from .sqlite_file import LedgerFile, is_busy
from .sqlite_time import LedgerTime

Result = TypeVar("Result")

_BATCH = 256  # errands that share a commit
_BATCH_BYTES = 8 << 20  # of answers that share a commit, so that no claim waits for a heap of them
_POLL_SECONDS = 0.001  # between two looks whether another process has done
_POLITE_SECONDS = 1.0  # for so long after another process was in the way, gaps are left for it
_GAP_SECONDS = 0.002  # more than a look apart: SQLite's lock has no queue
_GRACE_SECONDS = 0.03  # in which the thread may say why it fails, before its caller says that it is silent
_CLOSING_SECONDS = 5.0  # how long a close waits for errands under way

_pause = threading.Event().wait  # never set


class Writer:
    """Errands in, one transaction for all that wait, word of it out. Its thread starts with the first errand."""

    def __init__(self, file: LedgerFile, time: LedgerTime) -> None:
        """Write to this file; `time` is told to errands."""
        self._file = file
        self._time = time
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None  # of the file that is open
        self._polite_until = 0.0
        self.reborn()

    def reborn(self) -> None:
        """Begin anew, as a forked child must: the thread and whoever waited for it stay with the parent."""
        self._turn = threading.Lock()  # held while the file is open for something; before the mutex
        self._mutex = threading.Lock()  # for what follows
        self._queue: deque[Errand[Any]] = deque()
        self._thread: threading.Thread | None = None
        self._is_idle = False
        self._is_closing = False
        self._wake = threading.Lock()
        self._wake.acquire()

    @property
    def waiting(self) -> int:
        """How many errands have come and not been taken up."""
        return len(self._queue)

    def put(self, errand: Errand[Any]) -> None:
        """Have it done, and wait for nothing."""
        with self._mutex:
            self._queue.append(errand)
            if self._thread is None:
                self._start()
            elif self._is_idle:
                self._is_idle = False
                self._wake.release()

    def done(self, errand: Errand[Result]) -> Result:
        """Have it done, and wait."""
        errand.heard = heard = threading.Lock()
        heard.acquire()
        self.put(errand)
        if not heard.acquire(timeout=errand.patience + _GRACE_SECONDS):
            with self._mutex:
                if not errand.is_done:
                    errand.is_dropped = True
                    raise self._silence(errand)
        if errand.failure is not None:
            raise _again(errand.failure)
        return cast("Result", errand.result)

    async def awaited(self, errand: Errand[Result]) -> Result:
        """Have it done, and wait without holding the event loop up."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        errand.future = future
        self.put(errand)
        timer = loop.call_later(errand.patience + _GRACE_SECONDS, self._give_up, errand)
        try:
            return await future
        except asyncio.CancelledError:
            if unread(future) is not None:
                self._undo([errand])
            raise
        finally:
            timer.cancel()

    def close(self) -> None:
        """Let the thread end and close the file, once errands under way have ended."""
        with self._mutex:
            thread = self._thread
            self._is_closing = True
            if self._is_idle:
                self._is_idle = False
                self._wake.release()
        if thread is not None:
            thread.join(_CLOSING_SECONDS)

    def suspend(self) -> None:
        """Close the file between two transactions, and keep everyone out until `resume`."""
        self._turn.acquire()
        self._mutex.acquire()
        self._disconnect()

    def resume(self) -> None:
        """Let everyone in again; the next errand opens the file anew."""
        self._mutex.release()
        self._turn.release()

    def _start(self) -> None:
        self._is_closing = False
        thread = threading.Thread(target=self._work, name="seeother-ledger", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no thread to be had, or the interpreter is about to end
            self._queue.pop()
            raise StoreError(f"the ledger {self._file.path} has no thread to write: {error}", retryable=True) from error
        self._thread = thread

    def _work(self) -> None:
        pending: list[Errand[Any]] = []
        while self._taken(pending):
            with self._turn:
                is_clear = self._served(pending)
            if not is_clear:
                self._polite_until = SYSTEM_CLOCK.monotonic() + _POLITE_SECONDS
                _pause(_POLL_SECONDS)
            elif SYSTEM_CLOCK.monotonic() < self._polite_until:
                _pause(_GAP_SECONDS)

    def _taken(self, pending: list[Errand[Any]]) -> bool:
        """Take over what has come, waiting for it if there is nothing to do; False when the ledger is closed."""
        while True:
            with self._mutex:
                size = sum([errand.size for errand in pending])
                while self._queue and len(pending) < _BATCH and size < _BATCH_BYTES:
                    pending.append(self._queue.popleft())
                    size += pending[-1].size
                if pending:
                    return True
                if self._is_closing:
                    self._thread = None
                    self._disconnect()
                    return False
                self._is_idle = True
            self._wake.acquire()

    def _served(self, pending: list[Errand[Any]]) -> bool:
        """Do what can be done, and take it off the list; False when another process is in the way."""
        pending[:] = [errand for errand in pending if errand.is_wanted()]
        try:
            self._look(pending)
            if not pending:
                return True
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
        except Exception as error:  # noqa: BLE001 - the thread must live, and its callers must hear
            failure = self._failure(error)
            if isinstance(error, sqlite3.Error) and is_busy(error):
                now = SYSTEM_CLOCK.monotonic()
                late = [errand for errand in pending if errand.deadline <= now]
                pending[:] = [errand for errand in pending if errand.deadline > now]
            else:
                late, pending[:] = pending[:], []
                self._disconnect()
            for errand in late:
                errand.failed(failure)
            self._tell(late)
            return not pending
        batch, pending[:] = pending[:], []
        self._transact(connection, batch)
        self._tell(batch)
        return True

    def _look(self, pending: list[Errand[Any]]) -> None:
        """Answer what needs no transaction; each errand looks once."""
        looking = [errand for errand in pending if errand.look is not None]
        if not looking:
            return
        connection = self._opened()
        now = self._time.now()
        for errand in looking:
            look, errand.look = errand.look, None
            if look is not None:
                with suppress(sqlite3.Error):  # the transaction will tell what is wrong
                    errand.result = look(connection, now)
        answered = [errand for errand in looking if errand.result is not None]
        if answered:
            pending[:] = [errand for errand in pending if errand.result is None]
            self._tell(answered)

    def _transact(self, connection: sqlite3.Connection, batch: list[Errand[Any]]) -> None:
        """Do the errands in the transaction that is open; where that fails as a whole, each in one of its own."""
        try:
            self._attempt(connection, batch)
        except Exception as error:  # noqa: BLE001 - the thread must live, and its callers must hear
            self._disconnect()  # rolls back
            for errand in batch:
                errand.failed(self._failure(error))
            if len(batch) == 1:
                return
        else:
            return
        for errand in batch:
            try:
                connection = self._opened()
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                errand.failed(self._failure(error))
            else:
                errand.failed(None)
                self._transact(connection, [errand])

    def _attempt(self, connection: sqlite3.Connection, batch: list[Errand[Any]]) -> None:
        now = self._time.now()  # inside the lock, so that no process sees a time before that of the last writer
        for errand in batch:
            try:
                errand.result = errand.work(connection, now)
            except Exception as error:
                if not connection.in_transaction:
                    raise  # SQLite gave up all that the transaction did
                errand.failed(self._failure(error))
        connection.execute("COMMIT")

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._file.identity() != self._identity:
            self._disconnect()
        if self._connection is None:
            self._connection = self._file.connect()
            self._identity = self._file.identity()
        return self._connection

    def _failure(self, error: Exception) -> StoreError:
        if isinstance(error, sqlite3.Error):
            return self._file.failure(error)
        failure = StoreError(f"the ledger {self._file.path} failed: {error!r}")
        failure.__cause__ = error
        return failure

    def _tell(self, errands: Iterable[Errand[Any]]) -> None:
        """Say what became of them: to threads one by one, to an event loop at once for all its tasks."""
        by_loop: dict[asyncio.AbstractEventLoop, list[Errand[Any]]] = {}
        orphans: list[Errand[Any]] = []
        with self._mutex:
            for errand in errands:
                errand.is_done = True
                if errand.future is not None:
                    by_loop.setdefault(errand.future.get_loop(), []).append(errand)
                elif errand.heard is not None and not errand.is_dropped:
                    errand.heard.release()
                else:
                    orphans.append(errand)
        for loop, theirs in by_loop.items():
            try:
                loop.call_soon_threadsafe(self._deliver, theirs)
            except RuntimeError:  # the loop is closed, its tasks are gone
                orphans += theirs
        self._undo(orphans)

    def _deliver(self, errands: list[Errand[Any]]) -> None:
        """Hand results over, on the event loop."""
        orphans: list[Errand[Any]] = []
        for errand in errands:
            future = errand.future
            if future is None or future.done():
                orphans.append(errand)
            elif errand.failure is not None:
                future.set_exception(_again(errand.failure))
            else:
                future.set_result(errand.result)
        self._undo(orphans)

    def _undo(self, orphans: Iterable[Errand[Any]]) -> None:
        """Take back what nobody was there to receive."""
        for errand in orphans:
            if errand.undo is not None and errand.failure is None:
                work = errand.undo(errand.result)
                if work is not None:
                    self.put(Errand(work, _CLOSING_SECONDS))

    def _give_up(self, errand: Errand[Result]) -> None:
        if errand.future is not None and not errand.future.done():
            errand.future.set_exception(self._silence(errand))

    def _silence(self, errand: Errand[Result]) -> StoreError:
        return StoreError(
            f"the ledger {self._file.path} did not answer within {errand.patience:g} s: check its disk", retryable=True
        )

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _again(failure: StoreError) -> StoreError:
    """The same failure for one more who waits: an exception that is raised twice grows."""
    same = StoreError(*failure.args, retryable=failure.retryable)
    same.__cause__ = failure.__cause__
    return same
