# SPDX-License-Identifier: Apache-2.0
"""Dates as fields write them (RFC 9110 section 5.6.7): one form is sent, three are read.

A weekday that does not go with its date is read and flagged, as recipients go by the date alone. A date that no
calendar has is none.
"""

import math
import re
from calendar import timegm
from datetime import UTC, datetime
from time import gmtime
from typing import NamedTuple

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = "(?P<month>" + "|".join(MONTHS) + ")"
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_FORMS = tuple(
    re.compile(form.encode())
    for form in (
        rf"(?P<weekday>{'|'.join(DAYS)}), (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_CLOCK} GMT",
        rf"(?P<weekday>{'|'.join(_LONG_DAYS)}), (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_CLOCK} GMT",
        rf"(?P<weekday>{'|'.join(DAYS)}) {_MONTH} (?P<day>[ 0-9][0-9]) {_CLOCK} (?P<year>[0-9]{{4}})",
    )
)
_LONGEST = 33  # bytes: "Wednesday, 15-Nov-23 08:49:37 GMT"
_LEAP_SECOND = 60
_CENTURY = 100
# RFC 850 has years of two digits. The century would hang on today's date (RFC 9110: at most 50 years ahead), which
# nothing here knows; so it is POSIX's rule, that of the C library.
_PIVOT = 69
_FIRST, _LAST = -62_135_596_800.0, 253_402_300_799.0  # the years 1 and 9999, which is all that four digits can say


class HttpDate(NamedTuple):
    """A moment in seconds since the epoch, and whether the weekday beside it was the right one."""

    timestamp: float
    is_weekday_right: bool


def read_date(value: bytes) -> HttpDate | None:
    """The moment that a field's value names in any of the three forms, or None."""
    value = value.strip(b" \t")
    if len(value) > _LONGEST:
        return None
    for form in _FORMS:
        if match := form.fullmatch(value):
            return _moment(match)
    return None


def to_date(timestamp: float) -> bytes:
    """The moment in the form to send, whole seconds, held within the years that it can name."""
    moment = gmtime(math.floor(min(max(timestamp, _FIRST), _LAST)) if timestamp == timestamp else 0)  # noqa: PLR0124 - NaN
    text = (
        f"{DAYS[moment.tm_wday]}, {moment.tm_mday:02} {MONTHS[moment.tm_mon - 1]} {moment.tm_year:04}"
        f" {moment.tm_hour:02}:{moment.tm_min:02}:{moment.tm_sec:02} GMT"
    )
    return text.encode()


def _moment(match: re.Match[bytes]) -> HttpDate | None:
    day, year, hour, minute, second = (int(match[name]) for name in ("day", "year", "hour", "minute", "second"))
    month = MONTHS.index(match["month"].decode()) + 1
    if len(match["year"]) == len("94"):
        year += 19 * _CENTURY if year >= _PIVOT else 20 * _CENTURY
    leap = second == _LEAP_SECOND
    try:
        moment = datetime(year, month, day, hour, minute, second - leap, tzinfo=UTC)
    except ValueError:
        return None
    return HttpDate(float(timegm(moment.timetuple()) + leap), match["weekday"][:3].decode() == DAYS[moment.weekday()])
