# SPDX-License-Identifier: Apache-2.0
"""What we decide while a request passes.

Rules of this room: a decision that needs I/O is a flow (`flow.py`), one that needs none is a plain function on
a response head (`redirect.py`); neither knows which adapter or which ledger carries it out.
"""

from .claim import Finished, Granted, LedgerKey, Mismatch, Running, Unknown, Verdict
from .flow import Abandon, Claim, Flow, Forward, Pause, Read, Release, Reply, Respond, Settle, Want

__all__ = [
    "Abandon",
    "Claim",
    "Finished",
    "Flow",
    "Forward",
    "Granted",
    "LedgerKey",
    "Mismatch",
    "Pause",
    "Read",
    "Release",
    "Reply",
    "Respond",
    "Running",
    "Settle",
    "Unknown",
    "Verdict",
    "Want",
]
