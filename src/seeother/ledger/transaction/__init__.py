# SPDX-License-Identifier: Apache-2.0
"""An action's row in the ledger, written in the transaction of what the action itself writes.

Rules of this room: a crash at any point leaves both or neither; whoever holds the claim holds a transaction, so no
claim outlives its owner; a library stays behind the door that bears its name, which `doors.py` opens when a session of
that library comes.
"""

from .action import Action, AsyncAction
from .once import Once, once
from .outbox import AsyncOutbox, Delivery, Outbox, UndeliverableError
from .outbox_rows import Letter
from .pledge import NOT_TAKEN, AnsweredBefore, Pledge, offered
from .tables import tables

__all__ = [
    "NOT_TAKEN",
    "Action",
    "AnsweredBefore",
    "AsyncAction",
    "AsyncOutbox",
    "Delivery",
    "Letter",
    "Once",
    "Outbox",
    "Pledge",
    "UndeliverableError",
    "offered",
    "once",
    "tables",
]
