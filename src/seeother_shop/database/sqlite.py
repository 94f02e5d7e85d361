# SPDX-License-Identifier: Apache-2.0
"""An engine whose transactions begin as SQLite's own documentation and SQLAlchemy's recommend.

Rules of this file: reads begin deferred and see one snapshot; writes begin IMMEDIATE, so that two writers queue
at BEGIN (for `busy_timeout`) instead of failing in the middle; no connection is held while a socket is waited for.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Self

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from seeother.errors import SettingsError, StoreError

_BUSY_MILLISECONDS = 10_000  # a writer waits this long for another; longer than any transaction here takes
_POOL_SIZE = 12  # connections kept open; the thread pool of a service may open as many again
_CURE = "give a SQLite URL with an absolute path, for instance sqlite:////var/lib/shop.db"


class Database:
    """One SQLite file behind one engine."""

    def __init__(self, url: str) -> None:
        """Prepare the engine for a URL such as sqlite:////absolute/path.db; nothing is opened yet."""
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise SettingsError("database", url, _CURE) from None
        if parsed.get_backend_name() != "sqlite" or not parsed.database:
            raise SettingsError("database", url, _CURE)
        self.url = url
        self.path = parsed.database
        self._engine = create_engine(parsed, pool_size=_POOL_SIZE, max_overflow=_POOL_SIZE * 4)
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(writes=True)

    @property
    def writer(self) -> Engine:
        """The engine whose transactions begin IMMEDIATE."""
        return self._writer

    @contextmanager
    def reading(self) -> Generator[Session]:
        """A session over one snapshot; nothing in it is written."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Generator[Session]:
        """A session in a write transaction: committed at the end, rolled back when an exception leaves."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def probe(self) -> None:
        """Open the file and write nothing; raises StoreError when it cannot be used."""
        try:
            with self._writer.begin():
                pass
        except OperationalError as error:
            message = f"cannot open the database {self.path}: {error.orig}"
            raise StoreError(message) from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Use it as a context that closes at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # Python's sqlite3 would begin late and only for some statements; SQLAlchemy's documented way is to switch
    # that off and to emit BEGIN in the event below ("Transactions with SQLite and the sqlite3 driver").
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(
        "PRAGMA synchronous = NORMAL"
    )  # survives a killed process; a power cut may cost the last commits
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
