# SPDX-License-Identifier: Apache-2.0
"""An error page is empty, stays blank without its scripts, or leaves the person standing.

## What it sees

An answer with `4xx` or `5xx` to a browser that goes to a page, where the content was kept and
is empty, or is plain text or JSON, or is a page without a word to read that is to be filled by a script, or has neither
a link nor a form and does not refresh itself.
It is a warning for `5xx` and on routes that are declared part of a journey, and advice elsewhere.
A challenge to log in (`401` with `WWW-Authenticate`, `407`) is shown by the browser itself and not meant.

## Why it hurts

A browser shows a page of its own in place of an empty one, which speaks of the site as if it were gone.
A script or a style that comes from the server that is just failing does not come either.
A page without a link ends the journey: the person does not know whether the order is safe, and where to look.

## What to do

Say what happened, whether what was entered is safe, and where to go on: a link to the cart, to one's orders, to the
front page.
Put everything into the one page: no script, no picture, no style from elsewhere.
The guard has such a page built in and sends it in place of framework defaults.

## Example

    GET /checkout

    HTTP/1.1 500 Internal Server Error
    Content-Type: text/plain

    Internal Server Error                   and now?

## Sources

RFC 9110, sections 15.5 and 15.6: the content should explain the error.
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, first, has_content, media_type

from ..audience import is_navigation
from ..excerpt import asked, excerpt
from ..html import Page
from ..rule import ERRORS, METHODS, OnExchange, Repair, Rule, Sighting, Visibility, in_journey
from ..shown_page import is_page, shown_page

_SERVER_ERROR = 500
_BARE = {
    b"text/plain": "a text without a link",
    b"application/json": "data instead of a page",
    b"application/problem+json": "data instead of a page",
}
_CHALLENGES = frozenset({b"www-authenticate", b"proxy-authenticate"})


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    if not is_navigation(request) or not has_content(request.method, status):
        return None
    if any(name in _CHALLENGES for name, _ in fields):
        return None
    wrong = _wrong(exchange)
    if wrong is None:
        return None
    matters = status >= _SERVER_ERROR or in_journey(declaration)
    return Sighting(
        f"`{asked(request)}` was answered `{status}` with {wrong}.",
        severity=None if matters else Severity.ADVICE,
    )


def _wrong(exchange: Exchange) -> str | None:
    fields = exchange.response.fields
    if exchange.content is None:
        return None
    if not exchange.content.strip():
        return "nothing to read"
    if first(fields, b"refresh") is not None:
        return None
    if not is_page(exchange):
        return _BARE.get(media_type(fields))
    page = shown_page(exchange)
    return None if page is None else _wrong_page(page)


def _wrong_page(page: Page) -> str | None:
    if not page.has_text and page.loads:
        return f"a page that is blank until `{excerpt(page.loads[0])}` comes"
    if not page.has_text:
        return "a page without a word to read"
    if page.forms or page.refresh is not None or any(_leads(link) for link in page.links):
        return None
    return "a page that leads nowhere"


def _leads(link: str) -> bool:
    link = link.strip().lower()
    return not link.startswith(("#", "javascript:"))


RULE = Rule(
    code="FBK002",
    name="error-page-without-way-on",
    severity=Severity.WARNING,
    source="RFC 9110 15.5, 15.6",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Send a page that needs nothing else, says what happened and has a link to go on.",
    text=__doc__ or "",
    checks=(OnExchange(_see, methods=METHODS, statuses=ERRORS, needs_content=True),),
)
