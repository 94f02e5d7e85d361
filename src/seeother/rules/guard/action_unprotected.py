# SPDX-License-Identifier: Apache-2.0
"""An action was carried out although its ledger was not asked.

## What it sees

In the running process: a request to a route with `ledger_down = "proceed"` while the ledger was away.
Also an action on a route with `transactional = true` whose handler has answered `2xx` or `3xx` without `once()`, so
that nothing stands in its database by which a duplicate could be known.
Also a form on a route with `idempotency = "form"` whose sender nothing tells from others, or that is too long to be
compared.
It is an error on a route whose key is required, else a warning.

## Why it hurts

Nobody knows whether this action had been done before, and nobody will know when it comes again.
A double click or a network retry in these minutes is a second order.

## What to do

Bring the ledger back, and look through the actions of these minutes for pairs.
Where a second execution costs more than a refusal, set `ledger_down = "refuse"`, which is the default: the guard then
answers `503` with `Retry-After`.
Name what tells people apart in `principal`, or declare a journey: its cookie does.
Let the handler of a transactional route do all that it does inside of `once()`, the checks before it included.

## Example

    [[route]]
    match = "POST /orders"
    kind = "action"
    idempotency = "key"
    ledger_down = "proceed"

## Sources

SeeOther, setting `ledger_down` of a route.
RFC 9110, section 9.2.2 (a request that is not idempotent is not repeated unless it is known to be safe).
"""

from seeother.journey import Incident, IncidentKind, Severity

from ..excerpt import asked, told
from ..rule import OnIncident, Repair, Rule, Sighting, Visibility

_AWAY = "the ledger could not be asked"
_AWAY_TOLD = ", which could not be asked"


def _see(incident: Incident) -> Sighting | None:
    what = f"`{asked(incident.request)}`" if incident.request is not None else "An action"
    why = incident.detail.get("why", _AWAY)
    return Sighting(
        f"{what} was carried out without its ledger{_AWAY_TOLD if why == _AWAY else f': {why}'}.",
        told(incident.detail),
        Severity.ERROR if incident.declaration.needs_key else None,
    )


RULE = Rule(
    code="GRD002",
    name="action-unprotected",
    severity=Severity.WARNING,
    source="RFC 9110 9.2.2",
    visibility=(Visibility.IN_PROCESS,),
    repair=Repair.NONE,
    cure="Bring the ledger back, or let the route refuse meanwhile; let a transactional route's handler use once().",
    text=__doc__ or "",
    checks=(OnIncident(_see, kinds=frozenset({IncidentKind.UNPROTECTED})),),
)
