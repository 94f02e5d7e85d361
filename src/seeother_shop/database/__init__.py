# SPDX-License-Identifier: Apache-2.0
"""The databases of the shop's three services: SQLite, a file each, or PostgreSQL, a schema each.

Rules of this room: a service says what it reads and what it writes, and not where; no transaction is open while a
socket of another service is waited for.
"""

from .alone import alone
from .database import Database
from .migrate import migrate

__all__ = ["Database", "alone", "migrate"]
