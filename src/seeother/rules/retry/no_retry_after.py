# SPDX-License-Identifier: Apache-2.0
"""A client was told to come back later, but not when.

## What it sees

A `429` or `503` without `Retry-After`.
The addresses where something looks whether the server is well (`/healthz`, `/readyz` and the like) are left out, since
who asks there has a rhythm of its own.

## Why it hurts

Programs that retry pick a delay of their own.
Many pick the same, and come back all at once while the server is just getting up.
That clients give up for good without the field is a legend; nor do browsers heed it, so people need a link or a
`Refresh` besides.

## What to do

Send `Retry-After` with a number of seconds, not the same for everybody.
The guard adds one with chance in it.

## Example

    HTTP/1.1 503 Service Unavailable
    Retry-After: 30

## Sources

RFC 9110, sections 10.2.3 (Retry-After) and 15.6.4 (503: the server MAY send it).
RFC 6585, section 4 (429: the same).
Chromium 156, measured: a 503 with Retry-After is not fetched again.
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, first

from ..excerpt import asked
from ..rule import METHODS, OnExchange, Repair, Rule, Sighting, Visibility

_CHECKS = frozenset(
    {
        "health",
        "healthcheck",
        "healthz",
        "heartbeat",
        "live",
        "liveness",
        "livez",
        "ping",
        "ready",
        "readiness",
        "readyz",
    }
)


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    if first(fields, b"retry-after") is not None or request.path.rstrip("/").rpartition("/")[2].lower() in _CHECKS:
        return None
    return Sighting(f"`{asked(request)}` was answered `{status}`, which does not say when to come back.")


RULE = Rule(
    code="RTY001",
    name="no-retry-after",
    severity=Severity.ADVICE,
    source="RFC 9110 15.6.4, RFC 6585 4",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Send Retry-After with a number of seconds.",
    text=__doc__ or "",
    checks=(OnExchange(_see, methods=METHODS - {"OPTIONS"}, statuses=frozenset({429, 503})),),
)
