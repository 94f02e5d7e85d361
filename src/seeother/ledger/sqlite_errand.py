# SPDX-License-Identifier: Apache-2.0
"""What a ledger in a SQLite file is asked for, as errands for the thread that writes it.

Each errand either is one statement or undoes what it has done when it fails: it shares its transaction with others.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from seeother.clock import SYSTEM_CLOCK
from seeother.errors import StoreError
from seeother.message import Response
from seeother.policy import Granted, LedgerKey, Unknown, Verdict

from .hang_timer import ENDING_SECONDS
from .sqlite_file import SQL
from .sqlite_rows import of_answer, of_claim, of_doubt, of_granted, of_key, of_renewal, standing

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection, float], Result]  # what to do at what time (seconds since the Unix epoch)

PURGE_ROWS = 500  # how much of what has had its time goes in one transaction
_PURGE_SECONDS = 30.0  # how often a claim looks for it


class Errand(Generic[Result]):
    """What somebody wants done in a transaction, and what became of it."""

    __slots__ = (
        "deadline",
        "failure",
        "future",
        "heard",
        "is_done",
        "is_dropped",
        "look",
        "patience",
        "result",
        "size",
        "undo",
        "work",
    )

    def __init__(
        self,
        work: Work[Result],
        patience: float,
        *,
        look: Work[Result | None] | None = None,
        undo: Callable[[Result], Work[bool] | None] | None = None,
        size: int = 0,
    ) -> None:
        """Want `work` done within `patience` seconds, unless a `look` outside of a transaction tells enough.

        `undo` says how to take back a result that nobody waits for any more; `size` is in bytes.
        """
        self.work = work
        self.look = look
        self.undo = undo
        self.size = size
        self.patience = patience
        self.deadline = SYSTEM_CLOCK.monotonic() + patience
        self.result: Any = None  # a Result, once it is done without a failure
        self.failure: StoreError | None = None
        self.is_done = False
        self.is_dropped = False  # by a thread that waits no longer
        self.heard: threading.Lock | None = None  # of a thread that waits
        self.future: asyncio.Future[Result] | None = None  # of a task that waits

    def is_wanted(self) -> bool:
        """Whether to do it: a claim that nobody waits for is not made, how one ended is written down all the same."""
        return self.undo is None or not (self.is_dropped or (self.future is not None and self.future.done()))

    def failed(self, failure: StoreError | None) -> None:
        """Forget what a transaction that was not committed said."""
        self.result = None
        self.failure = failure


class Errands:
    """The errands of one ledger; a claim waits `patience` seconds, what ends it at least ENDING_SECONDS."""

    def __init__(self, keep_unknown: float, patience: float) -> None:
        """An unknown outcome blocks its key for `keep_unknown` seconds."""
        self._keep_unknown = keep_unknown
        self._patience = patience
        self._next_purge = 0.0

    def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool) -> Errand[Verdict]:
        """A look that tells how a taken key stands, and what takes a free one."""

        def look(connection: sqlite3.Connection, now: float) -> Verdict | None:
            row = connection.execute(SQL.find, of_key(key, now)).fetchone()
            verdict = None if row is None else standing(row, fingerprint, now)
            return None if rerun and isinstance(verdict, Unknown) else verdict

        def work(connection: sqlite3.Connection, now: float) -> Verdict:
            values = of_claim(key, fingerprint, now, lease=lease, keep_unknown=self._keep_unknown)
            taken = connection.execute(SQL.take, values)
            if taken.rowcount != 1:
                verdict = look(connection, now)
                if verdict is not None:
                    return verdict
                taken = _retaken(connection, values, rerun=rerun)
            if taken.lastrowid is None:
                raise StoreError("SQLite gave a claim no token")
            token = taken.lastrowid
            if now >= self._next_purge:
                self._purge_aside(connection, now)
            return Granted(key, token)

        def undo(verdict: Verdict) -> Work[bool] | None:
            if not isinstance(verdict, Granted):
                return None
            # What was taken while its outcome was unknown is unknown again, and not free: nobody has found out.
            return (self.abandon(verdict) if rerun else self.release(verdict)).work

        return Errand(work, self._patience, look=look, undo=undo)

    def renew(self, granted: Granted, lease: float) -> Errand[bool]:
        """Lets the claim run until `lease` seconds from when it is done."""
        return self._moving(
            SQL.renew, lambda now: of_renewal(granted, now, lease=lease, keep_unknown=self._keep_unknown)
        )

    def settle(self, granted: Granted, answer: Response, keep: float) -> Errand[bool]:
        """Writes the answer down."""
        size = len(answer.content)
        return self._moving(SQL.settle, lambda now: of_answer(granted, now, answer=answer, keep=keep), size)

    def release(self, granted: Granted) -> Errand[bool]:
        """Frees the key of a running claim."""
        return self._moving(SQL.release, lambda now: of_granted(granted, now))

    def abandon(self, granted: Granted) -> Errand[bool]:
        """Writes down that nobody knows."""
        return self._moving(SQL.abandon, lambda now: of_doubt(granted, now, keep_unknown=self._keep_unknown))

    def clear(self, granted: Granted) -> Errand[bool]:
        """Frees the key of an unknown outcome."""
        return self._moving(SQL.clear, lambda now: of_granted(granted, now))

    def purge(self) -> Errand[int]:
        """Forgets at most PURGE_ROWS keys that have had their time."""
        return Errand(self._purge_some, ENDING_SECONDS)

    def _moving(self, statement: str, values: Callable[[float], dict[str, Any]], size: int = 0) -> Errand[bool]:
        """What moves a claim on, if it is the caller's."""
        return Errand(
            lambda connection, now: connection.execute(statement, values(now)).rowcount == 1,
            max(self._patience, ENDING_SECONDS),
            size=size,
        )

    def _purge_some(self, connection: sqlite3.Connection, now: float) -> int:
        self._next_purge = now + _PURGE_SECONDS
        gone = connection.execute(SQL.purge, {"now": now, "most": PURGE_ROWS}).rowcount
        if gone == PURGE_ROWS:
            self._next_purge = now  # there is more than one transaction should hold: the next claim goes on with it
        return gone

    def _purge_aside(self, connection: sqlite3.Connection, now: float) -> None:
        """Purge; where that fails the claim stands."""
        try:
            self._purge_some(connection, now)
        except sqlite3.Error:
            if not connection.in_transaction:
                raise  # SQLite gave up the claim, too


def _retaken(connection: sqlite3.Connection, values: dict[str, Any], *, rerun: bool) -> sqlite3.Cursor:
    """Take a key that has had its time, or with `rerun` one of unknown outcome; all of it or nothing."""
    connection.execute("SAVEPOINT retake")
    try:
        connection.execute(SQL.free, values)
        if rerun:
            connection.execute(SQL.free_unknown, values)
        taken = connection.execute(SQL.take, values)
    except sqlite3.Error:
        with suppress(sqlite3.Error):  # where SQLite gave up the transaction there is nothing to go back to
            connection.execute("ROLLBACK TO retake")
            connection.execute("RELEASE retake")
        raise
    connection.execute("RELEASE retake")
    return taken
