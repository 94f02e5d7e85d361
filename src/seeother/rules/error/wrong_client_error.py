# SPDX-License-Identifier: Apache-2.0
"""An error of the client's was answered with a 4xx that means another one.

## What it sees

Only what the answer itself, or the client's own trail, gives away:

- `422` for JSON that cannot be parsed, as FastAPI answers: `422` says that the syntax is right, so this is `400`.
- `409` for fields that are missing or of the wrong type, in the form of FastAPI and Pydantic: nothing conflicts, so
  this is `422` or `400`.
- `400` with a code such as `already_exists`, `duplicate` or `conflict`: nothing is malformed, so this is `409`.
- A `DELETE` that succeeded and, sent once more by the same client without a change, got `400`: it cannot have been
  malformed; `404`, `409` or `410` says that the resource is not there any more.

`400` for a field that is wrong is not meant, for `400` is the general one.

## Why it hurts

Clients decide by the status whether to ask the person, to load the resource anew, or to report a fault of their own.
With the wrong one they ask for a correction where there is nothing to correct, or try again what can never succeed.

## What to do

`400` for what cannot be read, `422` for what can be read and is wrong, `409` for what would be right if the resource
were in another state.
A duplicate that is known and finished is best answered with its first result.

## Example

    POST /accounts HTTP/1.1

    HTTP/1.1 400 Bad Request
    Content-Type: application/json

    {"code": "already_exists"}

## Sources

RFC 9110, sections 15.5.1 (400), 15.5.10 (409) and 15.5.21 (422).
FastAPI 0.165, measured: 422 for content that is no JSON.
"""

import re
from collections.abc import Iterator

from seeother.journey import Declaration, Severity, Trail
from seeother.message import Exchange, Fields, Request, media_type

from ..excerpt import asked
from ..rule import UNSAFE, OnExchange, OnTrail, Repair, Rule, Sighting, Visibility
from .document import read_object

_BAD_REQUEST, _CONFLICT, _UNPROCESSABLE = 400, 409, 422
_SUCCESSES = range(200, 400)
_JSON = frozenset({b"application/json", b"application/problem+json"})
_CODES = ("code", "error", "error_code", "errorCode", "type")
# A duplicate parameter, in contrast, is the form of the request.
_STATES = re.compile(
    r"(?:\A|[\W_])(?:already|conflict|duplicate(?![\W_]*(?:arg|cookie|field|header|key|member|param|quer)))(?:\Z|[\W_])",
    re.IGNORECASE,
)
_WORD = re.compile(r"[!-~]{1,80}\Z")  # a code or a URI; a sentence has blanks and is for people
_FORM_FAULTS = re.compile(r"missing\Z|[a-z_]+_(?:type|parsing)\Z")  # Pydantic's error types for form, not for values
_ENTRIES_MOST = 32  # of a list of errors
_CHANGING = frozenset({b"cookie", b"traceparent", b"tracestate", b"baggage", b"x-request-id", b"date"})


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    if media_type(fields) not in _JSON:
        return None
    document = read_object(exchange.content)
    if document is None:
        return None
    start = f"`{asked(request)}` was answered `{status}`, but the content speaks of"
    types = _types(document)
    if status == _UNPROCESSABLE and types[:1] == ["json_invalid"]:
        return Sighting(f"{start} JSON that cannot be parsed, which is `400`.", {"type": "json_invalid"})
    if status == _CONFLICT and types and all(_FORM_FAULTS.match(each) for each in types):
        return Sighting(f"{start} the form of the request, which is `422` or `400`.", {"type": types[0]})
    if status == _BAD_REQUEST:
        code = next((value for name in _CODES if _tells_a_state(value := document.get(name))), None)
        if isinstance(code, str):
            return Sighting(f"{start} the state of a resource, which is `409`.", {"code": code})
    return None


def _types(document: dict[str, object]) -> list[str]:
    """The types of the entries that FastAPI lists under `detail`; empty when it is another form."""
    detail = document.get("detail")
    types: list[str] = []
    if isinstance(detail, list):
        for entry in detail[:_ENTRIES_MOST]:
            kind: object = entry.get("type") if isinstance(entry, dict) and "loc" in entry else None
            if not isinstance(kind, str) or not _WORD.match(kind):
                return []
            types.append(kind)
    return types


def _tells_a_state(value: object) -> bool:
    return isinstance(value, str) and _WORD.match(value) is not None and _STATES.search(value) is not None


def _see_again(trail: Trail) -> Iterator[Sighting]:
    done: set[tuple[Request, Fields]] = set()
    for index, exchange in enumerate(trail.exchanges, 1):
        request, status = exchange.request, exchange.response.status
        if request.method != "DELETE":
            continue
        lasting = tuple([field for field in request.fields if field[0] not in _CHANGING])
        asking = request._replace(fields=()), lasting
        if status in _SUCCESSES:
            done.add(asking)
        elif status == _BAD_REQUEST and asking in done:
            yield Sighting(
                f"`{asked(request)}` was answered `400`, though the very same request succeeded before.",
                exchange=index,
            )


RULE = Rule(
    code="ERR004",
    name="wrong-client-error",
    severity=Severity.ADVICE,
    source="RFC 9110 15.5.1, 15.5.10, 15.5.21",
    visibility=(Visibility.EXCHANGE, Visibility.SEQUENCE),
    repair=Repair.NONE,
    cure="Answer 400 to what cannot be read, 422 to what is wrong, and 409 to what the state forbids.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=UNSAFE,
            statuses=frozenset({_BAD_REQUEST, _CONFLICT, _UNPROCESSABLE}),
            needs_content=True,
        ),
        OnTrail(_see_again),
    ),
)
