# SPDX-License-Identifier: Apache-2.0
"""The answers that tell of trouble, to people as pages and to machines as problem details (RFC 9457).

Rules of this room: what a framework says by default is recognised word for word, and what an application says of its
own is its own; nothing of what was sent comes back; a page needs no script, no other file and no disk.
"""

from .answer import as_page, as_problem, is_navigation, problem, wants_page, whole
from .error_answer import mended_problem, not_accepted, outliving, stated
from .fallback import fallback
from .framework_error import read_framework_error
from .page import BUILT_IN_PAGE, HOME, FallbackPage
from .problems import (
    ALREADY_DONE,
    CONTENT_TOO_LARGE,
    IN_PROGRESS,
    KEY_REUSED,
    KEY_UNUSABLE,
    LEDGER_UNAVAILABLE,
    OUTCOME_UNKNOWN,
    OUTCOME_UNRECORDED,
    UNSAFE_REDIRECT,
    Problem,
)
from .validation import from_fastapi

__all__ = [
    "ALREADY_DONE",
    "BUILT_IN_PAGE",
    "CONTENT_TOO_LARGE",
    "HOME",
    "IN_PROGRESS",
    "KEY_REUSED",
    "KEY_UNUSABLE",
    "LEDGER_UNAVAILABLE",
    "OUTCOME_UNKNOWN",
    "OUTCOME_UNRECORDED",
    "UNSAFE_REDIRECT",
    "FallbackPage",
    "Problem",
    "as_page",
    "as_problem",
    "fallback",
    "from_fastapi",
    "is_navigation",
    "mended_problem",
    "not_accepted",
    "outliving",
    "problem",
    "read_framework_error",
    "stated",
    "wants_page",
    "whole",
]
