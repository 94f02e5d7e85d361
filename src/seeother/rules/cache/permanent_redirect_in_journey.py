# SPDX-License-Identifier: Apache-2.0
"""A step of a journey is redirected for good, and browsers remember that without a limit.

## What it sees

A `GET` of a declared step, action or return that is answered `301` or `308`, where no `Cache-Control` or `Expires`
says for how long that holds.
A move to the same path with another slash, scheme or host is not meant, and neither is a route declared `routing`:
such addresses have moved for good.

## Why it hurts

`301` and `308` may be stored although nothing says so, and browsers keep them until their cache is emptied.
Where a step leads depends on the cart, the session and what is paid.
Somebody who was once sent from `/checkout` back to the empty cart is sent there for ever: the request no longer
reaches the site, and no deployment can correct it.

## What to do

Answer `303`, or `302` after a `GET`, as nothing has moved.
Where the step has really moved, give the redirect a limit, such as `Cache-Control: max-age=3600`.
The guard adds `Cache-Control: no-store` and leaves the status as it is.

## Example

    GET /checkout HTTP/1.1                         asked once; from then on the browser does not ask

    HTTP/1.1 301 Moved Permanently
    Location: /cart

## Sources

RFC 9110, sections 15.1 (heuristically cacheable statuses), 15.4.2 (301) and 15.4.9 (308).
RFC 9111, section 4.2.2.
Chromium 156, measured: of three visits a `301` and a `308` were fetched once; a `302`, `303` and `307` three times.
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, cache_directives, first

from ..excerpt import asked, excerpt
from ..routing_move import is_routing_move
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility
from .own_step import is_own_step


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    location = first(fields, b"location") or b""
    if not location.strip() or is_routing_move(request, location):
        return None
    # Any directive shows that somebody has thought about it.
    if cache_directives(fields) or first(fields, b"expires") is not None:
        return None
    return Sighting(
        f"`{asked(request)}` was answered `{status}`, which browsers remember without a limit.",
        {"location": excerpt(location)},
    )


RULE = Rule(
    code="CAC001",
    name="permanent-redirect-in-journey",
    severity=Severity.WARNING,
    source="RFC 9110 15.1, RFC 9111 4.2.2",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Answer 303 or 302, or say with Cache-Control for how long the redirect holds.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=frozenset({"GET", "HEAD"}),
            statuses=frozenset({301, 308}),
            fields=frozenset({b"location"}),
            where=is_own_step,
        ),
    ),
)
