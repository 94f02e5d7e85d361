# SPDX-License-Identifier: Apache-2.0
"""A page of a journey that is one person's may be stored and shown to somebody else.

## What it sees

In a declared step, a page (`200`, HTML) for a `GET` that a shared cache may store:

- The page sets a cookie for a session or against forged forms.
  It is an error when its fields invite caches, else a warning.
- The request carried a session cookie, and nothing in the answer says a word about caching.

A page that invites caches on purpose and sets no such cookie is taken for what it says, for a shop's product pages
are shared with good reason.

## Why it hurts

`200` may be stored although nothing says so.
A page of the checkout has a name, an address and the content of a cart on it; from a cache it is shown to the next
one, or to the same person after they have changed it.
A browser uses what it has stored without asking when somebody goes back, and so shows a cart that is long paid for.

## What to do

Send `Cache-Control: no-store` with the pages that show what somebody has entered or ordered.
`private, no-cache` is enough where only the cart's count is personal.
The guard sends `no-store` by itself.

## Example

    GET /checkout/address HTTP/1.1
    Cookie: sessionid=...

    HTTP/1.1 200 OK                                says nothing about caching
    Content-Type: text/html

## Sources

RFC 9111, sections 3, 4.2.2 (heuristic freshness), 5.2.2.5 (no-store) and 7.3 (Set-Cookie does not inhibit caching).
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, first, invites_sharing, is_storable

from ..excerpt import asked, excerpt
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility
from ..shown_page import is_page
from .personal_cookie import is_recognised, set_personal_cookie

_ABOUT_CACHING = frozenset({
    b"cache-control", b"cdn-cache-control", b"expires", b"pragma", b"surrogate-control",
})  # fmt: skip
_APART = frozenset({b"*", b"cookie"})
_SAFE = frozenset({"GET", "HEAD"})
_SHOWN = frozenset({200})


def _is_step(declaration: Declaration) -> bool:
    return declaration.step is not None


def _see_cookie(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    cookie = set_personal_cookie(exchange)
    if cookie is None or not is_page(exchange) or not is_storable(status, fields):
        return None
    name = excerpt(cookie.name)
    evidence = {"cookie": name, "cache-control": excerpt(first(fields, b"cache-control") or b"none")}
    if invites_sharing(fields):
        message = f"The page for `{asked(request)}` sets the cookie `{name}` and invites caches to store it."
        return Sighting(message, evidence, Severity.ERROR)
    return Sighting(f"The page for `{asked(request)}` sets the cookie `{name}`, and caches may store it.", evidence)


def _see_silence(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    for name, value in exchange.response.fields:
        if name == b"vary" and not _APART.isdisjoint([part.strip() for part in value.lower().split(b",")]):
            return None
    if not is_page(exchange):
        return None
    return Sighting(f"The page for `{asked(exchange.request)}` is somebody's own and says nothing about caching.")


RULE = Rule(
    code="CAC005",
    name="journey-page-storable",
    severity=Severity.WARNING,
    source="RFC 9111 3, 4.2.2, 7.3",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Send Cache-Control: no-store with pages that are one person's.",
    text=__doc__ or "",
    checks=(
        OnExchange(_see_cookie, methods=_SAFE, statuses=_SHOWN, fields=frozenset({b"set-cookie"}), where=_is_step),
        OnExchange(
            _see_silence, methods=_SAFE, statuses=_SHOWN, without=_ABOUT_CACHING, where=_is_step, when=is_recognised
        ),
    ),
)
