# SPDX-License-Identifier: Apache-2.0
"""Errands know the exchange that caused them."""

import sqlalchemy as sa
from alembic import op

revision = "storefront_0002"
down_revision = "storefront_0001"


def upgrade() -> None:
    """Give each errand its carrier; those that wait know of none."""
    op.add_column("errands", sa.Column("carrier", sa.String, nullable=False, server_default="{}"))
