# SPDX-License-Identifier: Apache-2.0
"""One statement, spelt for each database and each library."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from seeother.errors import CallerError
from seeother.ledger import tables
from seeother.ledger.transaction.dialect import Dialect, is_away, is_busy, names_in, numbered, percent, used

STATEMENT = "SELECT :a, :b_c WHERE :a > '12:30' -- as it is: so"


def test_parameters_have_the_names_of_the_statement() -> None:
    """In the order in which they come first; others are left out."""
    assert names_in(STATEMENT) == ("a", "b_c")
    assert used(STATEMENT, {"b_c": 2, "a": 1, "other": 3}) == {"a": 1, "b_c": 2}


def test_each_library_has_its_own_signs() -> None:
    """Names for psycopg and Django, numbers for asyncpg; one name is one number."""
    assert percent(STATEMENT).startswith("SELECT %(a)s, %(b_c)s WHERE %(a)s")
    assert numbered(STATEMENT).startswith("SELECT $1, $2 WHERE $1")


@pytest.mark.parametrize("sign", ["'12:30'", "-- as it is: so"])
def test_what_is_no_parameter_stays(sign: str) -> None:
    """A time of day and a remark are no names."""
    assert sign in percent(STATEMENT)
    assert sign in numbered(STATEMENT)


@pytest.mark.parametrize("name", ["mysql", "oracle", ""])
def test_another_database_is_refused(name: str) -> None:
    """By its name, for the tables as for the rest."""
    with pytest.raises(CallerError, match=f"this is {name}"):
        tables(name)


def test_the_tables_may_be_made_again() -> None:
    """A migration that is run twice does no harm."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in tables("sqlite") * 2:
            connection.execute(statement)


def test_a_lock_is_told_from_other_trouble(tmp_path: Path) -> None:
    """However the library wraps the error; a loop of causes ends."""
    with (
        closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as one,
        closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None, timeout=0)) as other,
    ):
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as locked:
            other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as wrong:
            other.execute("SELEKT 1")

    wrapped = RuntimeError()
    wrapped.__cause__ = locked.value
    assert is_busy(locked.value)
    assert is_busy(wrapped)
    assert not is_busy(wrong.value)
    assert not is_busy(None)


@pytest.mark.parametrize(("state", "busy"), [("40001", True), ("40P01", True), ("55P03", True), ("23505", False)])
def test_postgresql_tells_by_its_state(state: str, *, busy: bool) -> None:
    """A conflict of transactions, a deadlock and a lock that was not waited for; a duplicate row is none of these."""

    class DatabaseError(Exception):
        sqlstate = state

    assert is_busy(DatabaseError()) is busy


@pytest.mark.parametrize(("state", "away"), [("08006", True), ("53300", True), ("57P03", True), ("57014", False)])
def test_postgresql_tells_that_it_takes_nobody_in(state: str, *, away: bool) -> None:
    """A lost connection, too many of them, a start that goes on; a cancelled statement is none of these."""

    class DatabaseError(Exception):
        sqlstate = state

    wrapped = RuntimeError()
    wrapped.__cause__ = DatabaseError()
    assert is_away(wrapped) is away


def test_dialects_are_known_by_name() -> None:
    """As SQLAlchemy and Django call them."""
    assert [Dialect.of(name) for name in ("sqlite", "postgresql")] == [Dialect.SQLITE, Dialect.POSTGRESQL]
