# SPDX-License-Identifier: Apache-2.0
"""What we decide while a request passes.

Rules of this room: a decision that needs I/O is a flow (`flow.py`, `once.py`), one that needs none is a plain
function on values (`redirect.py`, `visit.py`); neither knows which adapter or which ledger carries it out.
"""

from .claim import Finished, Granted, LedgerKey, Mismatch, Running, Unknown, Verdict
from .contract import StatusContract
from .cookie import SameSite
from .flow import Abandon, Claim, Flow, Forward, Pause, Read, Release, Reply, Respond, Settle, Want
from .form_token import TOKEN_FIELD, FormTokens, read_form_token
from .hand_off import hand_off
from .key import FORM_FIELD
from .link import Link, preconnect, preload
from .once import once
from .origin import CROSS_SITE, Ground, OriginVerdict, by_token, check_origin, is_exempt, may_refuse
from .redirect import see_other
from .route import AfterCrash, AfterFinish, Idempotency, InFlight, LedgerDown, RoutePolicy
from .staging import AlreadyStarted, Staging
from .visit import RETURN_PARAMETER, Reception, Visit

__all__ = [
    "CROSS_SITE",
    "FORM_FIELD",
    "RETURN_PARAMETER",
    "TOKEN_FIELD",
    "Abandon",
    "AfterCrash",
    "AfterFinish",
    "AlreadyStarted",
    "Claim",
    "Finished",
    "Flow",
    "FormTokens",
    "Forward",
    "Granted",
    "Ground",
    "Idempotency",
    "InFlight",
    "LedgerDown",
    "LedgerKey",
    "Link",
    "Mismatch",
    "OriginVerdict",
    "Pause",
    "Read",
    "Reception",
    "Release",
    "Reply",
    "Respond",
    "RoutePolicy",
    "Running",
    "SameSite",
    "Settle",
    "Staging",
    "StatusContract",
    "Unknown",
    "Verdict",
    "Visit",
    "Want",
    "by_token",
    "check_origin",
    "hand_off",
    "is_exempt",
    "may_refuse",
    "once",
    "preconnect",
    "preload",
    "read_form_token",
    "see_other",
]
