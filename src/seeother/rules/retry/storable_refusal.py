# SPDX-License-Identifier: Apache-2.0
"""A passing refusal may be stored and shown to others, or for longer than it is true.

## What it sees

A `429` or `503` to a `GET` or `HEAD` that a cache may store and use unasked, by `Cache-Control`, `Expires` or the
fields for content networks.
A `503` that lives no longer than its `Retry-After` says is let pass: this is how a network keeps requests away from a
server that is down.

## Why it hurts

A `429` is about one client; out of a shared cache it refuses everybody.
A stored `503` keeps the shop closed after it has opened again, and nobody who looks at the server can see why.

## What to do

Send `Cache-Control: no-store` with every `429` and `503`.
Look for a middleware or a proxy that gives all answers of a path the same lifetime.
The guard sends `no-store`.

## Example

    HTTP/1.1 429 Too Many Requests
    Cache-Control: public, max-age=3600

## Sources

RFC 6585, section 4 (a 429 must not be stored by a cache).
RFC 9111, section 3 (an explicit lifetime makes any final status storable).
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, first, freshness, invites_sharing, read_retry_after

from ..excerpt import asked, excerpt
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility

_UNAVAILABLE = 503
_NETWORK_FIELDS = (b"cdn-cache-control", b"surrogate-control")
_CACHE_FIELDS = (*_NETWORK_FIELDS, b"cache-control", b"expires")


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    lifetime = freshness(fields, exchange.at)
    is_for_networks = any(first(fields, name) is not None for name in _NETWORK_FIELDS)
    if not lifetime and not (invites_sharing(fields) and (lifetime is None or is_for_networks)):
        return None
    if status == _UNAVAILABLE and lifetime is not None:
        wait = read_retry_after(first(fields, b"retry-after") or b"")
        if wait is not None and wait.seconds is not None and lifetime <= wait.seconds:
            return None
    name = next((name for name in _CACHE_FIELDS if first(fields, name) is not None), b"expires")
    return Sighting(
        f"The `{status}` to `{asked(request)}` may be stored by caches.",
        {name.decode(): excerpt(first(fields, name) or b"") or "empty"},
    )


RULE = Rule(
    code="RTY006",
    name="storable-refusal",
    severity=Severity.WARNING,
    source="RFC 6585 4, RFC 9111 3",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Send Cache-Control: no-store with every 429 and 503.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=frozenset({"GET", "HEAD"}),
            statuses=frozenset({429, _UNAVAILABLE}),
            fields=frozenset(_CACHE_FIELDS),
        ),
    ),
)
