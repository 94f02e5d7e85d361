# SPDX-License-Identifier: Apache-2.0
"""An action was answered with 307 or 308, which make the browser send it once more.

## What it sees

An unsafe request to a route declared `action` that is answered `307` or `308` with a `Location`.
Where nothing is declared, only a form that was sent by `POST` counts.
An answer that names the same resource up to slashes, scheme or host is a routing move and not meant here; nor is, where
nothing is declared, one that merely puts a language or a version before the path.
Routes declared `routing`, and those with `preserves_method`, are left alone.

## Why it hurts

`307` and `308` promise that the request has not been dealt with here: the browser repeats it at the target, method and
content included.
If the action has been carried out, it is now carried out once more, or it meets a page that takes no `POST` and the
person sees `405` although the order stands.
A reload of that page asks whether to send the form again.
Starlette and FastAPI answer `307` when no status is given, so this is seldom meant.

## What to do

Answer `303 See Other` with the address of the page that shows the result.
In Starlette and FastAPI: `RedirectResponse(url, status_code=303)`.
Some advise `307` after forms because it keeps the form's token: the token has been checked by then, and that the
content is dropped is the safe part.
The guard answers `303` instead on routes that ask for it.

## Example

    POST /orders HTTP/1.1                          the browser goes on with POST /orders/7, form and all
    Content-Type: application/x-www-form-urlencoded

    HTTP/1.1 307 Temporary Redirect
    Location: /orders/7

## Sources

RFC 9110, sections 15.4.8 (307) and 15.4.9 (308).
Chromium 156, measured: after 307 the form is sent again, and a reload of the page at its end repeats it.
"""

from seeother.journey import Declaration, RouteKind, Severity
from seeother.message import Exchange, first

from ..excerpt import asked, excerpt
from ..routing_move import is_routing_move
from ..rule import UNSAFE, OnExchange, Repair, Rule, Sighting, Visibility
from .prefix_move import is_prefix_move
from .resent_content import carries_form


def _may_be_an_action(declaration: Declaration) -> bool:
    return declaration.kind is not RouteKind.ROUTING and not declaration.preserves_method


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    request, status = exchange.request, exchange.response.status
    location = first(exchange.response.fields, b"location") or b""
    if not location.strip() or is_routing_move(request, location):
        return None
    message = f"`{asked(request)}` was answered `{status}`, so that a browser sends it once more, to the target."
    evidence = {"location": excerpt(location)}
    if declaration.kind is RouteKind.ACTION:
        return Sighting(message, evidence, Severity.ERROR)
    if request.method != "POST" or not carries_form(request) or is_prefix_move(request, location):
        return None
    return Sighting(message, evidence)


RULE = Rule(
    code="RED002",
    name="content-resent-after-action",
    severity=Severity.WARNING,
    source="RFC 9110 15.4.8, 15.4.9",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.OPT_IN,
    cure="Answer 303 See Other with the address of the page that shows the result.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=UNSAFE,
            statuses=frozenset({307, 308}),
            fields=frozenset({b"location"}),
            where=_may_be_an_action,
        ),
    ),
)
