# SPDX-License-Identifier: Apache-2.0
"""The status and the Location do not belong together: one says to go on, the other does not say where.

## What it sees

- A `301`, `302`, `303`, `307` or `308` without a `Location`, or with an empty one.
- A browser on its way to a page gets a `Location` with a status at which it does not go on: any success but `201` and
  `202`, and any error.
  To other clients a `Location` may mean something there, as in SCIM; they are not judged.

A redirect without a `Location` is an error when it has no content either, for then a person gets an empty page.
Of some frameworks' own scripts it is known that they read another field instead; for `fetch` it stays a warning.

## Why it hurts

A browser goes on only when it has both: one of the five statuses, and a `Location`.
With half of it, it shows the content, which is often empty: the person has paid, sees a blank page, and pays again.
Intermediaries treat a redirect without a `Location` as a broken answer, and some drop it.

## What to do

To send somebody on, set the status and the `Location` together: `303 See Other` after an action.
Helpers for redirects take any number in some frameworks; Go's `http.Redirect` sends a `200` with a `Location` when it
is told to, without a word.
To show something, leave the `Location` out.

## Example

    POST /orders HTTP/1.1                          the browser stays at /orders, with an empty page
    Sec-Fetch-Mode: navigate

    HTTP/1.1 200 OK
    Location: /orders/7
    Content-Length: 0

## Sources

RFC 9110, section 10.2.2 (Location has a meaning in 201 and 3xx), and section 15.4.
Fetch standard, redirect status and location URL.
Chromium 156, measured: 200 and 201 with a Location are not followed; 303 without one shows its content.
"""

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, every, first

from ..audience import is_navigation
from ..excerpt import asked, excerpt
from ..plain_redirect import is_plain_redirect
from ..rule import ERRORS, METHODS, SUCCESSES, OnExchange, Repair, Rule, Sighting, Visibility

_OPTIONS = frozenset({"OPTIONS"})
_MEANINGFUL = frozenset({201, 202})  # the new resource; where to ask how it went (RFC 7240 section 3.1)


def _see_nowhere(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    if (first(fields, b"location") or b"").strip() or any(value.strip() for value in every(fields, b"location")):
        return None
    mode = first(request.fields, b"sec-fetch-mode")
    is_page = mode is None or mode == b"navigate"
    is_empty = exchange.content == b"" or first(fields, b"content-length") == b"0"
    return Sighting(
        f"`{asked(request)}` was answered `{status}`, which sends a browser on, but without a Location.",
        {"content": "none"} if is_empty else {},
        Severity.ERROR if is_page and is_empty else None,
    )


def _see_unfollowed(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    location = first(fields, b"location") or b""
    if not location.strip() or not is_navigation(request):
        return None
    return Sighting(
        f"`{asked(request)}` was answered `{status}` with a Location, at which a browser does not go on.",
        {"location": excerpt(location)},
    )


RULE = Rule(
    code="RED004",
    name="status-and-location-disagree",
    severity=Severity.WARNING,
    source="RFC 9110 10.2.2, 15.4",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.NONE,
    cure="Set the status and the Location together, or leave both.",
    text=__doc__ or "",
    checks=(
        OnExchange(_see_nowhere, methods=METHODS - _OPTIONS, statuses=REDIRECTS, unless=is_plain_redirect),
        OnExchange(
            _see_unfollowed,
            methods=METHODS - _OPTIONS,
            statuses=(SUCCESSES | ERRORS) - _MEANINGFUL,
            fields=frozenset({b"location"}),
        ),
    ),
)
