# SPDX-License-Identifier: Apache-2.0
"""An answer relies on Pragma, which has no meaning in answers.

## What it sees

A page or a redirect with `Pragma` and without `Cache-Control` and `Expires`.
Beside `Cache-Control` it does no harm, and old frameworks and PHP send both.

## Why it hurts

`Pragma: no-cache` was made for requests to caches of HTTP/1.0, and what it means in an answer was never specified.
Some browsers take it for `Cache-Control: no-cache` all the same, while CDNs and other caches do not.
So whoever sends it believes that the answer is not stored, and for some of the ways to the people it is.

## What to do

Send `Cache-Control: no-cache` (ask before using it again) or `no-store` (do not keep it), and leave `Pragma` away.
The guard writes `Cache-Control: no-cache` in place of `Pragma: no-cache`, and takes any other `Pragma` away.

## Example

    GET /cart HTTP/1.1

    HTTP/1.1 200 OK
    Content-Type: text/html
    Pragma: no-cache

## Sources

RFC 9111, section 5.4: Pragma is deprecated, and its meaning in responses was never specified.
"""

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, first

from ..excerpt import asked, excerpt
from ..rule import METHODS, OnExchange, Repair, Rule, Sighting, Visibility
from ..shown_page import is_page


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    if first(fields, b"cache-control") is not None or first(fields, b"expires") is not None:
        return None
    if status not in REDIRECTS and not is_page(exchange):
        return None
    value = excerpt(first(fields, b"pragma") or b"")
    return Sighting(
        f"The `{status}` to `{asked(request)}` tells caches by `Pragma` alone what to do.", {"pragma": value}
    )


RULE = Rule(
    code="CAC007",
    name="pragma-for-cache-control",
    severity=Severity.ADVICE,
    source="RFC 9111 5.4",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Send Cache-Control instead of Pragma.",
    text=__doc__ or "",
    checks=(OnExchange(_see, methods=METHODS, statuses=REDIRECTS | frozenset({200}), fields=frozenset({b"pragma"})),),
)
