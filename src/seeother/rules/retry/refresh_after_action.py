# SPDX-License-Identifier: Apache-2.0
"""The answer to an action refreshes itself, which throws the answer away.

## What it sees

A `Refresh` without a target, or whose target is the address of the action itself, in the answer to a `POST`, `PUT`,
`PATCH` or `DELETE`: as a field, or in the page.
A `Refresh` that leads to another page is a late redirect and not meant here; nor is a redirect.

## Why it hurts

The refresh is a `GET` to the address of the action.
What the person gets there is `405`, an empty form, or a list: the answer to what they did is gone after a few seconds,
and with it the number of the order.
Where that address does carry something out on `GET`, it does so again every few seconds.

## What to do

Answer `303` to a page that shows how it stands; that page may refresh itself as often as it likes.
An action itself must never be repeated by a timer.
The guard takes the field out; a refresh in the page's own markup stays.

## Example

    POST /orders HTTP/1.1

    HTTP/1.1 200 OK                                after 5 seconds the browser sends GET /orders
    Refresh: 5

    <p>Your payment is being checked.</p>

## Sources

RFC 9110, section 9.2.2 (only idempotent requests may be repeated without asking).
HTML standard, shared declarative refresh steps.
Chromium 156, measured: after POST, a Refresh without a target sends GET to the same address, again and again.
"""

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, Target, first, resolve

from ..excerpt import asked, excerpt
from ..html import refresh_target
from ..rule import ERRORS, SUCCESSES, UNSAFE, OnExchange, Repair, Rule, Sighting, Visibility
from ..shown_page import shown_page

_SHOWN = (SUCCESSES | ERRORS) - REDIRECTS


def _see_field(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    value = first(exchange.response.fields, b"refresh") or b""
    if not value.strip() or not _leads_back(exchange, refresh_target(value.decode("latin-1"))):
        return None
    return Sighting(
        f"The answer to `{asked(exchange.request)}` refreshes itself, and is lost to what a GET gets there.",
        {"refresh": excerpt(value)},
    )


def _see_page(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    page = shown_page(exchange)
    if page is None or page.refresh is None or not _leads_back(exchange, page.refresh):
        return None
    return Sighting(
        f"The page that answers `{asked(exchange.request)}` refreshes itself, and is lost to what a GET gets there.",
        {"refresh": excerpt(page.refresh) or "itself"},
    )


def _leads_back(exchange: Exchange, target: str) -> bool:
    """Whether a refresh leads to the address of the request."""
    request = exchange.request
    here, there = resolve(request, b""), resolve(request, target.encode("utf-8", "replace"))
    return here is not None and there is not None and _bare(here) == _bare(there)


def _bare(target: Target) -> Target:
    return target._replace(fragment="")


RULE = Rule(
    code="RTY004",
    name="refresh-after-action",
    severity=Severity.WARNING,
    source="RFC 9110 9.2.2",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Answer 303 to a page that shows how it stands, and let that one refresh itself.",
    text=__doc__ or "",
    checks=(
        OnExchange(_see_field, methods=UNSAFE, statuses=_SHOWN, fields=frozenset({b"refresh"})),
        OnExchange(_see_page, methods=UNSAFE, statuses=_SHOWN, needs_content=True),
    ),
)
