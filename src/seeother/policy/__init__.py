# SPDX-License-Identifier: Apache-2.0
"""What we decide while a request passes.

Rules of this room: a decision that needs I/O is a flow (`flow.py`, `once.py`), one that needs none is a plain
function on values (`repair/`, `visit.py`); neither knows which adapter or which ledger carries it out.
"""

from .claim import Doubt, Finished, Granted, LedgerKey, Mismatch, Running, Unknown, Verdict
from .contract import StatusContract
from .control import AlreadyStarted, AnswerControl, Link, SameSite, Staging, preconnect, preload
from .flow import Abandon, Claim, Flow, Forward, Pause, Read, Release, Reply, Report, Respond, Settle, Want
from .forgery import (
    CROSS_SITE,
    TOKEN_FIELD,
    FormTokens,
    Ground,
    OriginVerdict,
    by_token,
    check_origin,
    is_exempt,
    may_refuse,
    read_form_token,
)
from .hand_off import PARKED_PATH, hand_off, is_parked, may_park, park, parked_path, parking_principal, redirect, unpark
from .key import FORM_FIELD
from .once import once, unguarded
from .problem import (
    OUTCOME_UNKNOWN,
    FallbackPage,
    Problem,
    as_page,
    fallback,
    from_fastapi,
    is_navigation,
    not_accepted,
    problem,
    wants_page,
    whole,
)
from .repair import BY_DECLARATION, REPAIRS, Answer, Terms, is_refused_target, repaired
from .route import AfterCrash, AfterFinish, Idempotency, InFlight, LedgerDown, RoutePolicy
from .visit import RETURN_PARAMETER, Reception, Visit

__all__ = [
    "BY_DECLARATION",
    "CROSS_SITE",
    "FORM_FIELD",
    "OUTCOME_UNKNOWN",
    "PARKED_PATH",
    "REPAIRS",
    "RETURN_PARAMETER",
    "TOKEN_FIELD",
    "Abandon",
    "AfterCrash",
    "AfterFinish",
    "AlreadyStarted",
    "Answer",
    "AnswerControl",
    "Claim",
    "Doubt",
    "FallbackPage",
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
    "Problem",
    "Read",
    "Reception",
    "Release",
    "Reply",
    "Report",
    "Respond",
    "RoutePolicy",
    "Running",
    "SameSite",
    "Settle",
    "Staging",
    "StatusContract",
    "Terms",
    "Unknown",
    "Verdict",
    "Visit",
    "Want",
    "as_page",
    "by_token",
    "check_origin",
    "fallback",
    "from_fastapi",
    "hand_off",
    "is_exempt",
    "is_navigation",
    "is_parked",
    "is_refused_target",
    "may_park",
    "may_refuse",
    "not_accepted",
    "once",
    "park",
    "parked_path",
    "parking_principal",
    "preconnect",
    "preload",
    "problem",
    "read_form_token",
    "redirect",
    "repaired",
    "unguarded",
    "unpark",
    "wants_page",
    "whole",
]
