# SPDX-License-Identifier: Apache-2.0
"""Errands move into the outbox of `seeother.ledger.once`, and orders know where people come back to."""

import sqlalchemy as sa
from alembic import op

from seeother.ledger import tables

revision = "storefront_0003"
down_revision = "storefront_0002"

# The carrier is JSON already, so it goes into the payload as it stands.
_MOVE = """
INSERT INTO seeother_outbox (key, kind, payload, carrier, state, due, attempts)
SELECT errand || '-' || order_id, errand, '{"order": "' || order_id || '", "carrier": ' || carrier || '}', '{}', 0,
due_at, 0 FROM errands WHERE done_at IS NULL
"""


def upgrade() -> None:
    """Make the tables, take along what waits, and drop the old queue."""
    for statement in tables(op.get_context().dialect.name):
        op.execute(statement)
    op.execute(_MOVE)
    op.drop_table("errands")
    op.add_column("orders", sa.Column("return_url", sa.String, nullable=False, server_default=""))
