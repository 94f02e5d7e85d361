# SPDX-License-Identifier: Apache-2.0
"""An error calls itself problem details and does not keep to their form.

## What it sees

A `4xx` or `5xx` of the type `application/problem+json` whose content

- is no JSON object;
- has a `status` that is not a number, or not the one that was sent;
- has a `type`, `title`, `detail` or `instance` that is not a text.

A member that is missing or null is fine, and so are members of one's own.
So is a `detail` that is a list, beside `errors` that say the same: FastAPI's clients read it there, and all others
have to ignore it.

## Why it hurts

Clients ignore a member of the wrong kind, so what it says is never shown.
A `status` in the content that differs from the real one makes a client that reads the content do the opposite of one
that reads the head: one tries again, the other gives up.

## What to do

Let one place make problem details, from the status that is really sent.
Write `status` as a number and `type` as a URI reference, or leave them out.
The guard puts the real status in.

## Example

    HTTP/1.1 503 Service Unavailable
    Content-Type: application/problem+json

    {"title": "Payment is away", "status": "500"}

## Sources

RFC 9457, sections 3.1 (members and their types) and 3.1.2 (the status must be the one that is sent).
"""

from collections.abc import Mapping

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, first, media_type

from ..excerpt import asked, excerpt
from ..rule import ERRORS, UNSAFE, OnExchange, Repair, Rule, Sighting, Visibility
from .document import READ_BYTES, read_object

_TEXTS = ("type", "title", "detail", "instance")


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields), content = exchange.request, exchange.response, exchange.content
    if media_type(fields) != b"application/problem+json" or content is None or len(content) > READ_BYTES:
        return None
    if first(fields, b"content-encoding") is not None:
        return None
    start = f"The problem details of the `{status}` to `{asked(request)}`"
    document = read_object(content)
    if document is None:
        return Sighting(f"{start} are no JSON object.")
    stated = document.get("status")
    if isinstance(stated, int | float) and not isinstance(stated, bool):
        if stated != status:
            return Sighting(
                f"{start} say that it is `{excerpt(str(stated))}`.",
                {"member": "status", "stated": excerpt(str(stated))},
            )
    elif stated is not None:
        return Sighting(f"{start} have a `status` that is not a number.", {"member": "status"})
    name = next((name for name in _TEXTS if not _is_fit(document, name)), None)
    return None if name is None else Sighting(f"{start} have a `{name}` that is not a text.", {"member": name})


def _is_fit(document: Mapping[str, object], name: str) -> bool:
    value = document.get(name)
    is_list = name == "detail" and isinstance(value, list) and isinstance(document.get("errors"), list)
    return is_list or isinstance(value, str | None)


RULE = Rule(
    code="ERR003",
    name="invalid-problem-details",
    severity=Severity.WARNING,
    source="RFC 9457 3.1",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Make problem details from the status that is really sent, with members of the right types.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=UNSAFE | {"GET"},
            statuses=ERRORS,
            fields=frozenset({b"content-type"}),
            needs_content=True,
        ),
    ),
)
