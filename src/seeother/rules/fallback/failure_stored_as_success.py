# SPDX-License-Identifier: Apache-2.0
"""A page that says "we are out of order" comes with 200, and caches may keep it.

## What it sees

A `200` to a `GET` that shared caches may use again without asking, and that is a failure by its own account: it has a
`Retry-After`, or it is a page whose title or heading is nothing but the name of a failure ("503 Service Unavailable",
"Down for maintenance", "系统维护中"), with the name of the site at most.
It is a warning where the fields give it a lifetime, and advice where they say nothing.
An article about such failures, and a page that must not be stored, are not meant.

## Why it hurts

The failure outlives its cause: browsers and content networks show it while the shop has long been back.
What asks whether the shop is up, a search engine included, is told that all is well, and takes the page for the
shop's.

## What to do

Answer `503 Service Unavailable` with `Retry-After` and `Cache-Control: no-store`.
The guard's built-in page does.

## Example

    HTTP/1.1 200 OK                         should be 503
    Cache-Control: public, max-age=3600     should be no-store
    Content-Type: text/html

    <title>Down for maintenance</title>

## Sources

RFC 9110, sections 15.1 and 15.6.4 (503); RFC 9111, section 4.2.2 (heuristic freshness).
"""

import re

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, cache_directives, freshness, is_storable

from ..excerpt import asked, excerpt
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility
from ..shown_page import is_page, shown_page

_LOOKED_AT = 1 << 16  # bytes
_HEADING = re.compile(rb"<(title|h1)\b[^>]{0,200}>([^<]{1,200})</\1", re.IGNORECASE)
_FAILURE = re.compile(
    r"(?:(?:error|http)?\s*50[0234]\s*[-–—:|]?\s*)?"  # noqa: RUF001 - titles have such dashes
    r"(?:service(?: is)? (?:temporarily )?unavailable|temporarily unavailable|bad gateway|gateway time-?out|"
    r"internal server error|(?:site |we are |we're )?(?:currently )?(?:down|closed) for (?:scheduled )?maintenance|"
    r"(?:site |we are |we're )?(?:currently )?under maintenance|maintenance mode|scheduled maintenance|"
    r"(?:we'll|we will) be (?:right )?back(?: soon| shortly)?|something went wrong|"
    r"(?:系统|网站)(?:正在)?维护(?:中)?|服务(?:暂时|暂)?不可用)[.!。]?",
    re.IGNORECASE,
)
_SITE_NAME = re.compile(r"\s+[-–—|·:]\s+")  # noqa: RUF001 - as above


def _see_waiting(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    if not is_page(exchange):
        return None
    return _sighting(exchange, "asks to come back later", {})


def _see_page(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    if exchange.content is None or shown_page(exchange) is None:
        return None
    for _, heading in _HEADING.findall(exchange.content[:_LOOKED_AT]):
        text = heading.decode("utf-8", "replace").strip()
        if any(_FAILURE.fullmatch(part.strip()) for part in (text, *_SITE_NAME.split(text))):
            return _sighting(exchange, f"says `{excerpt(text)}`", {"says": excerpt(text)})
    return None


def _sighting(exchange: Exchange, what: str, evidence: dict[str, str]) -> Sighting | None:
    fields = exchange.response.fields
    lifetime = freshness(fields, exchange.at)
    if lifetime == 0 or b"no-cache" in cache_directives(fields) or not is_storable(exchange.response.status, fields):
        return None
    return Sighting(
        f"`{asked(exchange.request)}` {what} with `200`, and caches may keep it.",
        evidence,
        Severity.ADVICE if lifetime is None else None,
    )


RULE = Rule(
    code="FBK004",
    name="failure-stored-as-success",
    severity=Severity.WARNING,
    source="RFC 9110 15.6.4",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Answer 503 with Retry-After and Cache-Control: no-store.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see_waiting,
            methods=frozenset({"GET"}),
            statuses=frozenset({200}),
            fields=frozenset({b"retry-after"}),
        ),
        OnExchange(_see_page, methods=frozenset({"GET"}), statuses=frozenset({200}), needs_content=True),
    ),
)
