# SPDX-License-Identifier: Apache-2.0
"""Something is done by GET, so that whatever follows links does it too.

## What it sees

A `GET` or `HEAD` that succeeds on a route that is declared `action`; an error when the browser merely fetched it
ahead (`Sec-Purpose: prefetch`).
From outside, in a sequence: a `GET` that is answered with a redirect and changes the cart's cookie from one value to
another, where the site's pages leave that cookie alone.
A redirect of a `GET` on the address of a form is no fault: that is what a careful site does with it.
Neither is a cookie that is set for the first time, taken away or renewed with each page, nor what a provider's return
or a login changes.

## Why it hurts

`GET` is defined as safe: asking must not change anything.
Browsers fetch links ahead, restore and reload them; mail scanners, chat previews and search engines follow them; an
`<img>` on any page sends them with the visitor's cookies, `SameSite=Lax` included where it is a link.
So carts fill and empty themselves, and an order is confirmed by a virus scanner.

## What to do

Make it a form with `POST`, and a button where there was a link.
A link in a mail leads to a page with a button.
Where a `GET` cannot be given up yet, refuse those with `Sec-Purpose: prefetch`.

## Example

    GET /cart/add?sku=7 HTTP/1.1
    Sec-Purpose: prefetch
    Cookie: cart=3

    HTTP/1.1 302 Found
    Location: /cart
    Set-Cookie: cart=4

## Sources

RFC 9110, section 9.2.1 (safe methods).
Fetch standard, `Sec-Purpose`; HTML standard, speculative loading.
"""

import re
from collections.abc import Iterator

from seeother.journey import Declaration, RouteKind, Severity, Trail
from seeother.message import REDIRECTS, Exchange, every, first, origin_of, read_set_cookie

from ..chain import next_ask
from ..excerpt import asked, excerpt
from ..login_page import is_login
from ..rule import SUCCESSES, OnExchange, OnTrail, Repair, Rule, Sighting, Visibility
from ..session_cookie import is_deletion

_READING = frozenset({"GET", "HEAD"})
_CART = re.compile(rb"(?:\A|[^a-z])(?:cart|basket|bag)(?:\Z|[^a-z])")
_AHEAD = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")

_Name = tuple[str, bytes]  # a host, and the name of a cookie there


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting:
    what = asked(exchange.request)
    if _is_ahead(exchange):
        return Sighting(
            f"`{what}` is an action, and it ran though the browser only fetched it ahead.", severity=Severity.ERROR
        )
    return Sighting(f"`{what}` is an action, and a safe method carries it out.")


def _see_trail(trail: Trail) -> Iterator[Sighting]:
    values: dict[_Name, bytes] = {}
    restless: set[_Name] = set()
    suspects: list[tuple[int, _Name]] = []
    for index, exchange in enumerate(trail.exchanges):
        host = _host(exchange)
        for name, value in _cookies_sent(exchange):
            values[host, name] = value
        for name, value in _carts_set(exchange):
            before = values.get((host, name))
            values[host, name] = value
            if exchange.request.method not in _READING or not before or not value or before == value:
                continue
            if exchange.response.status not in REDIRECTS:
                restless.add((host, name))
            elif not _is_excused(exchange, trail.declaration(index)):
                suspects.append((index, (host, name)))
    for index, cart in suspects:
        if cart not in restless:
            request, label = trail.exchanges[index].request, excerpt(cart[1])
            yield Sighting(
                f"`{asked(request)}` changed the cookie `{label}`, though GET must change nothing.",
                {"cookie": label, "ahead": "yes" if _is_ahead(trail.exchanges[index]) else "no"},
                Severity.ERROR if _is_ahead(trail.exchanges[index]) else None,
                index + 1,
            )


def _is_excused(exchange: Exchange, declaration: Declaration) -> bool:
    """Whether it is a return, or has to do with logging in, which merges carts."""
    request, following = exchange.request, next_ask(exchange)
    return (
        declaration.kind is RouteKind.RETURN
        or first(request.fields, b"sec-fetch-site") == b"cross-site"
        or is_login(request.path)
        or (following is not None and is_login(following.path))
    )


def _is_ahead(exchange: Exchange) -> bool:
    return any(b"prefetch" in (first(exchange.request.fields, name) or b"").lower() for name in _AHEAD)


def _cookies_sent(exchange: Exchange) -> Iterator[tuple[bytes, bytes]]:
    for line in every(exchange.request.fields, b"cookie"):
        for pair in line.split(b";"):
            name, _, value = pair.strip().partition(b"=")
            if _CART.search(name.lower()):
                yield name, value


def _carts_set(exchange: Exchange) -> Iterator[tuple[bytes, bytes]]:
    for line in every(exchange.response.fields, b"set-cookie"):
        cookie = read_set_cookie(line)
        if cookie is not None and _CART.search(cookie.name.lower()):
            yield cookie.name, b"" if is_deletion(cookie, exchange.at) else cookie.value


def _host(exchange: Exchange) -> str:
    origin = origin_of(exchange.request)
    return "" if origin is None else origin.host


def _is_action(declaration: Declaration) -> bool:
    return declaration.kind is RouteKind.ACTION


RULE = Rule(
    code="FRM003",
    name="action-by-get",
    severity=Severity.WARNING,
    source="RFC 9110 9.2.1",
    visibility=(Visibility.EXCHANGE, Visibility.SEQUENCE, Visibility.PROBE),
    repair=Repair.NONE,
    cure="Make it a form with POST, and refuse what is fetched ahead.",
    text=__doc__ or "",
    checks=(
        OnExchange(_see, methods=_READING, statuses=SUCCESSES | REDIRECTS, where=_is_action),
        OnTrail(_see_trail),
    ),
)
