# SPDX-License-Identifier: Apache-2.0
"""Where Alembic looks for its env.py."""
