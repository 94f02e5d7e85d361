# SPDX-License-Identifier: Apache-2.0
"""The ledger's file: made for its owner alone, its table made or brought up to date, its errors said in our words.

WAL, so that replays read while another writes.
"""

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seeother.clock import Clock
from seeother.errors import SettingsError, StoreError

from .sqlite_rows import statements
from .sqlite_time import BOOTS, LedgerTime, distance

SQL = statements()
_APPLICATION_ID = 0x5365654F  # "SeeO", so that we know a file of ours, and `file` can be taught to
_SCHEMA_VERSION = 2
_OPENING_SECONDS = 5.0  # how long an opening waits for another process's write
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_CURES = {
    sqlite3.SQLITE_BUSY: "another process is writing",
    sqlite3.SQLITE_LOCKED: "another process is writing",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_READONLY: "give this process the right to write the file and its folder",
    sqlite3.SQLITE_PERM: "give this process the right to write the file and its folder",
    sqlite3.SQLITE_NOMEM: "give this process more memory",
    sqlite3.SQLITE_CANTOPEN: "see whether the file is there and this process may open it",
    sqlite3.SQLITE_IOERR: "check the disk, its free space and the limits of this process",
}
_PASSING = _BUSY | {sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM}
_OPENING = threading.Lock()


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """Where the ledger is, and how sure a commit is: `normal` survives a kill, `full` a power cut too."""

    path: Path
    synchronous: Literal["full", "normal"] = "full"

    def connect(self, patience: float = 0.0) -> sqlite3.Connection:
        """A connection whose statements wait up to `patience` seconds for other processes; any thread may use it."""
        # Not made anew when it is gone: an empty ledger would let every action run once more.
        address = f"{self.path.as_uri()}?mode=rw"
        connection = sqlite3.connect(address, patience, isolation_level=None, check_same_thread=False, uri=True)
        connection.execute(f"PRAGMA synchronous = {self.synchronous}")
        connection.execute("PRAGMA secure_delete = FAST")  # a purged cookie shall not linger in a free page
        return connection

    def identity(self) -> tuple[int, int] | None:
        """Which file stands at the path now, None when there is none: a file that was replaced must be opened anew."""
        try:
            found = os.stat(self.path)  # noqa: PTH116 - at each transaction, and a third of the time
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def prepare(self, clock: Clock, boot: str | None) -> LedgerTime:
        """Make the file ours alone, then make or check the table; its time, of a clock that counts from this boot.

        Nothing stays open, for the process may yet fork.
        """
        with _OPENING, self.told():
            try:
                # Stored answers hold cookies. SQLite gives the -wal and -shm files the mode of the database. A file
                # that is there is not opened here: closing it would drop all our locks on it (fcntl(2)).
                if not self.path.exists():
                    os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
                self.path.chmod(0o600)
            except OSError as error:
                cure = "name one in ledger.url whose folder is there and may be written"
                raise StoreError(f"the ledger file {self.path} cannot be used: {error.strerror}; {cure}") from error
            connection = self.connect(_OPENING_SECONDS)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                self._migrate(connection)
                time = LedgerTime(clock, None if boot is None else distance(connection, boot, clock))
                connection.execute("COMMIT")
                return time
            finally:
                connection.close()

    def _migrate(self, connection: sqlite3.Connection) -> None:
        application_id = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if application_id == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            for statement in (SQL.table, SQL.by_expiry, SQL.by_age, BOOTS):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        elif application_id != _APPLICATION_ID:
            raise SettingsError(
                "ledger.url", str(self.path), "give the ledger a file of its own; this database is another's"
            )
        elif version == 1:
            for statement in (SQL.by_age, BOOTS):  # all that schema 2 has beside schema 1
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        elif version != _SCHEMA_VERSION:
            cure = (
                f"this ledger has schema {version}, this release knows {_SCHEMA_VERSION}: use the release that made it"
            )
            raise SettingsError("ledger.url", str(self.path), cure)

    @contextmanager
    def told(self) -> Generator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise self.failure(error) from error

    def failure(self, error: sqlite3.Error) -> StoreError:
        """What went wrong with the file, and what to do about it."""
        code = _primary(error)
        cure = _CURES.get(code, "check that it is a SQLite file, its rights and the free space")
        failure = StoreError(f"the ledger {self.path} failed ({error}): {cure}", retryable=code in _PASSING)
        failure.__cause__ = error
        return failure


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection is in the way."""
    return _primary(error) in _BUSY


def _primary(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for an error of the module's own."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
