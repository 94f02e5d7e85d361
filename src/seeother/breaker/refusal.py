# SPDX-License-Identifier: Apache-2.0
"""What a caller gets instead of a permit; raised, it is a `CallRefused` with the reason in words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import final


class Reason(StrEnum):
    """Why a call was not let through."""

    OPEN = "open"  # too many calls before it failed or were slow, or an operator said so
    PROBING = "probing"  # half-open, and all permits are out
    FULL = "full"  # the bulkhead: too many calls at once
    BACK_PRESSURE = "back-pressure"  # the other side has asked to be left alone for a while
    DEADLINE = "deadline"  # whoever asked has no time left


@final
@dataclass(frozen=True, slots=True)
class Rejected:
    """No call to `name` now; coming back makes sense after so many seconds."""

    name: str
    reason: Reason
    retry_after: float
