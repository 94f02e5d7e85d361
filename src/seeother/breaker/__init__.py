# SPDX-License-Identifier: Apache-2.0
"""When to stop asking: breakers, bulkheads, deadlines and retries for calls to others.

Rules of this room: no I/O, and time is passed in, as seconds on the monotonic clock; what needs a socket or a header
belongs to the drivers in `client/`. No lock is held while a call runs.
"""

from .answer import answer_judge, retry_after_of
from .breaker import Breaker, Permit, Reading
from .breaker_policy import BreakerPolicy
from .bulkhead import Bulkhead
from .deadline import TIMEOUT_FIELD, Deadline, current_deadline, deadline_of, read_timeout, to_timeout
from .news import BackPressure, CallFailed, CallSlow, Listeners, News, Refused, StateChanged
from .outcome import FAILING, Outcome, judge_error, judge_status
from .protect import protect
from .refusal import Reason, Rejected
from .registry import Registry
from .retry import Retry, RetryBudget
from .state import MEANINGS, TRANSITIONS, Event, State, Transition

__all__ = [
    "FAILING",
    "MEANINGS",
    "TIMEOUT_FIELD",
    "TRANSITIONS",
    "BackPressure",
    "Breaker",
    "BreakerPolicy",
    "Bulkhead",
    "CallFailed",
    "CallSlow",
    "Deadline",
    "Event",
    "Listeners",
    "News",
    "Outcome",
    "Permit",
    "Reading",
    "Reason",
    "Refused",
    "Registry",
    "Rejected",
    "Retry",
    "RetryBudget",
    "State",
    "StateChanged",
    "Transition",
    "answer_judge",
    "current_deadline",
    "deadline_of",
    "judge_error",
    "judge_status",
    "protect",
    "read_timeout",
    "retry_after_of",
    "to_timeout",
]
