# SPDX-License-Identifier: Apache-2.0
"""An action was sent to an address that is corrected by a redirect: slash, host or scheme.

## What it sees

- A `POST`, `PUT`, `PATCH` or `DELETE` that is answered `301`, `307` or `308` with the same resource up to slashes,
  scheme or host.
- The same with `302`, but only where scheme or host differ: with another slash it may well be the answer to an action.
  The scheme does not count where a proxy says that the request came over `https`.
- A CORS preflight that is answered with any redirect.

It is an error where the content is lost, that is, after a `POST` with `301` or `302`, and in a preflight, which has
failed.
Where the request is repeated, it is a warning; on routes declared `routing` that is what they are for, and silent.

## Why it hurts

After `301` and `302` a browser goes on with `GET`: the form that somebody filled in is gone, and they get an empty one
again, or a page that says nothing.
After `307` and `308` it sends everything twice, and other clients do not go on at all without asking.
When the scheme is corrected, the content has already gone over the wire in clear.
A preflight must not be redirected: the script gets an error that does not tell why.
Django adds a slash with `301`, Flask with `308`, Starlette and FastAPI with `307`.

## What to do

Correct the `action` of the form or the address in the script: the evidence names both addresses.
A route may be declared under both addresses, too.
The guard only reports: a request at the wrong address is a fault of the page that sends it.

## Example

    POST /orders HTTP/1.1                          the browser goes on with GET /orders/, and the order is lost

    HTTP/1.1 301 Moved Permanently
    Location: /orders/

## Sources

RFC 9110, sections 15.4.2 (301), 15.4.3 (302), 15.4.8 (307) and 15.4.9 (308).
Fetch standard, CORS-preflight fetch: an answer whose status is not ok fails it.
Django 6.1, Werkzeug 3.1 and Starlette 1.10, measured; Chromium 156, measured.
"""

from seeother.journey import Declaration, RouteKind, Severity
from seeother.message import REDIRECTS, Exchange, Request, first, origin_of, resolve

from ..excerpt import asked, excerpt
from ..routing_move import is_routing_move
from ..rule import UNSAFE, OnExchange, Repair, Rule, Sighting, Visibility

_FOUND = 302
_PRESERVING = frozenset({307, 308})


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    request, status = exchange.request, exchange.response.status
    location = first(exchange.response.fields, b"location") or b""
    if not location.strip() or not is_routing_move(request, location):
        return None
    if status == _FOUND and not _is_elsewhere(request, location):
        return None
    evidence = {"asked": excerpt(request.url), "location": excerpt(location)}
    start = f"`{asked(request)}` was sent to an address that a `{status}` corrects,"
    if status not in _PRESERVING and request.method == "POST":
        return Sighting(f"{start} and its content is lost.", evidence, Severity.ERROR)
    if declaration.kind is RouteKind.ROUTING:
        return None
    return Sighting(f"{start} and has to be sent twice.", evidence)


def _is_elsewhere(request: Request, location: bytes) -> bool:
    """Whether scheme or host are corrected, the scheme being what it was for the browser."""
    here, target = origin_of(request), resolve(request, location)
    if here is None or target is None or here.host != target.origin.host:
        return True
    proxied = first(request.fields, b"x-forwarded-proto") or first(request.fields, b"forwarded") or b""
    return here != target.origin and b"https" not in proxied.lower()


def _see_preflight(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, status = exchange.request, exchange.response.status
    if not _is_preflight(request):
        return None
    location = first(exchange.response.fields, b"location") or b""
    message = f"The preflight of `{asked(request)}` was answered `{status}`, which makes the real request fail."
    return Sighting(message, {"asked": excerpt(request.url), "location": excerpt(location)}, Severity.ERROR)


def _is_preflight(request: Request) -> bool:
    """Whether a browser asks for leave to send another request (Fetch section 3.3.2)."""
    fields = request.fields
    return first(fields, b"origin") is not None and first(fields, b"access-control-request-method") is not None


RULE = Rule(
    code="RED007",
    name="unsafe-request-at-wrong-address",
    severity=Severity.WARNING,
    source="RFC 9110 15.4.2, 15.4.8",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.NONE,
    cure="Correct the address in the form or script that sends the request.",
    text=__doc__ or "",
    checks=(
        OnExchange(_see, methods=UNSAFE, statuses=REDIRECTS - {303}, fields=frozenset({b"location"})),
        OnExchange(_see_preflight, methods=frozenset({"OPTIONS"}), statuses=REDIRECTS, fields=frozenset({b"location"})),
    ),
)
