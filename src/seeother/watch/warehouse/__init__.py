# SPDX-License-Identifier: Apache-2.0
"""Where telemetry is kept: ClickHouse tables, how they come to be and how bytes become rows.

Rules of this room: one thread writes; whoever asks has connections of his own (see questions). Python never takes a
request body apart: views do, in SQL. The engine is behind `port.py`; `chdb.py` is imported by path.
"""

from .address import client_options, is_on_a_server, login_of, shown_address, store_address, store_path
from .arrivals import Body, Encoding, Signal
from .backfill import QUIET_SECONDS, backfill
from .fold import Progress
from .lane import Malformed, Outcome, Stored
from .lock import StoreInUseError, StoreLock
from .migrate import Migration, migrate, read_migrations
from .port import Engine, EngineError
from .precedence import give_way, go_first
from .receipts import Receipts
from .recount import Rules, recount
from .recounter import Recounter
from .store import WRITERS, Store
from .upgrade import upgrade
from .writer import LINGER_SECONDS, Writer

__all__ = [
    "LINGER_SECONDS",
    "QUIET_SECONDS",
    "WRITERS",
    "Body",
    "Encoding",
    "Engine",
    "EngineError",
    "Malformed",
    "Migration",
    "Outcome",
    "Progress",
    "Receipts",
    "Recounter",
    "Rules",
    "Signal",
    "Store",
    "StoreInUseError",
    "StoreLock",
    "Stored",
    "Writer",
    "backfill",
    "client_options",
    "give_way",
    "go_first",
    "is_on_a_server",
    "login_of",
    "migrate",
    "read_migrations",
    "recount",
    "shown_address",
    "store_address",
    "store_path",
    "upgrade",
]
