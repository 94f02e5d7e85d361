# SPDX-License-Identifier: Apache-2.0
"""Stock and reservations."""

import sqlalchemy as sa
from alembic import op

revision = "inventory_0001"
down_revision = None


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "stock",
        sa.Column("product", sa.String, primary_key=True),
        sa.Column("initial", sa.Integer, nullable=False),
        sa.Column("on_hand", sa.Integer, nullable=False),
        sa.Column("reserved", sa.Integer, nullable=False),
        sa.Column("sold", sa.Integer, nullable=False),
        sa.CheckConstraint("on_hand >= 0 AND reserved >= 0 AND sold >= 0", name="nothing_below_zero"),
        sa.CheckConstraint("initial = on_hand + reserved + sold", name="conserved"),
    )
    op.create_table(
        "reservations",
        sa.Column("order_id", sa.String, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.CheckConstraint("state IN ('held', 'committed', 'released', 'expired')", name="known_state"),
    )
    op.create_index("ix_reservations_expires_at", "reservations", ["expires_at"])
    op.create_table(
        "reservation_lines",
        sa.Column("order_id", sa.String, sa.ForeignKey("reservations.order_id"), primary_key=True),
        sa.Column("product", sa.String, sa.ForeignKey("stock.product"), primary_key=True),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.CheckConstraint("quantity > 0", name="at_least_one"),
    )


def downgrade() -> None:
    """Drop them, with what is in them."""
    op.drop_table("reservation_lines")
    op.drop_table("reservations")
    op.drop_table("stock")
