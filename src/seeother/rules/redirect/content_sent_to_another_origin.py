# SPDX-License-Identifier: Apache-2.0
"""A redirect hands what somebody has sent, a password or a card number perhaps, to another origin.

## What it sees

An unsafe request with content that is answered `307` or `308`, with a `Location` on another origin.
On routes of a journey, or declared to be of some kind, any content counts; elsewhere only a form or JSON sent by
`POST`, because uploads to a storage service are passed on in this way on purpose.
Not meant are routing moves from `http` to `https`, between a name and its parent (`www.shop.example` and
`shop.example`), and to the site's own public address; and targets on a declared host from a route with
`preserves_method`.
Between a name and its parent it is a warning, otherwise an error; so it is when the target is on plain `http`.

## Why it hurts

The browser repeats the request at the target, content included, and asks nobody.
Whoever runs that origin reads the form: password, card number, form token.
If the target is on plain `http`, so does everybody on the way.
For this reason OAuth forbids `307` wherever credentials may be in the request.

## What to do

Answer `303 See Other`, and let the browser arrive at the other origin with a `GET` and nothing in its hands.
What the other side has to know is told to it from server to server, or stands in the target as an opaque reference.
The guard answers `303` instead on routes that ask for it.

## Example

    POST /login HTTP/1.1                           the browser sends the password to pay.example
    Host: shop.example
    Content-Type: application/x-www-form-urlencoded

    HTTP/1.1 307 Temporary Redirect
    Location: https://pay.example/session

## Sources

RFC 9700, section 4.12 (never 307 where credentials may be in the request; 303 is best).
RFC 9110, sections 15.4.8 (307) and 15.4.9 (308).
Chromium 156, measured: after 307 a card field and a form token arrived at the other origin.
"""

from seeother.journey import Declaration, RouteKind, Severity
from seeother.message import Exchange, Origin, Request, first, origin_of, resolve

from ..audience import sends_json
from ..excerpt import asked, excerpt
from ..routing_move import is_routing_move
from ..rule import UNSAFE, OnExchange, Repair, Rule, Sighting, Visibility, in_journey
from .resent_content import carries_content, carries_form


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    request, status = exchange.request, exchange.response.status
    location = first(exchange.response.fields, b"location") or b""
    here, target = origin_of(request), resolve(request, location)
    if here is None or target is None or target.origin == here or not _counts(request, declaration):
        return None
    there, is_related = target.origin, _is_related(here, target.origin)
    is_exposed = here.scheme == "https" and there.scheme == "http"
    if not is_exposed and is_routing_move(request, location) and (is_related or there == declaration.site):
        return None
    if declaration.preserves_method and there.host in declaration.target_hosts and not is_exposed:
        return None
    return Sighting(
        f"`{asked(request)}` was answered `{status}`, so that a browser sends its content to `{excerpt(str(there))}`.",
        {"location-origin": excerpt(str(there))},
        Severity.WARNING if is_related and not is_exposed else None,
    )


def _counts(request: Request, declaration: Declaration) -> bool:
    if in_journey(declaration) and declaration.kind is not RouteKind.ROUTING:
        return carries_content(request)
    return request.method == "POST" and (carries_form(request) or (sends_json(request) and carries_content(request)))


def _is_related(here: Origin, there: Origin) -> bool:
    """Whether one host is the other or stands below it."""
    return here.host == there.host or here.host.endswith("." + there.host) or there.host.endswith("." + here.host)


RULE = Rule(
    code="RED003",
    name="content-sent-to-another-origin",
    severity=Severity.ERROR,
    source="RFC 9700 4.12",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.OPT_IN,
    cure="Answer 303 See Other, so that nothing but the address goes to the other origin.",
    text=__doc__ or "",
    checks=(OnExchange(_see, methods=UNSAFE, statuses=frozenset({307, 308}), fields=frozenset({b"location"})),),
)
