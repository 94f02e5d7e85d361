# SPDX-License-Identifier: Apache-2.0
"""Tables are brought up to date once, in order, and never behind a newer version's back."""

from collections.abc import Generator
from dataclasses import replace

import pytest

from seeother.errors import StoreError
from seeother.watch.warehouse import Migration, migrate, read_migrations
from seeother.watch.warehouse.chdb import ChdbEngine

ONE = Migration(1, "one", "-- a word\nCREATE TABLE IF NOT EXISTS one (n UInt8) ENGINE = Memory;\n")
TWO = Migration(2, "two", "INSERT INTO one VALUES (2);\nINSERT INTO one VALUES (3);\n")


@pytest.fixture
def blank(tmp_path_factory: pytest.TempPathFactory) -> Generator[ChdbEngine]:
    """An engine without tables."""
    engine = ChdbEngine(tmp_path_factory.mktemp("blank"))
    yield engine
    engine.close()


def rows(engine: ChdbEngine) -> list[object]:
    """What the migrations left."""
    return [row["n"] for row in engine.rows("SELECT n FROM one ORDER BY n")]


def test_each_migration_is_applied_once(blank: ChdbEngine) -> None:
    """And a later one when it is there."""
    assert migrate(blank, [ONE]) == [ONE]
    assert migrate(blank, [ONE, TWO]) == [TWO]
    assert migrate(blank, [ONE, TWO]) == []
    assert rows(blank) == [2, 3]


def test_a_migration_that_was_cut_off_is_applied_again(blank: ChdbEngine) -> None:
    """What went before it stays applied."""
    with pytest.raises(StoreError):
        migrate(blank, [ONE, replace(TWO, sql="INSERT INTO one VALUES (2);\nINSERT INTO nowhere VALUES (3);\n")])

    assert migrate(blank, [ONE, TWO]) == [TWO]
    assert rows(blank) == [2, 2, 3]


def test_a_changed_migration_is_refused_but_its_comments_may_change(blank: ChdbEngine) -> None:
    """A store made by other statements is another store."""
    migrate(blank, [ONE])

    assert migrate(blank, [replace(ONE, sql=ONE.sql.replace("a word", "another\n  -- word"))]) == []
    with pytest.raises(StoreError, match="0001"):
        migrate(blank, [replace(ONE, sql=ONE.sql.replace("UInt8", "UInt16"))])


def test_a_newer_store_is_refused(blank: ChdbEngine) -> None:
    """An old version must not write into tables it does not know."""
    migrate(blank, [ONE, TWO])

    with pytest.raises(StoreError, match="0002"):
        migrate(blank, [ONE])


def test_our_own_migrations_bear_being_repeated(blank: ChdbEngine) -> None:
    """Numbered without a gap; each as if it had been cut off before it was noted down."""
    migrations = read_migrations()
    migrate(blank, migrations)
    blank.run("TRUNCATE TABLE migrations")

    assert migrate(blank, migrations) == migrations
    assert [migration.number for migration in migrations] == list(range(1, len(migrations) + 1))
