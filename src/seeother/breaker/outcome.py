# SPDX-License-Identifier: Apache-2.0
"""How a call ended, as far as the health of the other side is concerned."""

import asyncio
from enum import StrEnum

from seeother.errors import CallerError, CallRefused
from seeother.message import Status

# An answer with one of these says that the service, or what stands before it, could not serve anybody: RFC 9110 15.6.3
# to 15.6.5. 500 is not among them: it tells of one request that hit a bug, at once, and one cart that cannot be priced
# would shut the shop for all; where a peer says 500 for overload, add it. 501 and 505 are about the request alone.
FAILING = frozenset({Status.BAD_GATEWAY, Status.SERVICE_UNAVAILABLE, Status.GATEWAY_TIMEOUT})


class Outcome(StrEnum):
    """The end of a call."""

    SUCCESS = "success"  # answered; a 404 too says that somebody is there
    FAILURE = "failure"  # answered with a failing status, or raised
    TIMEOUT = "timeout"  # no answer, or not all of it, in time
    UNREACHABLE = "unreachable"  # no connection, or none any more
    CUT = "cut"  # the content ended before its end
    BACK_PRESSURE = "back-pressure"  # 429: healthy, and asks for less (RFC 6585 section 4)
    CANCELLED = "cancelled"  # the caller went away: says nothing about the other side

    @property
    def is_failure(self) -> bool:
        """Whether it counts against the other side."""
        return self in _FAILURES


_FAILURES = frozenset({Outcome.FAILURE, Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.CUT})


def judge_status(status: int, failing: frozenset[int] = FAILING) -> Outcome:
    """What an answer with this status says; the content may still be cut."""
    if status in failing:
        return Outcome.FAILURE
    return Outcome.BACK_PRESSURE if status == Status.TOO_MANY_REQUESTS else Outcome.SUCCESS


def judge_error(error: BaseException) -> Outcome:
    """What Python's own exceptions say; a client library's are for its driver to read."""
    match error:
        case TimeoutError():
            return Outcome.TIMEOUT
        case EOFError():  # asyncio's IncompleteReadError among them
            return Outcome.CUT
        case OSError():
            return Outcome.UNREACHABLE
        case CallRefused() | CallerError() | asyncio.CancelledError():  # refused further in, or wrong: nobody was asked
            return Outcome.CANCELLED
        case Exception():
            return Outcome.FAILURE
        case _:  # the process or the generator is being ended
            return Outcome.CANCELLED
