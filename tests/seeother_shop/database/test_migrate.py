# SPDX-License-Identifier: Apache-2.0
"""Migrations make the tables that the code believes in."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.orm import DeclarativeBase

from seeother.errors import StoreError
from seeother_shop import inventory, payments, storefront
from seeother_shop.database import Database, migrate

_SOURCE = Path(storefront.__file__).parents[1]
_ROOMS: list[tuple[str, type[DeclarativeBase]]] = [
    ("storefront", storefront.Tables),
    ("payments", payments.Tables),
    ("inventory", inventory.Tables),
]


@pytest.mark.parametrize(("room", "tables"), _ROOMS)
def test_the_newest_version_is_what_the_code_declares(tmp_path: Path, room: str, tables: type[DeclarativeBase]) -> None:
    """Tables, columns, keys, indexes and checks are the same, whether migrated or made from the code."""
    with Database(f"sqlite:///{tmp_path / 'migrated.db'}") as migrated:
        migrate(migrated, _SOURCE / room / "migrations")
        migrate(migrated, _SOURCE / room / "migrations")  # a second time there is nothing to do
        with Database(f"sqlite:///{tmp_path / 'made.db'}") as made:
            tables.metadata.create_all(made.writer)
            with migrated.writer.connect() as connection:
                differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)
            checks = [
                {
                    (table, check["name"], check["sqltext"])
                    for table in tables.metadata.tables
                    for check in inspect(database.writer).get_check_constraints(table)
                }
                for database in (migrated, made)
            ]

    assert differences == []
    assert checks[0] == checks[1]
    assert checks[0]


def test_a_place_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    """A service says so at its start, in one line."""
    url = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}"
    with Database(url) as database, pytest.raises(StoreError, match="cannot open the database"):
        migrate(database, _SOURCE / "inventory" / "migrations")
