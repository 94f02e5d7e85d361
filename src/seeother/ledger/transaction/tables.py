# SPDX-License-Identifier: Apache-2.0
"""The tables that `once` needs in the application's database."""

from .action_rows import action_tables
from .dialect import Dialect
from .outbox_rows import outbox_tables


def tables(dialect: str) -> tuple[str, ...]:
    """The statements that make our tables in "sqlite" or "postgresql", for a migration; they may be run again.

    Raises CallerError for another database.
    """
    known = Dialect.of(dialect)
    return action_tables(known) + outbox_tables(known)
