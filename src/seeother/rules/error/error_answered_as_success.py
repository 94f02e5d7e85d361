# SPDX-License-Identifier: Apache-2.0
"""A success was answered whose content says that it is none.

## What it sees

- Problem details (`application/problem+json`) with a `2xx`.
- The answer to a `POST`, `PUT`, `PATCH` or `DELETE` with `200`, `201`, `202` or `203` that is a JSON object and says
  `"success": false`, `"ok": false`, `"status": "error"` or the like, or has an `error` or `errors`; and that has
  nothing in it but words about the error.

A resource that has failed, such as a payment with a state and an id, is a result and no error of the exchange.
GraphQL and JSON-RPC answer errors with `200` by their own rules; they are not meant.

## Why it hurts

Everybody who does not read the content takes it for a success: caches, retries, breakers, load balancers, monitoring
and every client that looks at the status first.
An order that has failed counts as placed, and no alarm rings.

## What to do

Answer a `4xx` when the request was at fault and a `5xx` when the server was, with the same content or with problem
details.
The guard only reports, for it cannot know which status was meant.

## Example

    POST /orders HTTP/1.1

    HTTP/1.1 200 OK
    Content-Type: application/json

    {"success": false, "message": "out of stock"}

## Sources

RFC 9110, sections 15.3 (2xx: received, understood and accepted), 15.5 (4xx) and 15.6 (5xx).
RFC 9457, section 3 (problem details go with an error's status).
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, Request, media_type

from ..excerpt import asked
from ..rule import SUCCESSES, UNSAFE, OnExchange, Repair, Rule, Sighting, Visibility
from .document import read_object

_PROBLEM = b"application/problem+json"
_RESULTS = frozenset({200, 201, 202, 203})
_FAILURES = frozenset({"error", "fail", "failed", "failure"})
_WORDS = frozenset(
    {
        "code", "data", "description", "detail", "details", "error", "error_code", "error_description", "error_message",
        "errorcode", "errormessage", "errors", "instance", "message", "messages", "msg", "ok", "path", "reason",
        "request_id", "requestid", "status", "status_code", "statuscode", "success", "timestamp", "title", "trace_id",
        "traceid", "type",
    }
)  # fmt: skip


def _see_problem(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    if media_type(fields) != _PROBLEM:
        return None
    return Sighting(
        f"`{asked(request)}` was answered `{status}`, but its content is problem details.",
        {"content-type": "application/problem+json"},
    )


def _see_result(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    if media_type(fields) != b"application/json" or _is_graphql(request):
        return None
    document = read_object(exchange.content)
    if document is None:
        return None
    mark = _mark({name.lower(): value for name, value in document.items()})
    if mark is None:
        return None
    return Sighting(f"`{asked(request)}` was answered `{status}`, but its content says `{mark}`.", {"says": mark})


def _mark(document: dict[str, object]) -> str | None:
    """What says that this is an error and nothing else; never a text that somebody wrote."""
    state = document.get("status")
    failure = state.lower() if isinstance(state, str) and state.lower() in _FAILURES else None
    if not document.keys() <= _WORDS or (document.get("data") and failure is None):
        return None
    for name in ("success", "ok"):
        if document.get(name) is False:
            return f"{name}: false"
    if failure is not None:
        return f"status: {failure}"
    return next((name for name in ("error", "errors") if document.get(name)), None)


def _is_graphql(request: Request) -> bool:
    return "graphql" in request.path.lower()


RULE = Rule(
    code="ERR001",
    name="error-answered-as-success",
    severity=Severity.WARNING,
    source="RFC 9110 15.3, 15.5, 15.6",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.NONE,
    cure="Answer a 4xx or 5xx status with the error.",
    text=__doc__ or "",
    checks=(
        OnExchange(_see_problem, methods=UNSAFE | {"GET"}, statuses=SUCCESSES, needs_content=True),
        OnExchange(_see_result, methods=UNSAFE, statuses=_RESULTS, needs_content=True),
    ),
)
