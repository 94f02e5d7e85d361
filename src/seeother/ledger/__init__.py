# SPDX-License-Identifier: Apache-2.0
"""Remembers answered actions, so that one action happens once.

Rules of this room: a claim is atomic; an answer once finished is replayed byte for byte until its time is up; what was
begun and not finished is unknown, never free; a token from an earlier claim moves nothing.
"""

from .address import check_address, open_ledger
from .memory import MemoryLedger
from .port import AsyncLedger, Ledger
from .reconciler import Reconciler
from .sqlite import SQLiteLedger
from .transaction import (
    NOT_TAKEN,
    Action,
    AnsweredBefore,
    AsyncAction,
    AsyncOutbox,
    Delivery,
    Letter,
    Once,
    Outbox,
    Pledge,
    UndeliverableError,
    offered,
    once,
    tables,
)

__all__ = [
    "NOT_TAKEN",
    "Action",
    "AnsweredBefore",
    "AsyncAction",
    "AsyncLedger",
    "AsyncOutbox",
    "Delivery",
    "Ledger",
    "Letter",
    "MemoryLedger",
    "Once",
    "Outbox",
    "Pledge",
    "Reconciler",
    "SQLiteLedger",
    "UndeliverableError",
    "check_address",
    "offered",
    "once",
    "open_ledger",
    "tables",
]
