# SPDX-License-Identifier: Apache-2.0
"""A passing redirect in a journey has a lifetime, so that a browser follows it again without asking.

## What it sees

A `GET` of a declared step, action or return that is answered `302`, `303` or `307` with a positive lifetime in
`Cache-Control` or `Expires`.
A move to the same path with another slash, scheme or host is not meant, and neither is a route declared `routing`.

## Why it hurts

Without a lifetime these three are never used again, and that is why they are right in a journey: each visit asks.
With one, the browser and every cache on the way lead back to where the person was sent before: to the cart that was
empty then, to the login page although they are logged in now, to the order before this one.
`private` helps against shared caches, and not against the browser's own.

## What to do

Leave the lifetime away, or send `Cache-Control: no-store`.
It often comes from a rule for the whole site in a proxy or a CDN: exempt the paths of the journey there.
The guard sends `no-store` where the route asks for it.

## Example

    GET /checkout HTTP/1.1                         for a minute, /checkout leads to the empty cart

    HTTP/1.1 302 Found
    Location: /cart
    Cache-Control: private, max-age=60

## Sources

RFC 9110, sections 15.4.3 (302), 15.4.4 (303) and 15.4.8 (307); RFC 9111, section 4.2.1.
Chromium 156, measured: of three visits a `302` with `max-age` was fetched once.
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, first, freshness

from ..excerpt import asked, excerpt
from ..routing_move import is_routing_move
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility
from .own_step import is_own_step


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    lifetime = freshness(fields, exchange.at)
    location = first(fields, b"location") or b""
    if not lifetime or not location.strip() or is_routing_move(request, location):
        return None
    return Sighting(
        f"The `{status}` to `{asked(request)}` is followed again for {lifetime:.0f} s without asking.",
        {"location": excerpt(location), "lifetime": f"{lifetime:.0f} s"},
    )


RULE = Rule(
    code="CAC003",
    name="lasting-redirect-in-journey",
    severity=Severity.WARNING,
    source="RFC 9111 4.2.1",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.OPT_IN,
    cure="Leave the lifetime away, or send Cache-Control: no-store.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=frozenset({"GET", "HEAD"}),
            statuses=frozenset({302, 303, 307}),
            fields=frozenset({b"cache-control", b"expires"}),
            where=is_own_step,
        ),
    ),
)
