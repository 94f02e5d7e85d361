# SPDX-License-Identifier: Apache-2.0
"""The application answered a second time, and that answer was lost.

## What it sees

A response head that the application sends after the first one, in the running process.
It is an error when the first head had left and the second was a redirect or an error, for then the client was told
something else than was meant; else a warning.

## Why it hurts

HTTP has one head an answer, and the first has left.
The redirect after an action is lost, and the person stays on half a page with `200`; an error after the first bytes
looks like a success.
What servers make of it differs: an exception and a cut page, or a client that waits for ever.

## What to do

Decide first, then send: no content before it is known whether there will be a redirect.
Look for a middleware that answers although the application has begun, or an error handler that does not ask.
The guard drops the second head; while nothing has been sent, it puts the second in the place of the first.

## Example

    POST /orders HTTP/1.1                          sent first: 200, and the first lines of a page

    HTTP/1.1 303 See Other                         never sent
    Location: /orders/7

## Sources

ASGI specification, HTTP: `http.response.start` is sent once.
PEP 3333, start_response: a second call needs exc_info, and fails when the head has been sent.
uvicorn 0.54, granian 2.8, hypercorn 0.18, daphne 4.2 and gunicorn 27, measured.
"""

from seeother.journey import Incident, IncidentKind, Severity
from seeother.message import REDIRECTS

from ..excerpt import asked, excerpt, told
from ..rule import OnIncident, Repair, Rule, Sighting, Visibility

_FIRST_ERROR = 400


def _see(incident: Incident) -> Sighting | None:
    who = f"`{asked(incident.request)}`" if incident.request is not None else "A request"
    second = excerpt(incident.detail.get("status", "?"))
    if incident.detail.get("sent") == "no":
        message = f"{who} was answered twice, and the `{second}` took the place of what had not been sent yet."
        return Sighting(message, told(incident.detail), Severity.WARNING)
    return Sighting(
        f"{who} was answered `{incident.status}` and then `{second}`, which nobody has seen.",
        told(incident.detail),
        None if _is_meant_otherwise(second, incident.status) else Severity.WARNING,
    )


def _is_meant_otherwise(second: str, sent: int) -> bool:
    """Whether the lost head would have changed what the client does next."""
    status = int(second) if second.isascii() and second.isdecimal() else 0
    return status != sent and (status in REDIRECTS or status >= _FIRST_ERROR)


RULE = Rule(
    code="ERR005",
    name="second-response-head",
    severity=Severity.ERROR,
    source="ASGI HTTP, PEP 3333",
    visibility=(Visibility.IN_PROCESS,),
    repair=Repair.DEFAULT,
    cure="Decide on the answer before the first byte is sent.",
    text=__doc__ or "",
    checks=(OnIncident(_see, kinds=frozenset({IncidentKind.SECOND_HEAD})),),
)
