# SPDX-License-Identifier: Apache-2.0
"""What `seeother.ledger.once` keeps beside our own rows."""

from alembic import op

from seeother.ledger import tables

revision = "payments_0002"
down_revision = "payments_0001"


def upgrade() -> None:
    """Make its tables."""
    for statement in tables(op.get_context().dialect.name):
        op.execute(statement)
