# SPDX-License-Identifier: Apache-2.0
"""A response failed after its head had promised a success.

## What it sees

- Content that is shorter than its `Content-Length`, where the whole of what came is known.
- In the running process: an application that failed after it had sent a head with a status below `400`.

Compressed content, and text in another encoding than UTF-8, is not measured, because recordings hold it converted.

## Why it hurts

The status has been sent and cannot be taken back.
The person sees half a page, or a page that never ends, and does not know whether the order stands.
Monitoring that looks at the status counts a success.

## What to do

Do what can fail before the head is sent: queries, calls to other services, the template.
Stream only what is ready.
The guard holds the head back until the first content is there, so that what fails early is still answered with an
error; what fails later it only reports.

## Example

    GET /orders/7 HTTP/1.1

    HTTP/1.1 200 OK                                then 500 bytes, and the connection is closed
    Content-Length: 8000

## Sources

RFC 9112, section 8 (incomplete messages); RFC 9110, section 8.6 (Content-Length).
uvicorn 0.54, granian 2.8, hypercorn 0.18, daphne 4.2 and gunicorn 27, measured: the stream is cut, or hangs.
"""

from seeother.journey import Declaration, Incident, IncidentKind, Severity
from seeother.message import Exchange, first

from ..excerpt import asked, told
from ..rule import METHODS, STATUSES, OnExchange, OnIncident, Repair, Rule, Sighting, Visibility

_FIRST_ERROR = 400
_DIGITS_MOST = 15
_BYTE_ORDER_MARK = 3  # bytes, which recorders drop


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields), content = exchange.request, exchange.response, exchange.content
    length = first(fields, b"content-length") or b""
    if not content or not length.isdigit() or len(length) > _DIGITS_MOST:
        return None
    promised = int(length)
    if len(content) + _BYTE_ORDER_MARK >= promised or not _is_as_sent(exchange):
        return None
    return Sighting(
        f"The `{status}` to `{asked(request)}` ended after {len(content)} of {promised} bytes.",
        {"content-length": str(promised), "came": str(len(content))},
    )


def _is_as_sent(exchange: Exchange) -> bool:
    """Whether the content is what was on the wire, octet for octet."""
    fields = exchange.response.fields
    if first(fields, b"content-encoding") is not None or first(fields, b"transfer-encoding") is not None:
        return False
    charset = (first(fields, b"content-type") or b"").lower().partition(b"charset=")[2].strip(b" \"'")
    return not charset or charset.startswith((b"utf-8", b"utf8", b"us-ascii"))


def _see_cut(incident: Incident) -> Sighting | None:
    if incident.status >= _FIRST_ERROR:
        return None
    who = f"`{asked(incident.request)}`" if incident.request is not None else "A request"
    return Sighting(f"{who} was answered `{incident.status}`, and then the response failed.", told(incident.detail))


RULE = Rule(
    code="ERR006",
    name="response-cut-short",
    severity=Severity.ERROR,
    source="RFC 9112 8",
    visibility=(Visibility.EXCHANGE, Visibility.IN_PROCESS),
    repair=Repair.DEFAULT,
    cure="Do what can fail before the head is sent.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=METHODS - {"HEAD"},
            statuses=STATUSES - {304},
            fields=frozenset({b"content-length"}),
            needs_content=True,
        ),
        OnIncident(_see_cut, kinds=frozenset({IncidentKind.CUT})),
    ),
)
