# SPDX-License-Identifier: Apache-2.0
"""Transactions as the services use them, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError, InternalError

from seeother.errors import SettingsError, StoreError
from seeother_shop.database import Database, alone
from seeother_shop.demo.cast import Databases
from tests.seeother_shop.premises import in_postgres
from tests.servers.postgres_server import PostgresServer


class _Failed(Exception):  # noqa: N818 - it says what happened
    """What goes wrong in the middle of a write."""


@pytest.mark.parametrize(
    "url", ["", "shop.db", "sqlite://", "postgresql://shop", "sqlite:", "mysql://a/b", "postgresql+psycopg://a/b"]
)
def test_what_is_no_place_is_refused(url: str) -> None:
    """The error shows how it is written."""
    with pytest.raises(SettingsError, match="sqlite:////"):
        Database(url)


def test_two_writers_take_turns(databases: Databases) -> None:
    """A write reads what the one before it wrote: no update is lost, and none fails for being locked."""
    with Database(databases.shop) as database:
        with database.writing() as session:
            session.execute(text("CREATE TABLE counts (n INTEGER)"))
            session.execute(text("INSERT INTO counts VALUES (0)"))

        def count() -> None:
            for _ in range(10):
                with database.writing() as session:
                    alone(session, "counts")
                    n = session.execute(text("SELECT n FROM counts")).scalar_one()
                    session.execute(text("UPDATE counts SET n = :n"), {"n": n + 1})

        with ThreadPoolExecutor(4) as threads:
            for counted in [threads.submit(count) for _ in range(4)]:
                counted.result()

        with database.reading() as session:
            assert session.execute(text("SELECT n FROM counts")).scalar_one() == 40


def test_a_failed_write_leaves_nothing(databases: Databases) -> None:
    """An exception takes back the whole transaction, tables included."""

    def fail() -> None:
        with database.writing() as session:
            session.execute(text("CREATE TABLE half (n INTEGER)"))
            raise _Failed

    with Database(databases.shop) as database:
        with pytest.raises(_Failed):
            fail()

        assert not inspect(database.writer).has_table("half")


def test_references_are_held(tmp_path: Path) -> None:
    """SQLite looks at foreign keys only when told to, on each connection."""
    with Database(f"sqlite:///{tmp_path / 'a.db'}") as database:
        with database.writing() as session:
            session.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
            session.execute(text("CREATE TABLE b (a INTEGER REFERENCES a(id))"))

        with pytest.raises(IntegrityError), database.writing() as session:
            session.execute(text("INSERT INTO b VALUES (1)"))


def test_a_reader_sees_one_moment(databases: Databases) -> None:
    """What is written meanwhile does not show in the middle of a reading."""
    with Database(databases.shop) as database:
        with database.writing() as session:
            session.execute(text("CREATE TABLE a (n INTEGER)"))
        with database.reading() as reader:
            before = reader.execute(text("SELECT count(*) FROM a")).scalar_one()
            with database.writing() as writer:
                writer.execute(text("INSERT INTO a VALUES (1)"))
            after = reader.execute(text("SELECT count(*) FROM a")).scalar_one()

        assert (before, after) == (0, 0)


def test_the_services_share_a_database_and_no_table(databases: Databases) -> None:
    """What one of them makes the other does not see."""
    with Database(databases.shop) as shop, Database(databases.payments) as payments:
        for database in (shop, payments):
            with database.writing() as session:
                session.execute(text("CREATE TABLE mine (n INTEGER)"))
        with shop.writing() as session:
            session.execute(text("INSERT INTO mine VALUES (1)"))

        with payments.reading() as session:
            assert session.execute(text("SELECT count(*) FROM mine")).scalar_one() == 0


@pytest.mark.parametrize("way", ["reading", "readers"])
def test_whoever_reads_cannot_write_by_mistake(postgres_server: PostgresServer, way: str) -> None:
    """PostgreSQL holds a reader to it."""
    with in_postgres(postgres_server) as databases, Database(databases.shop) as database:
        session = database.reading() if way == "reading" else database.readers()
        with session as reader, pytest.raises(InternalError, match="read-only"):
            reader.execute(text("CREATE TABLE mine (n INTEGER)"))


def test_a_server_that_is_away_is_a_store_error_without_its_password() -> None:
    """A service says so at its start, in one line."""
    away = Database("postgresql://shop:secret-word@127.0.0.1:9/shop")
    with away, pytest.raises(StoreError, match="cannot open the database") as error:
        away.probe()

    assert "secret-word" not in str(error.value)
