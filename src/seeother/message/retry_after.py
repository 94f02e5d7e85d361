# SPDX-License-Identifier: Apache-2.0
"""When to come back (RFC 9110 section 10.2.3): seconds or a date are read, seconds are sent."""

import math
from typing import NamedTuple

from .date import HttpDate, read_date

_DIGITS_MOST = 12  # thirty thousand years; more digits are a mistake or an attack on whoever adds them to a date
_SECONDS_MOST = 10**_DIGITS_MOST - 1


class RetryAfter(NamedTuple):
    """What a Retry-After field says: exactly one of `seconds` and `date` is given."""

    seconds: int | None
    date: HttpDate | None

    def delay(self, now: float) -> float:
        """The seconds to wait from `now`; 0 where the moment is past."""
        if self.seconds is not None:
            return float(self.seconds)
        return 0.0 if self.date is None else max(0.0, self.date.timestamp - now)


def read_retry_after(value: bytes) -> RetryAfter | None:
    """What the field's value says, in either form, or None when it is neither."""
    value = value.strip(b" \t")
    if value.isdigit():
        digits = value.lstrip(b"0") or b"0"
        return RetryAfter(int(digits) if len(digits) <= _DIGITS_MOST else _SECONDS_MOST, None)
    date = read_date(value)
    return None if date is None else RetryAfter(None, date)


def to_retry_after(seconds: float) -> bytes:
    """The field's value for so many seconds, rounded up and at least 1, as 0 would ask for a storm."""
    if not seconds > 1:  # NaN too
        return b"1"
    return b"%d" % math.ceil(min(seconds, _SECONDS_MOST))
