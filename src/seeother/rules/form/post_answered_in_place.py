# SPDX-License-Identifier: Apache-2.0
"""A POST was answered with the result page itself, so that reloading it sends the POST again.

## What it sees

A `POST` by which a browser goes to a page, answered `200` with a page whose content was kept.
A page is no result when it shows the same form again (with its errors, or the next question), or when it has a form
that takes the visitor to another site, as pages before a payment do, and none when it refreshes itself, waiting for an
outcome; a download and a search by `POST` are none
either.
It is a warning on routes that are declared `action`, and advice elsewhere.

## Why it hurts

The page belongs to a `POST`.
Reload and, after a restart of the browser, Restore send it again after a question that most people answer with Yes;
Back and Forward end on an error page when the page must not be stored.
The address in the bar cannot be shared or opened again.

## What to do

Answer `303 See Other` with the address of a page that shows the result.
Where the application cannot be changed the guard parks the page under an address of its own and answers `303` to it,
if the route asks for it (`repair = ["FRM004"]`).

## Example

    POST /orders HTTP/1.1

    HTTP/1.1 200 OK                         should be 303 with Location: /orders/7
    Content-Type: text/html

    <h1>Thank you for your order</h1>

## Sources

RFC 9110, sections 9.2.2 (idempotent methods) and 15.4.4 (303).
Chromium 156, measured: a reload after `303` repeats only the `GET`, after `200` it posts again; `no-store` on such a
page makes Back and Forward fail.
"""

from seeother.journey import Declaration, RouteKind, Severity
from seeother.message import Exchange, Request, first, origin_of, resolve

from ..audience import is_navigation
from ..excerpt import asked
from ..html import Form
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility
from ..shown_page import shown_page

_ASKING = frozenset({"search", "filter", "preview", "lookup"})  # a POST by such an address asks, it does nothing


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    request = exchange.request
    page = shown_page(exchange)
    if page is None or not page.has_text or not is_navigation(request) or _asks(request):
        return None
    fields = exchange.response.fields
    if page.refresh is not None or first(fields, b"refresh") is not None:
        return None  # a page that waits for an outcome
    if any(_goes_on(request, form) for form in page.forms):
        return None
    if (first(fields, b"content-disposition") or b"").strip().lower().startswith(b"attachment"):
        return None
    return Sighting(
        f"`{asked(request)}` was answered `200` with a page; reloading it sends the POST again.",
        severity=None if declaration.kind is RouteKind.ACTION else Severity.ADVICE,
    )


def _asks(request: Request) -> bool:
    return not _ASKING.isdisjoint(request.path.lower().split("/"))


def _goes_on(request: Request, form: Form) -> bool:
    """Whether the form belongs to the dialogue: it is the same one, or the way to another site."""
    if form.method != "POST":
        return False
    target, here = resolve(request, form.action.encode("utf-8", "replace")), resolve(request, b"")
    return target is None or here is None or target.path == here.path or target.origin != origin_of(request)


def _may_be_a_step(declaration: Declaration) -> bool:
    return declaration.kind in {None, RouteKind.ACTION}


RULE = Rule(
    code="FRM004",
    name="post-answered-in-place",
    severity=Severity.WARNING,
    source="RFC 9110 15.4.4",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.OPT_IN,
    cure="Answer 303 See Other with the address of a page that shows the result.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see, methods=frozenset({"POST"}), statuses=frozenset({200}), where=_may_be_a_step, needs_content=True
        ),
    ),
)
