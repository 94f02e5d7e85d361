# SPDX-License-Identifier: Apache-2.0
"""A person comes back from the payment provider, and the session that they left with is not there.

## What it sees

A navigation that comes from another site without a session cookie that was set before and belongs to it, where the
site gets into trouble for it: it begins a new session under the same name, asks to log in, or answers with an error.
After a `POST` from elsewhere a cookie may be missing that is `Lax`, `Strict` or has no `SameSite`; after a `GET` only
one that is `Strict`, and the person must have left for another site before.
A single sign-on by `POST` (SAML, OpenID Connect) begins a session on purpose and is not meant.
A landing that needs no cookie and redirects to a page of its own is the cure, and passes.

## Why it hurts

The payment has been made, and the shop does not know whose it is.
The new session even replaces the old one, so that the cart is lost as well and a second try begins at the start.
It is not seen in a quick test: a cookie without `SameSite` rides along with a foreign `POST` while it is younger than
two minutes, and a person at a bank takes longer.

## What to do

Let the provider return with `GET`, and set the session cookie with `SameSite=Lax`: it comes with the `GET`.
Where the provider posts, land on a route that needs no cookie and sets none, check the provider's signature there, and
answer `303` to a page of your own: the cookie comes with that `GET`.
Declare the route `return`.
With `Strict` the cookie is missing even then, as the whole chain counts as begun elsewhere; use `Lax`, or show a page
with a link.

## Example

    POST /payment/return                    Sec-Fetch-Site: cross-site, and no Cookie

    HTTP/1.1 302 Found
    Location: /login
    Set-Cookie: sessionid=...               a new, empty session takes the old one's place

## Sources

RFC 6265bis, sections 5.6.7 (SameSite) and 8.8.
Chromium 156, measured: `Lax` is absent from a foreign `POST` and present on the `GET` after its `303`; `Strict` is
absent from both; without `SameSite` it was there when fresh and gone at 125 s.
magento/magento2 issue 38889; onetimesecret/onetimesecret issue 2405.
"""

import re
from collections.abc import Iterator

from seeother.journey import RouteKind, Severity, Trail
from seeother.message import Exchange, Request, every, first, origin_of, read_set_cookie

from ..audience import is_navigation
from ..chain import next_ask
from ..excerpt import asked, excerpt
from ..login_page import is_login
from ..rule import OnTrail, Repair, Rule, Sighting, Visibility
from ..session_cookie import KeptCookie, SessionJar, is_deletion

_FIRST_ERROR = 400
_SIGNING_ON = re.compile(r"saml|oidc|oauth|openid|auth|(?:\A|/)acs(?:/|\Z)", re.IGNORECASE)


def _see(trail: Trail) -> Iterator[Sighting]:
    jar = SessionJar()
    has_left = False
    reported: set[tuple[bytes, str]] = set()
    for index, exchange in enumerate(trail.exchanges):
        request = exchange.request
        if _comes_back(request):
            returns = has_left or trail.declaration(index).kind is RouteKind.RETURN
            lost = _lost(jar.missing(exchange), request, returns=returns)
            trouble = None if lost is None else _trouble(exchange, lost)
            if lost is not None and trouble is not None and (lost.cookie.name, lost.host) not in reported:
                reported.add((lost.cookie.name, lost.host))
                yield _sighting(index, exchange, lost, trouble)
        following = next_ask(exchange)
        has_left = has_left or (following is not None and following.origin != origin_of(request))
        jar.take(index, exchange)


def _comes_back(request: Request) -> bool:
    """Whether a browser brings a person from another site, and not to log in."""
    return (
        first(request.fields, b"sec-fetch-site") == b"cross-site"
        and is_navigation(request)
        and not is_login(request.path)
        and _SIGNING_ON.search(request.path) is None
    )


def _lost(missing: list[KeptCookie], request: Request, *, returns: bool) -> KeptCookie | None:
    """The cookie that a browser has kept back because of where the request comes from."""
    for kept in missing:
        kept_back = (
            kept.cookie.same_site == b"strict" and returns if request.is_safe else kept.cookie.same_site != b"none"
        )
        if kept_back:
            return kept
    return None


def _trouble(exchange: Exchange, lost: KeptCookie) -> str | None:
    """What the site does for want of the cookie; None when it gets along without."""
    if any(_replaces(value, lost, exchange.at) for value in every(exchange.response.fields, b"set-cookie")):
        return "a new session takes its place"
    if exchange.response.status >= _FIRST_ERROR:
        return f"the answer is `{exchange.response.status}`"
    following = next_ask(exchange)
    if following is not None and following.origin == origin_of(exchange.request) and is_login(following.path):
        return "the person is sent to log in"
    return None


def _replaces(value: bytes, lost: KeptCookie, at: float | None) -> bool:
    cookie = read_set_cookie(value)
    return cookie is not None and cookie.name == lost.cookie.name and not is_deletion(cookie, at)


def _sighting(index: int, exchange: Exchange, lost: KeptCookie, trouble: str) -> Sighting:
    name, policy = excerpt(lost.cookie.name), (lost.cookie.same_site or b"not given").decode("latin-1")
    return Sighting(
        f"`{asked(exchange.request)}` came from another site without the cookie `{name}`, and {trouble}.",
        {"cookie": name, "same-site": policy, "set-by-exchange": str(lost.set_by + 1)},
        exchange=index + 1,
    )


RULE = Rule(
    code="JNY001",
    name="session-lost-on-return",
    severity=Severity.ERROR,
    source="RFC 6265bis 5.6.7",
    visibility=(Visibility.SEQUENCE,),
    repair=Repair.NONE,
    cure="Land on a route that needs no cookie, and answer 303 to a page of your own.",
    text=__doc__ or "",
    checks=(OnTrail(_see),),
)
