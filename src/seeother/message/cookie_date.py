# SPDX-License-Identifier: Apache-2.0
"""Dates of cookies, which browsers read far more kindly than other dates (RFC 6265 section 5.1.1)."""

import re
from calendar import timegm
from datetime import UTC, datetime

from .date import DAYS, MONTHS, HttpDate

_LONGEST = 256  # bytes
_PIECE = re.compile(rb"[^\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")  # what stands between delimiters
_FORMS = {  # each piece is taken for the first of these that it fits and that is still missing
    name: re.compile(form.encode(), re.IGNORECASE)
    for name, form in (
        ("clock", r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])"),
        ("day", r"([0-9]{1,2})(?![0-9])"),
        ("month", "(" + "|".join(MONTHS) + ")"),
        ("year", r"([0-9]{2,4})(?![0-9])"),
        ("weekday", "(" + "|".join(DAYS) + ")"),
    )
}
_YEAR_LEAST = 1601
_CENTURY = 100
_PIVOT = 70  # two digits from here on are of the last century


def read_cookie_date(value: bytes) -> HttpDate | None:
    """The moment that a cookie's Expires names, in the many forms that browsers take, or None."""
    found: dict[str, re.Match[bytes]] = {}
    for piece in _PIECE.findall(value[:_LONGEST]):
        for name, form in _FORMS.items():
            if name not in found and (match := form.match(piece)):
                found[name] = match
                break
    if not found.keys() >= {"clock", "day", "month", "year"}:
        return None
    hour, minute, second = (int(digits) for digits in found["clock"].groups())
    year = int(found["year"][1])
    if year < _CENTURY:
        year += 1900 if year >= _PIVOT else 2000
    if year < _YEAR_LEAST:
        return None
    month = MONTHS.index(found["month"][1].decode().title()) + 1
    try:
        moment = datetime(year, month, int(found["day"][1]), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    weekday = found.get("weekday")
    right = weekday is None or weekday[1].decode().title() == DAYS[moment.weekday()]
    return HttpDate(float(timegm(moment.timetuple())), right)
