# SPDX-License-Identifier: Apache-2.0
"""A redirect that is one person's may be stored by shared caches, which hand it to everybody.

## What it sees

- A redirect of a `GET` that sets a cookie for a session or against forged forms, and that a shared cache may store.
  It is an error when its fields invite caches, and a warning when it is storable only by its status (`301`, `308`).
- In a journey, a redirect of somebody who is recognised by a cookie, when its fields invite shared caches.
  With `Vary: Cookie` each gets their own, and there is nothing to see; so it is with a move to the same path with
  another slash, scheme or host.

Cookies that measure, balance load or remember a language are not meant.

## Why it hurts

`Set-Cookie` does not keep a cache from storing an answer.
The next visitor gets the stored redirect with the first one's cookie: they see that person's cart, and their orders
go to that person's account.
Without a cookie they are led to that person's step or order.

## What to do

Send `Cache-Control: private, no-store` with each redirect that sets such a cookie or depends on who asks.
The guard does it by itself, and takes away `Expires`, `Surrogate-Control` and `CDN-Cache-Control`.

## Example

    GET /start HTTP/1.1

    HTTP/1.1 302 Found                             a cache hands this session to everybody for five minutes
    Location: /cart
    Set-Cookie: sessionid=...; HttpOnly
    Cache-Control: public, max-age=300

## Sources

RFC 9111, sections 3 (what may be stored) and 7.3 (Set-Cookie does not inhibit caching).
RFC 9213, section 2.1 (targeted fields such as CDN-Cache-Control win over Cache-Control).
"""

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, Fields, every, first, invites_sharing, is_storable, lookup

from ..excerpt import asked, excerpt
from ..routing_move import is_routing_move
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility
from .own_step import is_own_step
from .personal_cookie import is_recognised, set_personal_cookie

_SAFE = frozenset({"GET", "HEAD"})


def _see_cookie(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    cookie = set_personal_cookie(exchange)
    if cookie is None or not is_storable(status, fields) or b"*" in _vary(fields):
        return None
    name = excerpt(cookie.name)
    evidence = {"cookie": name, "cache-control": excerpt(first(fields, b"cache-control") or b"none")}
    if invites_sharing(fields) or first(fields, b"expires") is not None:
        message = f"The `{status}` to `{asked(request)}` sets the cookie `{name}` and invites caches to store it."
        return Sighting(message, evidence)
    message = f"The `{status}` to `{asked(request)}` sets the cookie `{name}`, and caches may store it."
    return Sighting(message, evidence, Severity.WARNING)


def _see_person(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    if (
        not invites_sharing(fields)
        or not is_recognised(lookup(exchange.request.fields))
        or _vary(fields) & {b"*", b"cookie"}
    ):
        return None
    if is_routing_move(request, first(fields, b"location") or b""):
        return None
    return Sighting(
        f"The `{status}` to `{asked(request)}` depends on who asks, and invites shared caches to store it.",
        {"cache-control": excerpt(first(fields, b"cache-control") or b"none")},
        Severity.WARNING,
    )


def _vary(fields: Fields) -> set[bytes]:
    """The request fields that the answer was chosen by."""
    return {name.strip().lower() for value in every(fields, b"vary") for name in value.split(b",")}


RULE = Rule(
    code="CAC002",
    name="personal-redirect-shared",
    severity=Severity.ERROR,
    source="RFC 9111 3, 7.3",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Send Cache-Control: private, no-store with a redirect that sets such a cookie or depends on who asks.",
    text=__doc__ or "",
    checks=(
        OnExchange(_see_cookie, methods=_SAFE, statuses=REDIRECTS, fields=frozenset({b"set-cookie"})),
        OnExchange(
            _see_person,
            methods=_SAFE,
            statuses=REDIRECTS,
            fields=frozenset({b"cache-control", b"cdn-cache-control", b"surrogate-control"}),
            where=is_own_step,
        ),
    ),
)
