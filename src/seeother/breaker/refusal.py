# SPDX-License-Identifier: Apache-2.0
"""What a caller gets instead of a permit."""

from dataclasses import dataclass
from enum import StrEnum

from seeother.errors import SeeOtherError


class Reason(StrEnum):
    """Why a call was not let through."""

    OPEN = "open"  # too many calls before it failed or were slow, or an operator said so
    PROBING = "probing"  # half-open, and all permits are out
    FULL = "full"  # the bulkhead: too many calls at once
    BACK_PRESSURE = "back-pressure"  # the other side has asked to be left alone for a while


@dataclass(frozen=True, slots=True)
class Rejected:
    """No call to `name` now; coming back makes sense after so many seconds."""

    name: str
    reason: Reason
    retry_after: float


class CallRefused(SeeOtherError):  # noqa: N818 - nothing went wrong here: it was refused
    """A call that was not made, since the breaker or the bulkhead before it said no: nothing has happened.

    `retry_after` is in seconds, for a Retry-After field. Each refusal is an exception of its own: one that is raised
    again and again grows by a traceback each time.
    """

    def __init__(self, name: str, reason: Reason, retry_after: float) -> None:
        """Say who was to be called, why not, and when to come back."""
        super().__init__(f"no call to {name} now ({reason}); come back in {retry_after:.1f} s")
        self.name = name
        self.reason = reason
        self.retry_after = retry_after
