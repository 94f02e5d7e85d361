# SPDX-License-Identifier: Apache-2.0
"""A page redirects where HTTP could have, or says another target than the Location beside it.

## What it sees

A page with `200` that does nothing but lead on: its only script is `location = "..."` or one of its spellings, or
it has a meta refresh without a delay, and beside that at most a word and a link to the same target.
A redirect whose page has a meta refresh to another target than its `Location`.
A script that does more, a page that breaks out of a frame or starts an app, and one that shows something before it
leads on after some seconds are not meant.

## Why it hurts

With scripts off, or when they fail, the person sees a blank page.
The page stands in the history, so that Back leads to it and forward again.
After a `POST` a reload sends the form once more.
Programs do not follow it at all.
A browser never shows the content of a redirect; a proxy that strips the `Location`, or a person who reads the source,
finds another target there.

## What to do

Answer `303 See Other` with a `Location`; after a `GET` `302` or `307` will do.
Where the head has already left, a link and a meta refresh at the end of the page are right: the guard adds them.

## Example

    POST /orders

    HTTP/1.1 200 OK
    Content-Type: text/html

    <script>location.href = "/orders/7"</script>                 should be 303

## Sources

RFC 9110, sections 10.2.2 (Location) and 15.4.4 (303).
HTML standard, shared declarative refresh steps.
Chromium 156, measured: a redirect is followed with scripts off, and its content is never shown.
"""

import re

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, Request, Target, every, resolve

from ..excerpt import asked, excerpt
from ..html import Page
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility
from ..shown_page import shown_page

_SMALL = 4096  # bytes; a page that has more to say is not there to redirect
# The frame-breaking top and parent are left out on purpose: HTTP cannot lead another frame.
_SCRIPT = re.compile(
    r"\s*(?:(?:window|document|self)\.)*location(?:\.href)?\s*"
    r"(?:=\s*(['\"])(?P<set>[^'\"<>]{1,2000})\1|\.?(?:assign|replace)\s*\(\s*(['\"])(?P<called>[^'\"<>]{1,2000})\3\s*\))\s*;?\s*\Z"
)
_REFRESH = re.compile(rb"refresh", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^>]{0,400}>", re.IGNORECASE)
_AT_ONCE = re.compile(rb"content\s*=\s*['\"]?\s*0*(?:\.0*)?\s*[;,]", re.IGNORECASE)


def _see_redirect(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request = exchange.request
    if not _REFRESH.search(exchange.content or b""):  # spares most redirect notes being read
        return None
    page = shown_page(exchange)
    if page is None or not page.refresh:
        return None
    location = next((value for value in every(exchange.response.fields, b"location") if value.strip()), None)
    said = None if location is None else resolve(request, location)
    meant = _target(request, page.refresh)
    if said is None or meant is None or said._replace(fragment="") == meant._replace(fragment=""):
        return None
    location_said, page_said = (excerpt(f"{each.origin}{each.path}") for each in (said, meant))
    return Sighting(
        f"`{asked(request)}` redirects to `{location_said}` and its page to `{page_said}`.",
        {"location": location_said, "page": page_said},
        Severity.WARNING,
    )


def _see_page(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request = exchange.request
    if exchange.content is None or len(exchange.content) > _SMALL:
        return None
    page = shown_page(exchange)
    if page is None or page.forms or page.loads:
        return None
    by_script = _SCRIPT.match(page.script) if page.script.strip() else None
    to = (by_script["set"] or by_script["called"]) if by_script else _meta_target(exchange.content, page)
    target = None if not to else _target(request, to)
    if target is None or _is_here(request, target) or not _only_links(request, page, target):
        return None
    is_blank = by_script is not None and not page.refresh and not page.links
    return Sighting(
        f"`{asked(request)}` was answered with a page that only leads to `{excerpt(target.path)}`,"
        f" by {'script' if by_script else 'meta refresh'}.",
        {"target": excerpt(f"{target.origin}{target.path}")},
        Severity.WARNING if is_blank or request.method == "POST" else None,
    )


def _meta_target(content: bytes, page: Page) -> str | None:
    """Where a meta refresh leads at once; a script beside it may have something to do before."""
    if not page.refresh or page.script.strip():
        return None
    tags = [tag for tag in _META.findall(content) if b"refresh" in tag.lower()]
    return page.refresh if tags and _AT_ONCE.search(tags[0]) else None


def _target(request: Request, reference: str) -> Target | None:
    return resolve(request, reference.encode("utf-8", "replace"))


def _is_here(request: Request, target: Target) -> bool:
    here = resolve(request, b"")
    return request.method == "GET" and here is not None and here == target._replace(fragment="")


def _only_links(request: Request, page: Page, target: Target) -> bool:
    """Whether the page's links, if any, all lead where the page itself does."""
    return all(_target(request, link) == target for link in page.links)


RULE = Rule(
    code="FBK003",
    name="redirect-by-page",
    severity=Severity.ADVICE,
    source="RFC 9110 15.4.4",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.NONE,
    cure="Answer 303 See Other with a Location.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see_redirect,
            statuses=REDIRECTS,
            fields=frozenset({b"location"}),
            needs_content=True,
        ),
        OnExchange(_see_page, methods=frozenset({"GET", "POST"}), statuses=frozenset({200}), needs_content=True),
    ),
)
