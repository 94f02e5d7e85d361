# SPDX-License-Identifier: Apache-2.0
"""One service's database, wherever it is."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from seeother.errors import SettingsError, StoreError

from .sqlite import open_sqlite

_CURE = (
    "give a SQLite URL with an absolute path, for instance sqlite:////var/lib/shop.db, or postgresql://user@host/shop"
)


class Database:
    """What a service reads from and writes to; the URL says which kind it is, and no other code asks."""

    def __init__(self, url: str) -> None:
        """Prepare for sqlite:////absolute/path.db or postgresql://…; nothing is opened yet. Raises SettingsError."""
        self.url = url
        self.place = _parsed(url)
        self._engine = _engine(self.place)
        # SQLite begins a transaction for one or the other; PostgreSQL shows a reader one moment if it is asked to.
        is_sqlite = self.place.get_backend_name() == "sqlite"
        reads = {} if is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._readers = sessionmaker(self._engine.execution_options(**reads), expire_on_commit=False)
        self._writer = self._engine.execution_options(writes=True)
        self._writers = sessionmaker(self._writer, expire_on_commit=False)

    @property
    def writer(self) -> Engine:
        """The engine whose transactions may write."""
        return self._writer

    @property
    def readers(self) -> sessionmaker[Session]:
        """Makes sessions that see one moment."""
        return self._readers

    @property
    def writers(self) -> sessionmaker[Session]:
        """Makes sessions that write: what `seeother.ledger.once` is given."""
        return self._writers

    @contextmanager
    def reading(self) -> Generator[Session]:
        """A session that sees one moment; nothing in it is written."""
        with self._readers() as session:
            yield session

    @contextmanager
    def writing(self) -> Generator[Session]:
        """A session in a write transaction: committed at the end, rolled back when an exception leaves."""
        with self._writers.begin() as session:
            yield session

    def probe(self) -> None:
        """Open it and write nothing; raises StoreError when it cannot be used."""
        try:
            with self._writer.begin():
                pass
        except OperationalError as error:
            # Without its password; the driver's own text is about the host at most.
            place = self.place.render_as_string(hide_password=True)
            raise StoreError(f"cannot open the database {place}: {error.orig}") from error

    @property
    def is_there(self) -> bool:
        """Whether opening it would make nothing new."""
        return self.place.drivername != "sqlite" or Path(self.place.database or "").exists()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Use it as a context that closes at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


def _parsed(url: str) -> URL:
    refused = SettingsError("database", "…" if "@" in url else url, _CURE)  # before an @ stands a password
    try:
        place = make_url(url)
    except ArgumentError:
        raise refused from None
    if place.drivername not in {"sqlite", "postgresql"} or not place.database:
        raise refused
    return place


def _engine(place: URL) -> Engine:
    if place.drivername == "sqlite":
        return open_sqlite(place)
    try:
        from .postgres import open_postgres  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        shown = place.render_as_string(hide_password=True)
        raise SettingsError("database", shown, f"install seeother[postgres] for it ({error})") from error
    return open_postgres(place)
