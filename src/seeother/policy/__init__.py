# SPDX-License-Identifier: Apache-2.0
"""What we decide while a request passes.

Rules of this room: a decision that needs I/O is a flow (`flow.py`, `once.py`), one that needs none is a plain
function on values (`repair/`, `visit.py`); neither knows which adapter or which ledger carries it out.
"""

from .answer import as_page, is_navigation, problem, wants_page, whole
from .claim import Finished, Granted, LedgerKey, Mismatch, Running, Unknown, Verdict
from .contract import StatusContract
from .control import AnswerControl
from .cookie import SameSite
from .error_answer import not_accepted
from .fallback import FallbackPage, fallback
from .flow import Abandon, Claim, Flow, Forward, Pause, Read, Release, Reply, Report, Respond, Settle, Want
from .form_token import TOKEN_FIELD, FormTokens, read_form_token
from .hand_off import hand_off, redirect
from .key import FORM_FIELD
from .link import Link, preconnect, preload
from .once import once, unguarded
from .origin import CROSS_SITE, Ground, OriginVerdict, by_token, check_origin, is_exempt, may_refuse
from .parking import PARKED_PATH, is_parked, may_park, park, parked_path, parking_principal, unpark
from .problems import OUTCOME_UNKNOWN, Problem
from .repair import BY_DECLARATION, REPAIRS, Answer, Terms, is_refused_target, repaired
from .route import AfterCrash, AfterFinish, Idempotency, InFlight, LedgerDown, RoutePolicy
from .staging import AlreadyStarted, Staging
from .validation import from_fastapi
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
