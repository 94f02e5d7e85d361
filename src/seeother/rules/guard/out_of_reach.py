# SPDX-License-Identifier: Apache-2.0
"""A guard in front of an application got an answer that it could not look into.

## What it sees

In a proxy (`seeother guard`): an error whose content is compressed, or coded in another way, by the server behind.
It is a warning on routes that are declared part of a journey, and advice elsewhere.

## Why it hurts

What is wrong with a page or with problem details stands in their content: no way on, no word to read, a status that
contradicts the head.
The guard judges and mends the head of such an answer, and leaves its content as it is, so that a person may stand
before a dead end although there is a guard.

## What to do

Have the server send errors as they are, and let whatever stands before the guard compress: nginx, a load balancer, a
CDN.
Or put the guard into the application, inside of what compresses.

## Example

    GET /checkout

    HTTP/1.1 500 Internal Server Error
    Content-Type: text/html
    Content-Encoding: gzip                  what may it say?

## Sources

RFC 9110, section 8.4 (a content coding is undone before the content can be read).
"""

from seeother.journey import Incident, IncidentKind, Severity

from ..excerpt import asked, excerpt, told
from ..rule import OnIncident, Repair, Rule, Sighting, Visibility, in_journey


def _see(incident: Incident) -> Sighting | None:
    what = f"`{asked(incident.request)}`" if incident.request is not None else "A request"
    answered = excerpt(incident.detail.get("answered", ""))
    why = excerpt(incident.detail.get("why", "it does not say why"))
    return Sighting(
        f"{what} was answered `{answered}`, and the guard in front cannot look into it: {why}.",
        told(incident.detail),
        Severity.WARNING if in_journey(incident.declaration) else None,
    )


RULE = Rule(
    code="GRD003",
    name="out-of-reach",
    severity=Severity.ADVICE,
    source="RFC 9110 8.4",
    visibility=(Visibility.IN_PROCESS,),
    repair=Repair.NONE,
    cure="Let the server send errors as they are, and compress before the guard.",
    text=__doc__ or "",
    checks=(OnIncident(_see, kinds=frozenset({IncidentKind.OUT_OF_REACH})),),
)
