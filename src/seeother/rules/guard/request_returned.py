# SPDX-License-Identifier: Apache-2.0
"""A guard in front of an application has sent a request that came back to itself.

## What it sees

In a proxy (`seeother guard`): a server behind it that is the guard itself, or leads back to it, such as a load balancer
whose servers are the guards.
The guard knows its own name in `Via`, refuses the request when it comes back, and tells whoever asked that nothing was
done: 502 for a page, 503 for an action.

## Why it hurts

Nobody gets an answer from the shop.
Without a guard that knows itself such a request would go round until connections run out.

## What to do

Say in `[[upstream]]` where the shop itself listens, not what stands before the guard.

## Example

    [[upstream]]
    url = "https://shop.example"            the public address, which leads to the guard

## Sources

RFC 9110, section 7.6.3 (Via is for avoiding request loops).
"""

from seeother.journey import Incident, IncidentKind, Severity

from ..excerpt import asked, excerpt, told
from ..rule import OnIncident, Repair, Rule, Sighting, Visibility


def _see(incident: Incident) -> Sighting | None:
    what = f"`{asked(incident.request)}`" if incident.request is not None else "A request"
    upstream = excerpt(incident.detail.get("upstream", "a server behind"))
    return Sighting(f"{what} came back to the guard that had sent it to `{upstream}`.", told(incident.detail))


RULE = Rule(
    code="GRD004",
    name="request-returned",
    severity=Severity.ERROR,
    source="RFC 9110 7.6.3",
    visibility=(Visibility.IN_PROCESS,),
    repair=Repair.NONE,
    cure="Say in [[upstream]] where the shop itself listens.",
    text=__doc__ or "",
    checks=(OnIncident(_see, kinds=frozenset({IncidentKind.RETURNED})),),
)
