# SPDX-License-Identifier: Apache-2.0
"""A program got an error that it cannot read, or only with knowledge of the framework that made it.

## What it sees

A `4xx` or `5xx` to a client, other than a browser on its way to a page, that

- names JSON in `Accept`, or has sent JSON, and is answered with HTML: a warning;
- names JSON in `Accept` and is answered with plain text: advice;
- names JSON in `Accept` and gets `400`, `409`, `422` or a `5xx` with nothing at all: advice;
- takes JSON, by name or not, and gets a framework's own: `{"detail":…}` of FastAPI and Django REST framework, or
  `{"status_code":…,"detail":…}` of Litestar: advice.

Where nobody has asked for JSON, plain text and HTML are fine.
An application's own JSON is fine too, whatever its members are called.

## Why it hurts

The script in the checkout cannot tell which field was wrong, or whether it should try again.
It shows "something went wrong", and the person gives up over a missing digit in a postcode.
HTML where JSON is expected often makes the script itself fail, and then nothing is shown at all.
A framework's own JSON ties whoever reads it to that framework: `detail` is a text in one error and a list in the next.

## What to do

Answer problem details (RFC 9457) to programs and a page to people; `Accept` and `Sec-Fetch-Dest` tell them apart.
Say which field was wrong, once for each.
The guard does so for the errors that frameworks make by themselves, and keeps the members that their clients read:
`detail`, `status_code`, `extra`.

## Example

    POST /api/orders HTTP/1.1
    Accept: application/json

    HTTP/1.1 400 Bad Request
    Content-Type: text/html

    <h1>Bad Request</h1>

## Sources

RFC 9457, section 3 (problem details).
RFC 9110, sections 12.5.1 (Accept) and 15.5 (content of an error explains it).
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, first, media_type

from ..audience import asks_for_json, is_navigation, sends_json, takes_json
from ..excerpt import asked
from ..framework_json import is_framework_json
from ..rule import ERRORS, UNSAFE, OnExchange, Repair, Rule, Sighting, Visibility
from .document import read_object

_PAGES = frozenset({b"text/html", b"application/xhtml+xml"})
_EXPLAINED = frozenset({400, 409, 422})  # which nobody can mend without being told what is wrong
_SERVER_ERROR = 500  # of which nobody knows whether to try again, and whether something was done


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    kind = media_type(fields)
    if kind in _PAGES:
        if asks_for_json(request) or (sends_json(request) and not is_navigation(request)):
            message = f"`{asked(request)}` was answered `{status}` with HTML, which a program cannot read."
            return Sighting(message, {"content-type": kind.decode("latin-1")}, Severity.WARNING)
    elif kind == b"text/plain":
        if asks_for_json(request):
            message = f"`{asked(request)}` asked for JSON and was answered `{status}` with plain text."
            return Sighting(message, {"content-type": "text/plain"})
    elif kind == b"application/json":
        if takes_json(request) and _is_framework_s(exchange):
            message = (
                f"`{asked(request)}` was answered `{status}` with JSON of its framework's own, no problem details."
            )
            return Sighting(message, {"content-type": "application/json"})
    elif not kind and _wants_words(status) and _is_empty(exchange) and asks_for_json(request):
        return Sighting(f"`{asked(request)}` asked for JSON and was answered `{status}` without a word.")
    return None


def _wants_words(status: int) -> bool:
    return status in _EXPLAINED or status >= _SERVER_ERROR


def _is_framework_s(exchange: Exchange) -> bool:
    content, (status, fields) = exchange.content, exchange.response
    if content is None or first(fields, b"content-encoding") is not None:
        return False
    document = read_object(content)
    return document is not None and is_framework_json(status, document, content)


def _is_empty(exchange: Exchange) -> bool:
    return first(exchange.response.fields, b"content-length") == b"0" or exchange.content == b""


RULE = Rule(
    code="ERR002",
    name="unstructured-error",
    severity=Severity.ADVICE,
    source="RFC 9457 3",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Answer problem details to clients that take JSON.",
    text=__doc__ or "",
    checks=(OnExchange(_see, methods=UNSAFE | {"GET"}, statuses=ERRORS),),
)
