# SPDX-License-Identifier: Apache-2.0
"""A ledger in a SQLite file: the default, safe across threads and processes of one machine.

WAL, so that replays read while another writes. `synchronous = FULL`, because a claim that a power cut forgets lets its
action run twice; `normal` survives the death of the process but not always that of the machine, and waits for no disk.
Times are the machine's wall clock, the only one that several processes share and that survives a restart; when it
jumps ahead, a running claim reads as unknown.
"""

import os
import sqlite3
import threading
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import SettingsError, StoreError
from seeother.message import Response
from seeother.policy import Doubt, Granted, LedgerKey, Unknown, Verdict

from .awaited import InThread
from .port import UNKNOWN_SECONDS, AsyncLedger
from .sqlite_rows import (
    of_answer,
    of_claim,
    of_doubt,
    of_granted,
    of_key,
    of_renewal,
    standing,
    statements,
)

_APPLICATION_ID = 0x5365654F  # "SeeO", so that we know a file of ours, and `file` can be taught to
_SCHEMA_VERSION = 2
_BUSY_SECONDS = 5.0  # how long to wait for another process's write
_PURGE_SECONDS = 30.0  # how often a claim looks for what has had its time
_PURGE_ROWS = 500  # how much of it goes in one transaction
_SQL = statements()

_LEDGERS: "weakref.WeakSet[SQLiteLedger]" = weakref.WeakSet()
_SUSPENDED: "list[SQLiteLedger]" = []  # while a fork is under way
_OPENING = threading.Lock()


