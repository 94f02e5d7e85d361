# SPDX-License-Identifier: Apache-2.0
"""SQLite as the three services of the shop use it: one file each, migrated at the start, one writer at a time."""

from .migrate import migrate
from .sqlite import Database

__all__ = ["Database", "migrate"]
