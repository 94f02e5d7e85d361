# SPDX-License-Identifier: Apache-2.0
"""The content of a redirect does not lead to its target.

## What it sees

A redirect to a client that takes HTML, whose content is known and has no link to where the `Location` leads.
Content of another kind than HTML and text, and answers to `HEAD`, are not looked at; text that names the target
suffices.

## Why it hurts

Most people never see it, because their browser goes on by itself.
Those who do have a client that does not follow, a proxy or an extension that has dropped the `Location`, or a browser
that refuses it: they stand before an empty page, with the order placed and nowhere to go.

## What to do

Let the content be one sentence with a link to the target.
Flask's `redirect` does so; Starlette, FastAPI and Django send redirects without content.
The guard adds the sentence where the content is empty and the client takes HTML.

## Example

    POST /orders HTTP/1.1
    Accept: text/html

    HTTP/1.1 303 See Other
    Location: /orders/7
    Content-Length: 0

## Sources

RFC 9110, section 15.4.4 (the content of a 303 ought to be a short note with a link to the same address), and sections
15.4.2, 15.4.3, 15.4.8 and 15.4.9 (usually).
"""

import re
from html import escape

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, first, media_type, resolve

from ..audience import is_navigation
from ..excerpt import asked, excerpt
from ..html import read_page
from ..rule import UNSAFE, OnExchange, Repair, Rule, Sighting, Visibility

_READABLE = frozenset({b"", b"text/html", b"application/xhtml+xml", b"text/plain"})
_NOTHING = re.compile(rb"0*\Z")


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields), content = exchange.request, exchange.response, exchange.content
    location = first(fields, b"location") or b""
    if not location.strip() or content is None or location in content:  # mostly it is there as it is
        return None
    if media_type(fields) not in _READABLE or not is_navigation(request):
        return None
    if content:
        if first(fields, b"content-encoding") is not None or _leads_there(exchange, location, content):
            return None
        message = f"The content of the `{status}` to `{asked(request)}` has no link to its target."
    else:
        length = first(fields, b"content-length")
        if length is not None and not _NOTHING.match(length):  # a recording that leaves content out
            return None
        message = f"The `{status}` to `{asked(request)}` has no content, not even a link to its target."
    return Sighting(message, {"location": excerpt(location)})


def _leads_there(exchange: Exchange, location: bytes, content: bytes) -> bool:
    """Whether the target stands in the content as HTML writes it, or a link leads there in other words."""
    if escape(location.decode("latin-1")).encode("latin-1") in content:
        return True
    target = resolve(exchange.request, location)
    links = read_page(content).links
    return target is None or any(resolve(exchange.request, link.encode()) == target for link in links)


RULE = Rule(
    code="RED009",
    name="redirect-without-link",
    severity=Severity.ADVICE,
    source="RFC 9110 15.4.4",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Let the redirect's content be one sentence with a link to the target.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=UNSAFE | {"GET"},
            statuses=REDIRECTS,
            fields=frozenset({b"location"}),
            needs_content=True,
        ),
    ),
)
