# SPDX-License-Identifier: Apache-2.0
"""A person is told to wait, on a page that neither comes back by itself nor has anything to click.

## What it sees

An answer to a browser on its way to a page, `429`, `503` or `202`, as HTML, plain text or nothing, whose content is
known and that has

- no `Refresh`, neither as a field nor in the page;
- no link, no form, and no inline script that could move on.

For `202` only an HTML page counts.

## Why it hurts

Browsers do not heed `Retry-After`: the page stands there until the person does something.
Many press Back and order again, or close the window.

## What to do

Give the page a link or a button.
Where asking again does nothing, which is so for a `GET`, add `Refresh` with the seconds of `Retry-After`; after a
`POST`, answer `303` to a page that says how it stands and refreshes itself.
The guard adds `Refresh` to answers to `GET`.

## Example

    GET /checkout HTTP/1.1
    Sec-Fetch-Mode: navigate

    HTTP/1.1 503 Service Unavailable
    Retry-After: 30
    Content-Type: text/html

    <h1>We are busy</h1>

## Sources

HTML standard, shared declarative refresh steps.
Chromium 156, measured: 503 with Retry-After alone sends no further request; with Refresh it is fetched again.
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, first, media_type

from ..audience import is_navigation
from ..excerpt import asked
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility
from ..shown_page import is_page, shown_page

_PENDING = 202
_MOVES = ("location", "submit", "reload")  # words of a script that goes on by itself


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    if first(fields, b"refresh") is not None or not is_navigation(request):
        return None
    if status == _PENDING and not is_page(exchange):
        return None
    if is_page(exchange) and exchange.content:
        page = shown_page(exchange)
        if page is None or page.refresh is not None or page.links or page.forms:
            return None
        if any(word in page.script for word in _MOVES):
            return None
    elif exchange.content is None or media_type(fields) not in {b"", b"text/plain"}:
        return None
    return Sighting(
        f"The `{status}` to `{asked(request)}` has neither a Refresh nor a link, and browsers wait for ever."
    )


RULE = Rule(
    code="RTY003",
    name="no-way-back",
    severity=Severity.WARNING,
    source="HTML, shared declarative refresh steps",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Give the page a link, and where a GET brought it, a Refresh.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=frozenset({"GET", "POST"}),
            statuses=frozenset({_PENDING, 429, 503}),
            needs_content=True,
        ),
    ),
)
