# SPDX-License-Identifier: Apache-2.0
"""Products, carts, orders and errands."""

import sqlalchemy as sa
from alembic import op

revision = "storefront_0001"
down_revision = None

_STATES = "state IN ('placed', 'checking', 'paid', 'declined', 'failed')"


def upgrade() -> None:
    """Make the six tables."""
    _products_and_carts()
    _orders()
    _errands()


def _products_and_carts() -> None:
    op.create_table(
        "products",
        sa.Column("slug", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("price_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.CheckConstraint("price_minor > 0", name="price_above_zero"),
    )
    op.create_table(
        "carts",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("form_key", sa.String, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
    )
    op.create_table(
        "cart_lines",
        sa.Column("cart_id", sa.String, sa.ForeignKey("carts.id"), primary_key=True),
        sa.Column("product", sa.String, sa.ForeignKey("products.slug"), primary_key=True),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.CheckConstraint("quantity > 0", name="at_least_one"),
    )


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("cart_id", sa.String, sa.ForeignKey("carts.id"), nullable=False),
        sa.Column("form_key", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("street", sa.String, nullable=False),
        sa.Column("postcode", sa.String, nullable=False),
        sa.Column("city", sa.String, nullable=False),
        sa.Column("country", sa.String, nullable=False),
        sa.Column("total_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("session_id", sa.String, nullable=True, unique=True),
        sa.Column("pay_url", sa.String, nullable=True),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("placed_at", sa.Double, nullable=False),
        sa.Column("paid_at", sa.Double, nullable=True),
        sa.CheckConstraint(_STATES, name="known_state"),
        sa.CheckConstraint("total_minor > 0", name="total_above_zero"),
        sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_has_its_time"),
    )
    op.create_index("ix_orders_cart_id", "orders", ["cart_id"])
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.String, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("product", sa.String, sa.ForeignKey("products.slug"), primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("price_minor", sa.Integer, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.CheckConstraint("quantity > 0", name="at_least_one"),
    )


def _errands() -> None:
    op.create_table(
        "errands",
        sa.Column("order_id", sa.String, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("errand", sa.String, nullable=False),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("done_at", sa.Double, nullable=True),
        sa.CheckConstraint("errand IN ('commit', 'release')", name="known_errand"),
    )
    op.create_index("ix_errands_due_at", "errands", ["due_at"])


def downgrade() -> None:
    """Drop them, with what is in them."""
    for table in ("errands", "order_lines", "orders", "cart_lines", "carts", "products"):
        op.drop_table(table)