class SQLiteLedger:
    """Keys and answers in one table of one file; one connection reads, one writes, each under its lock."""

    blocking = True

    def __init__(
        self,
        path: str | Path,
        *,
        clock: Clock = SYSTEM_CLOCK,
        keep_unknown: float = UNKNOWN_SECONDS,
        synchronous: Literal["full", "normal"] = "full",
        patience: float = _BUSY_SECONDS,
    ) -> None:
        """Create or open the file; raises StoreError or SettingsError with the cure when that cannot be.

        A call waits up to `patience` seconds while another process writes.
        """
        self._path = Path(path).absolute()
        self._clock = clock
        self._keep_unknown = keep_unknown
        self._synchronous = synchronous
        self._patience = patience
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._next_purge = 0.0
        self._prepare()
        _LEDGERS.add(self)

    @property
    def awaitable(self) -> AsyncLedger:
        """The same ledger for an event loop."""
        return InThread(self)

    def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands; `rerun` takes an unknown one too."""
        while True:
            now = self._clock.time()
            verdict = self._standing(key, fingerprint, now)
            if verdict is not None and not (rerun and isinstance(verdict, Unknown)):
                return verdict
            values = of_claim(key, fingerprint, now, lease=lease, keep_unknown=self._keep_unknown)
            with self._write() as connection:
                connection.execute(_SQL.free, values)
                if rerun:
                    connection.execute(_SQL.free_unknown, values)
                taken = connection.execute(_SQL.take, values)
                if taken.rowcount == 1 and now >= self._next_purge:
                    self._purge_some(connection, now)
            if taken.rowcount == 1 and taken.lastrowid is not None:
                return Granted(key, taken.lastrowid)
            # Someone was faster: look again how it stands.

    def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now; False when it is no longer ours or no longer running."""
        values = of_renewal(granted, self._clock.time(), lease=lease, keep_unknown=self._keep_unknown)
        return self._moved(_SQL.renew, values)

    def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds; False, and nothing changed, when the claim is no longer ours."""
        return self._moved(_SQL.settle, of_answer(granted, self._clock.time(), answer=answer, keep=keep))

    def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened; False when the claim is no longer ours."""
        return self._moved(_SQL.release, of_granted(granted, self._clock.time()))

    def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown; False when the claim is no longer ours."""
        return self._moved(_SQL.abandon, of_doubt(granted, self._clock.time(), keep_unknown=self._keep_unknown))

    def unknown(self, most: int) -> list[Doubt]:
        """At most so many claims whose outcome is unknown, oldest first."""
        with self._read() as connection:
            rows = connection.execute(_SQL.unknown, {"now": self._clock.time(), "most": most}).fetchall()
        return [Doubt(Granted(LedgerKey(scope, key), token), since) for token, scope, key, since in rows]

    def clear(self, granted: Granted) -> bool:
        """Free a key of unknown outcome, for nothing happened; False when it is not unknown."""
        return self._moved(_SQL.clear, of_granted(granted, self._clock.time()))

    def purge(self) -> int:
        """Forget what has had its time; returns how many keys that were."""
        count = 0
        while True:
            with self._write() as connection:
                gone = self._purge_some(connection, self._clock.time())
            count += gone
            if gone < _PURGE_ROWS:
                return count

    def close(self) -> None:
        """Close the file; calls under way end first."""
        self.suspend()
        self.resume()

    def suspend(self) -> None:
        """Close both connections, once calls under way have ended, and keep everyone out until `resume`."""
        self._reading.acquire()
        self._writing.acquire()
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None

    def resume(self) -> None:
        """Let calls in again; the first opens the file anew."""
        self._writing.release()
        self._reading.release()

    def _standing(self, key: LedgerKey, fingerprint: bytes, now: float) -> Verdict | None:
        """How the key stands, None when it is free."""
        with self._read() as connection:
            row = connection.execute(_SQL.find, of_key(key, now)).fetchone()
        return None if row is None else standing(row, fingerprint, now)

    def _moved(self, statement: str, values: dict[str, Any]) -> bool:
        """Whether the claim was the caller's and has been moved on."""
        with self._write() as connection:
            return connection.execute(statement, values).rowcount == 1

    @contextmanager
    def _read(self) -> Generator[sqlite3.Connection]:
        with self._reading, _told(self._path):
            if self._reader is None:
                self._reader = self._connect()
            yield self._reader

    def _purge_some(self, connection: sqlite3.Connection, now: float) -> int:
        gone = connection.execute(_SQL.purge, {"now": now, "most": _PURGE_ROWS}).rowcount
        # When there was more than one transaction should hold, the next claim goes on with it.
        self._next_purge = now + (_PURGE_SECONDS if gone < _PURGE_ROWS else 0.0)
        return gone

    @contextmanager
    def _write(self) -> Generator[sqlite3.Connection]:
        """One transaction. Threads queue at the lock, for SQLite would have them poll."""
        with self._writing, _told(self._path):
            if self._writer is None:
                self._writer = self._connect()
            connection = self._writer
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._patience, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        connection.execute("PRAGMA secure_delete = FAST")  # a purged cookie shall not linger in a free page
        return connection

    def _prepare(self) -> None:
        """Make the file ours alone, then make or check the table; nothing stays open, for the process may yet fork."""
        with _OPENING, _told(self._path):
            try:
                # Stored answers hold cookies. SQLite gives the -wal and -shm files the mode of the database. A file
                # that is there is not opened here: closing it would drop all our locks on it (fcntl(2)).
                if not self._path.exists():
                    os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
                self._path.chmod(0o600)
            except OSError as error:
                raise StoreError(f"the ledger file {self._path} cannot be used: {error.strerror}") from error
            connection = self._connect()
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                self._migrate(connection)
                connection.execute("COMMIT")
            finally:
                connection.close()

    def _migrate(self, connection: sqlite3.Connection) -> None:
        application_id = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if application_id == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            for statement in (_SQL.table, _SQL.by_expiry, _SQL.by_age):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        elif application_id != _APPLICATION_ID:
            raise SettingsError(
                "ledger.url", str(self._path), "give the ledger a file of its own; this database is another's"
            )
        elif version == 1:
            connection.execute(_SQL.by_age)  # all that schema 2 has beside schema 1
            connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        elif version != _SCHEMA_VERSION:
            cure = (
                f"this ledger has schema {version}, this release knows {_SCHEMA_VERSION}: use the release that made it"
            )
            raise SettingsError("ledger.url", str(self._path), cure)


@contextmanager
def _told(path: Path) -> Generator[None]:
    """SQLite's errors as ours, with what to do about them."""
    try:
        yield
    except sqlite3.Error as error:
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        cure = "another process is writing" if busy else "check that it is a SQLite file, its rights and the free space"
        raise StoreError(f"the ledger {path} failed ({error}): {cure}", retryable=busy) from error


def _before_fork() -> None:
    """An open SQLite connection must not be carried across a fork: its locks stay with the parent."""
    for ledger in sorted(_LEDGERS, key=id):
        ledger.suspend()
        _SUSPENDED.append(ledger)


def _after_fork() -> None:
    while _SUSPENDED:
        _SUSPENDED.pop().resume()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
