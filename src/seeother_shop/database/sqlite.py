# SPDX-License-Identifier: Apache-2.0
"""An engine whose transactions begin as SQLite's own documentation and SQLAlchemy's recommend.

Rules of this file: reads begin deferred and see one snapshot; writes begin IMMEDIATE, so that two writers queue
at BEGIN (for `busy_timeout`) instead of failing in the middle.
"""

import sqlite3

from sqlalchemy import URL, Connection, Engine, create_engine, event

_BUSY_MILLISECONDS = 10_000  # a writer waits this long for another; longer than any transaction here takes
_POOL_SIZE = 12  # connections kept open; the thread pool of a service may open as many again


def open_sqlite(place: URL) -> Engine:
    """The engine of a file; nothing is opened yet. Transactions of the option `writes` are for writing."""
    engine = create_engine(place, pool_size=_POOL_SIZE, max_overflow=_POOL_SIZE * 4)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # Python's sqlite3 would begin late and only for some statements; SQLAlchemy's documented way is to switch
    # that off and to emit BEGIN in the event below ("Transactions with SQLite and the sqlite3 driver").
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # what was answered outlives a power cut
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
