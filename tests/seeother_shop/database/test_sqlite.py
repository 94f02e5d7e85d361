# SPDX-License-Identifier: Apache-2.0
"""Transactions as the services use them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from seeother.errors import SettingsError
from seeother_shop.database import Database


class _Failed(Exception):  # noqa: N818 - it says what happened
    """What goes wrong in the middle of a write."""


@pytest.mark.parametrize("url", ["", "shop.db", "sqlite://", "postgresql://shop", "sqlite:"])
def test_what_is_no_file_is_refused(url: str) -> None:
    """The error shows how it is written."""
    with pytest.raises(SettingsError, match="sqlite:////"):
        Database(url)


def test_two_writers_take_turns(tmp_path: Path) -> None:
    """A write reads what the one before it wrote: no update is lost, and none fails for being locked."""
    with Database(f"sqlite:///{tmp_path / 'a.db'}") as database:
        with database.writing() as session:
            session.execute(text("CREATE TABLE counts (n INTEGER)"))
            session.execute(text("INSERT INTO counts VALUES (0)"))

        def count() -> None:
            for _ in range(10):
                with database.writing() as session:
                    n = session.execute(text("SELECT n FROM counts")).scalar_one()
                    session.execute(text("UPDATE counts SET n = :n"), {"n": n + 1})

        with ThreadPoolExecutor(4) as threads:
            for counted in [threads.submit(count) for _ in range(4)]:
                counted.result()

        with database.reading() as session:
            assert session.execute(text("SELECT n FROM counts")).scalar_one() == 40


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    """An exception takes back the whole transaction, tables included."""

    def fail() -> None:
        with database.writing() as session:
            session.execute(text("CREATE TABLE half (n INTEGER)"))
            raise _Failed

    with Database(f"sqlite:///{tmp_path / 'a.db'}") as database:
        with pytest.raises(_Failed):
            fail()

        with database.reading() as session:
            assert session.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one() == 0


def test_references_are_held(tmp_path: Path) -> None:
    """SQLite looks at foreign keys only when told to, on each connection."""
    with Database(f"sqlite:///{tmp_path / 'a.db'}") as database:
        with database.writing() as session:
            session.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
            session.execute(text("CREATE TABLE b (a INTEGER REFERENCES a(id))"))

        with pytest.raises(IntegrityError), database.writing() as session:
            session.execute(text("INSERT INTO b VALUES (1)"))


def test_a_reader_sees_one_moment(tmp_path: Path) -> None:
    """What is written meanwhile does not show in the middle of a reading."""
    with Database(f"sqlite:///{tmp_path / 'a.db'}") as database:
        with database.writing() as session:
            session.execute(text("CREATE TABLE a (n INTEGER)"))
        with database.reading() as reader:
            before = reader.execute(text("SELECT count(*) FROM a")).scalar_one()
            with database.writing() as writer:
                writer.execute(text("INSERT INTO a VALUES (1)"))
            after = reader.execute(text("SELECT count(*) FROM a")).scalar_one()

        assert (before, after) == (0, 0)
