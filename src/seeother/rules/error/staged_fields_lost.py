# SPDX-License-Identifier: Apache-2.0
"""Fields or cookies were staged for an answer that had left already.

## What it sees

In the running process: fields that the application wanted to have on an answer, and that came after its head.
It is an error for a `Set-Cookie` or a `Location`, else a warning.

## Why it hurts

A cookie that is not set is a session that is not there on the next page: an empty cart, or a person who has to sign in
again in the middle of the checkout.
A lost `Location` is a redirect that never happens.
Servers drop such fields without a word, or end the response.

## What to do

Stage fields and cookies before the first byte, and ask whether the answer has started where that is uncertain.
In code that streams, collect the head first and send it once.

## Example

    POST /orders HTTP/1.1                          the head of 200 has left, then the session is renewed

    Set-Cookie: session=...                        never sent

## Sources

RFC 9110, section 6.3 (the head comes before the content).
ASGI specification, HTTP: fields stand in `http.response.start`, which is sent once.
"""

from seeother.journey import Incident, IncidentKind, Severity

from ..excerpt import asked, excerpt, told
from ..rule import OnIncident, Repair, Rule, Sighting, Visibility

_VITAL = ("set-cookie", "location")


def _see(incident: Incident) -> Sighting | None:
    names = excerpt(incident.detail.get("fields", "")).lower() or "fields"
    who = f"`{asked(incident.request)}`" if incident.request is not None else "a request"
    return Sighting(
        f"The `{incident.status}` to {who} left without `{names}`.",
        told(incident.detail),
        Severity.ERROR if any(name in names for name in _VITAL) else None,
    )


RULE = Rule(
    code="ERR008",
    name="staged-fields-lost",
    severity=Severity.WARNING,
    source="RFC 9110 6.3",
    visibility=(Visibility.IN_PROCESS,),
    repair=Repair.NONE,
    cure="Stage fields and cookies before the first byte is sent.",
    text=__doc__ or "",
    checks=(OnIncident(_see, kinds=frozenset({IncidentKind.STAGED_LOST})),),
)
