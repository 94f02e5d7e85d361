# SPDX-License-Identifier: Apache-2.0
"""A Retry-After cannot be read, or says what cannot be meant.

## What it sees

A `Retry-After`, whatever the status, that

- is neither a whole number of seconds nor a date of the calendar;
- has a weekday that does not go with its date;
- has a date that was over a minute before the answer, by its `Date` field or by when the request came;
- is more than 31 days away;
- is `0` in a `429` or `503`: advice.

## Why it hurts

A client that cannot read it does as if it were not there.
A date in the past and a `0` mean "at once", and everybody is back before the server is.
A date is only as good as the clocks at both ends, and a wrong weekday tells that it was put together by hand.

## What to do

Send a number of seconds, at least 1.
The article's own example, `Tue, 15 Nov 2023`, was a Wednesday: nobody notices until a program refuses it.
The guard writes seconds instead.

## Example

    HTTP/1.1 503 Service Unavailable
    Retry-After: 30s

## Sources

RFC 9110, sections 10.2.3 (Retry-After) and 5.6.7 (dates).
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, first, read_date, read_retry_after

from ..excerpt import asked, excerpt
from ..rule import METHODS, STATUSES, OnExchange, Repair, Rule, Sighting, Visibility

_LONGEST = 31 * 86_400  # seconds; a quota of a month is the longest that anybody waits
_TOLERANCE = 60  # seconds by which clocks may differ
_REFUSALS = frozenset({429, 503})
_AT_ONCE = "which brings everybody back at once"


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    value = first(exchange.response.fields, b"retry-after") or b""
    fault = _fault(exchange, value)
    if fault is None:
        return None
    status = exchange.response.status
    message = f"The `{status}` to `{asked(exchange.request)}` says `Retry-After: {excerpt(value)}`, {fault}."
    return Sighting(message, {"retry-after": excerpt(value)}, Severity.ADVICE if fault == _AT_ONCE else None)


def _fault(exchange: Exchange, value: bytes) -> str | None:
    """What is wrong with the field's value, in words."""
    wait = read_retry_after(value)
    if wait is None:
        return "which is neither seconds nor a date"
    if wait.date is None:
        delay = wait.delay(0.0)
        if delay == 0 and exchange.response.status in _REFUSALS:
            return _AT_ONCE
    else:
        if not wait.date.is_weekday_right:
            return "which has the wrong weekday"
        made = read_date(first(exchange.response.fields, b"date") or b"")
        now = made.timestamp if made is not None else exchange.at
        if now is None:
            return None
        if wait.date.timestamp < now - _TOLERANCE:
            return "which is over"
        delay = wait.delay(now)
    return "which is more than a month away" if delay > _LONGEST else None


RULE = Rule(
    code="RTY002",
    name="misleading-retry-after",
    severity=Severity.WARNING,
    source="RFC 9110 10.2.3, 5.6.7",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Send a whole number of seconds, at least 1.",
    text=__doc__ or "",
    checks=(OnExchange(_see, methods=METHODS, statuses=STATUSES, fields=frozenset({b"retry-after"})),),
)
