# SPDX-License-Identifier: Apache-2.0
"""Migrations make the tables that the code believes in."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.orm import DeclarativeBase

from seeother.errors import StoreError
from seeother.ledger import Outbox
from seeother_shop import inventory, payments, storefront
from seeother_shop.database import Database, migrate
from seeother_shop.demo.cast import Databases

_SOURCE = Path(storefront.__file__).parents[1]
_ROOMS: list[tuple[str, type[DeclarativeBase]]] = [
    ("storefront", storefront.Tables),
    ("payments", payments.Tables),
    ("inventory", inventory.Tables),
]


@pytest.mark.parametrize(("room", "tables"), _ROOMS)
def test_the_newest_version_is_what_the_code_declares(
    databases: Databases, room: str, tables: type[DeclarativeBase]
) -> None:
    """Tables, columns, keys, indexes and checks are the same, whether migrated or made from the code."""
    with Database(databases.shop) as migrated, Database(databases.payments) as made:
        migrate(migrated, _SOURCE / room / "migrations")
        migrate(migrated, _SOURCE / room / "migrations")  # a second time there is nothing to do
        tables.metadata.create_all(made.writer)
        with migrated.writer.connect() as connection:
            context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
            differences = compare_metadata(context, tables.metadata)
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


def _is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether a table is the room's own, and not that of `seeother.ledger.once`."""
    return name is None or not name.startswith("seeother_")


def test_errands_that_wait_are_taken_along(databases: Databases) -> None:
    """What an older version had to tell the inventory the newer one tells it, for the same journey."""
    versions = _SOURCE / "storefront" / "migrations"
    with Database(databases.shop) as database:
        _migrate_to(database, versions, "storefront_0002")
        with database.writing() as session:
            for statement in _OLD_ERRANDS:
                session.execute(text(statement))

        migrate(database, versions)

        waiting = Outbox(database.readers, print).waiting()
    assert [(letter.kind, letter.payload) for letter in waiting] == [
        ("release", {"order": "b", "carrier": {"traceparent": "00-1-2-01"}})
    ]


_OLD_ERRANDS = (
    "INSERT INTO carts VALUES ('c', 'key', 1.0)",
    """INSERT INTO orders (id, cart_id, form_key, state, name, email, street, postcode, city, country, total_minor,
    currency, reason, placed_at) SELECT id, 'c', 'key', 'failed', 'n', 'e', 's', 'p', 'c', 'DE', 1, 'EUR', '', 1.0
    FROM (SELECT 'a' AS id UNION SELECT 'b') AS ids""",
    "INSERT INTO errands VALUES ('a', 'commit', 1.0, 1, 2.0, '{}')",
    """INSERT INTO errands VALUES ('b', 'release', 1.0, 1, NULL, '{"traceparent"\\: "00-1-2-01"}')""",
)


def _migrate_to(database: Database, versions: Path, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SOURCE / "database" / "environment"))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "newline")
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_a_place_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    """A service says so at its start, in one line."""
    url = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}"
    with Database(url) as database, pytest.raises(StoreError, match="cannot open the database"):
        migrate(database, _SOURCE / "inventory" / "migrations")
