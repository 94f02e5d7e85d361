# SPDX-License-Identifier: Apache-2.0
"""Brings a database to the newest version of its service's tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.orm import Session

from .alone import alone
from .database import Database

_ENVIRONMENT = Path(__file__).parent / "environment"


def migrate(database: Database, versions: Path) -> None:
    """Run every migration in the folder `versions` that the database has not seen; raises StoreError."""
    database.probe()
    config = Config()
    config.set_main_option("script_location", _escaped(_ENVIRONMENT))
    config.set_main_option("version_locations", _escaped(versions))
    config.set_main_option("path_separator", "newline")
    # One transaction around all of it: two processes that start together take turns.
    with database.writer.begin() as connection:
        alone(Session(connection), "migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")  # the configuration interpolates percent signs
