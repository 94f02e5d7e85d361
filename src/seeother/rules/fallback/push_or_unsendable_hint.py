# SPDX-License-Identifier: Apache-2.0
"""The application asked for a server push, or for early hints that cannot be sent.

## What it sees

In the running application: a push (`http.response.push`), whatever the server offers; early hints that the server does
not offer, on a connection with HTTP/1, or after the head has left.
On the wire neither leaves a trace, so that nothing is to be seen from outside.
It is advice: the guard drops the message, keeps what it would have loaded in a `Link` of the head where the head has
not left, and the answer is as it was.

## Why it hurts

Browsers have given up push: Chrome switches it off since version 106, Firefox since 132.
A server raises for a message that it has not offered, so that a page fails because of a thing that was to make it
quicker.
An HTTP/1 client may take `103` for the answer itself.

## What to do

Send `Link: </style.css>; rel=preload; as=style` with the answer.
Send early hints where `scope["extensions"]` has `http.response.early_hint`; `ResponseControl.early_hints` knows, and
takes the `Link` where it has not.
Leave push out.

## Example

    await send({"type": "http.response.push", "path": "/style.css", "headers": []})

## Sources

RFC 8297, sections 2 and 3 (103 and HTTP/1 clients); RFC 9113, section 8.4 (push).
uvicorn, granian, hypercorn and daphne, measured: each raised for an early hint that it had not offered.
"""

from seeother.journey import Incident, IncidentKind, Severity

from ..excerpt import asked, excerpt, told
from ..rule import OnIncident, Repair, Rule, Sighting, Visibility


def _see(incident: Incident) -> Sighting:
    where = "" if incident.request is None else f" for `{asked(incident.request)}`"
    if incident.kind is IncidentKind.PUSH:
        return Sighting(f"A server push was wanted{where}; no browser takes it any more.", told(incident.detail))
    why = incident.detail.get("why", "they cannot be sent here")
    return Sighting(f"Early hints were wanted{where} and not sent: {excerpt(why)}.", told(incident.detail))


RULE = Rule(
    code="FBK005",
    name="push-or-unsendable-hint",
    severity=Severity.ADVICE,
    source="RFC 8297 3",
    visibility=(Visibility.IN_PROCESS,),
    repair=Repair.DEFAULT,
    cure="Send a Link with rel=preload, and early hints only where the server offers them.",
    text=__doc__ or "",
    checks=(OnIncident(_see, kinds=frozenset({IncidentKind.PUSH, IncidentKind.HINT_REFUSED})),),
)
