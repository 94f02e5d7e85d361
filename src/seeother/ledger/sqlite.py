# SPDX-License-Identifier: Apache-2.0
"""A ledger in a SQLite file: the default, safe across threads and processes of one machine.

WAL, so that replays read while another writes. `synchronous = FULL`, because a claim that a power cut forgets lets its
action run twice; `normal` survives the death of the process but not always that of the machine, and waits for no disk.
Times are the machine's wall clock, the only one that several processes share and that survives a restart; when it
jumps ahead, a running claim reads as unknown.
"""

import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import SettingsError, StoreError
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Mismatch, Running, Unknown, Verdict

from .port import UNKNOWN_SECONDS, retry_after

_APPLICATION_ID = 0x5365654F  # "SeeO", so that we know a file of ours, and `file` can be taught to
_SCHEMA_VERSION = 1
_BUSY_SECONDS = 5.0  # how long to wait for another process's write
_PURGE_SECONDS = 30.0  # how often a claim looks for what has had its time
_PURGE_ROWS = 500  # how much of it goes in one transaction
_RUNNING, _UNKNOWN, _FINISHED = 0, 1, 2

# The token is the row's id: AUTOINCREMENT never gives one twice, which is what fences a stale owner off.
_SCHEMA = """
CREATE TABLE claim (
    token INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    state INTEGER NOT NULL,      -- 0 running, 1 declared unknown, 2 finished
    since REAL NOT NULL,         -- seconds since the Unix epoch, like all times here
    lease_until REAL NOT NULL,
    expires REAL NOT NULL,       -- the key is free from here on
    status INTEGER,              -- these three: the answer, once finished
    fields TEXT,                 -- JSON [[name, value], ...], a character a byte (ISO 8859-1)
    content BLOB,
    UNIQUE (scope, key)
);
CREATE INDEX claim_expires ON claim (expires);
"""
_FIND = """
SELECT fingerprint, state, since, lease_until, status, fields, content
FROM claim WHERE scope = ? AND key = ? AND expires > ?
"""
_FREE = "DELETE FROM claim WHERE scope = ? AND key = ? AND expires <= ?"
_FREE_UNKNOWN = """
DELETE FROM claim WHERE scope = ? AND key = ? AND fingerprint = ? AND (state = 1 OR state = 0 AND lease_until <= ?)
"""
_TAKE = """
INSERT OR IGNORE INTO claim (scope, key, fingerprint, state, since, lease_until, expires) VALUES (?, ?, ?, 0, ?, ?, ?)
"""
_SETTLE = """
UPDATE claim SET state = 2, expires = ?, status = ?, fields = ?, content = ?
WHERE token = ? AND scope = ? AND key = ? AND state <> 2 AND expires > ?
"""
_ABANDON = (
    "UPDATE claim SET state = 1, expires = ? WHERE token = ? AND scope = ? AND key = ? AND state = 0 AND expires > ?"
)
_RELEASE = "DELETE FROM claim WHERE token = ? AND scope = ? AND key = ? AND state = 0 AND expires > ?"
_PURGE = "DELETE FROM claim WHERE token IN (SELECT token FROM claim WHERE expires <= ? ORDER BY expires LIMIT ?)"

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

    def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands; `rerun` takes an unknown one too."""
        while True:
            now = self._clock.time()
            verdict = self._standing(key, fingerprint, now)
            if verdict is not None and not (rerun and isinstance(verdict, Unknown)):
                return verdict
            with self._write() as connection:
                connection.execute(_FREE, (key.scope, key.key, now))
                if rerun:
                    connection.execute(_FREE_UNKNOWN, (key.scope, key.key, fingerprint, now))
                until = now + lease
                values = (key.scope, key.key, fingerprint, now, until, until + self._keep_unknown)
                taken = connection.execute(_TAKE, values)
                if taken.rowcount == 1 and now >= self._next_purge:
                    self._purge_some(connection, now)
            if taken.rowcount == 1 and taken.lastrowid is not None:
                return Granted(key, taken.lastrowid)
            # Someone was faster: look again how it stands.

    def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds; False, and nothing changed, when the claim is no longer ours."""
        now = self._clock.time()
        fields = json.dumps([[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.fields])
        key = granted.key
        with self._write() as connection:
            values = (now + keep, answer.status, fields, answer.content, granted.token, key.scope, key.key, now)
            return connection.execute(_SETTLE, values).rowcount == 1

    def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened; False when the claim is no longer ours."""
        values = (granted.token, granted.key.scope, granted.key.key, self._clock.time())
        with self._write() as connection:
            return connection.execute(_RELEASE, values).rowcount == 1

    def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown; False when the claim is no longer ours."""
        now = self._clock.time()
        values = (now + self._keep_unknown, granted.token, granted.key.scope, granted.key.key, now)
        with self._write() as connection:
            return connection.execute(_ABANDON, values).rowcount == 1

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
        with self._reading, _told(self._path):
            if self._reader is None:
                self._reader = self._connect()
            row = self._reader.execute(_FIND, (key.scope, key.key, now)).fetchone()
        if row is None:
            return None
        theirs, state, since, lease_until, status, fields, content = row
        if theirs != fingerprint:
            return Mismatch()
        if state == _FINISHED:
            pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(fields)]
            return Finished(Response(status, tuple(pairs), content))
        if state == _RUNNING and now < lease_until:
            return Running(retry_after(now - since, lease_until - now))
        return Unknown()

    def _purge_some(self, connection: sqlite3.Connection, now: float) -> int:
        gone = connection.execute(_PURGE, (now, _PURGE_ROWS)).rowcount
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
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        elif application_id != _APPLICATION_ID:
            raise SettingsError(
                "ledger.url", str(self._path), "give the ledger a file of its own; this database is another's"
            )
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
