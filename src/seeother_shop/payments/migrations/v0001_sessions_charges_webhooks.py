# SPDX-License-Identifier: Apache-2.0
"""Sessions, payments, charges and the queue of webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "payments_0001"
down_revision = None


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "sessions",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("order_ref", sa.String, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("merchant", sa.String, nullable=False),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("return_url", sa.String, nullable=False),
        sa.Column("webhook_url", sa.String, nullable=False),
        sa.Column("form_key", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.CheckConstraint("state IN ('open', 'authorised', 'declined', 'cancelled')", name="known_state"),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("session_id", sa.String, sa.ForeignKey("sessions.id"), nullable=False, unique=True),
        sa.Column("approved", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("last_digits", sa.String, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
    )
    op.create_table(
        "charges",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("payment_id", sa.String, sa.ForeignKey("payments.id"), nullable=False),
        sa.Column("order_ref", sa.String, nullable=False),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("charged_at", sa.Double, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="charge_above_zero"),
    )
    op.create_index("ix_charges_order_ref", "charges", ["order_ref"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("charge_id", sa.Integer, sa.ForeignKey("charges.id"), nullable=False),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("delivered_at", sa.Double, nullable=True),
    )
    op.create_index("ix_deliveries_due_at", "deliveries", ["due_at"])


def downgrade() -> None:
    """Drop them, with what is in them."""
    for table in ("deliveries", "charges", "payments", "sessions"):
        op.drop_table(table)
