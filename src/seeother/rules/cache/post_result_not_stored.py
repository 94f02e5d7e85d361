# SPDX-License-Identifier: Apache-2.0
"""A page that answers a POST directly may not be stored, so that nobody can go forward to it again.

## What it sees

In a declared step, a `POST` by a form that is answered `200` with a page and `Cache-Control: no-store`.

## Why it hurts

Whoever goes back from such a page and forward again wants to see it.
The browser has not stored it, so it shows an error page instead; whoever reloads that one sends the form once more.
That is no fault of `no-store`, which is right for what is personal: it is the answer to a `POST` that has no address
of its own.

## What to do

Answer `303` with the address of a page that shows the result; that page may be `no-store`, as it can be fetched again.
For a form that is shown again with its errors, `private, no-cache` does: it is asked for again except when somebody
goes back or forward.
The guard can park the page under an address of its own, where the route asks for it (`park`).

## Example

    POST /orders HTTP/1.1                          Back, then Forward: an error page

    HTTP/1.1 200 OK
    Content-Type: text/html
    Cache-Control: no-store

## Sources

RFC 9111, sections 5.2.2.5 (no-store) and 6 (history lists may show what is stale).
Chromium 156, measured: after Back, Forward to the answer of a `POST` with `no-store` ends at an error page.
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, cache_directives, media_type

from ..audience import is_navigation
from ..excerpt import asked
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility
from ..shown_page import is_page

_FORMS = frozenset({b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/plain"})


def _is_step(declaration: Declaration) -> bool:
    return declaration.step is not None


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, fields = exchange.request, exchange.response.fields
    if media_type(request.fields) not in _FORMS or not is_page(exchange) or not is_navigation(request):
        return None
    if b"no-store" not in cache_directives(fields):
        return None
    return Sighting(f"`{asked(request)}` was answered with a page that a browser may not store.")


RULE = Rule(
    code="CAC006",
    name="post-result-not-stored",
    severity=Severity.ADVICE,
    source="RFC 9111 5.2.2.5, 6",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.NONE,
    cure="Answer 303 with the address of a page that shows the result.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=frozenset({"POST"}),
            statuses=frozenset({200}),
            fields=frozenset({b"cache-control"}),
            where=_is_step,
        ),
    ),
)
