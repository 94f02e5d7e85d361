# SPDX-License-Identifier: Apache-2.0
"""A form acts in the name of whoever has the cookie, and nothing keeps a foreign page from sending it.

## What it sees

A page that shows a `POST` form to its own site, to a browser that has a session cookie, where all of this is so:
the session cookie was set without `SameSite=Lax` or `Strict`, no field of the form looks like a token, and the page
mentions no CSRF or XSRF token anywhere, as pages do that send one by script.
It takes the exchange that set the cookie and the page together.
A site that checks `Sec-Fetch-Site` or `Origin` on arrival needs no token and cannot be told from outside; only the
active audit, which sends such a request, knows for certain.

## Why it hurts

A browser adds the cookies of a site to every request that goes there, whoever wrote the page with the form.
A page on another site can so change an address or place an order in the name of its visitor.
A cookie without `SameSite` goes along with a foreign `POST` in Firefox and Safari always and in Chromium for the
first two minutes; with `SameSite=None` it always does.

## What to do

Let the server look where a request comes from: `Sec-Fetch-Site`, and `Origin` for older browsers.
The guard does so on routes that are declared `action`, and a signed token in the form covers the browsers that send
neither.
Django's `{% csrf_token %}` and Flask-WTF's `hidden_tag()` do it with tokens alone.
Set session cookies with `SameSite=Lax` in any case: it is a second wall, not the first, as pages on other hosts of
one's own domain count as the same site.

## Example

    Set-Cookie: sessionid=...; Secure; HttpOnly                 no SameSite

    <form method="post" action="/account/email">
      <input name="email"> <button>Change</button>              no token
    </form>

## Sources

RFC 6265bis, sections 5.6.7 (SameSite) and 8.8.1.
W3C Fetch Metadata Request Headers; Go 1.25, `net/http.CrossOriginProtection`.
Chromium 156, measured: a cookie without `SameSite` rode along with a foreign `POST` while it was fresh.
"""

import re
from collections.abc import Iterator

from seeother.journey import Severity, Trail
from seeother.message import Exchange, SetCookie, is_same_origin, resolve

from ..excerpt import asked, excerpt
from ..html import Form
from ..rule import OnTrail, Repair, Rule, Sighting, Visibility
from ..session_cookie import SessionJar
from ..shown_page import shown_page

_PROTECTING = frozenset({b"lax", b"strict"})
_TOKEN = re.compile(
    r"csrf|xsrf|token|nonce|once|authenticity|verif|form_?key|signature|captcha|turnstile", re.IGNORECASE
)
_MENTIONED = re.compile(rb"csrf|xsrf|authenticity_token|requestverificationtoken", re.IGNORECASE)


def _see(trail: Trail) -> Iterator[Sighting]:
    jar = SessionJar()
    seen: set[tuple[str, str]] = set()
    for index, exchange in enumerate(trail.exchanges):
        sent = [kept.cookie for kept in jar.sent(exchange)]
        jar.take(index, exchange)
        # What was asked for with a cookie, and what comes with one: the next request will have either.
        cookie = _unprotected(sent) or _unprotected(
            [kept.cookie for kept in jar.missing(exchange) if kept.set_by == index]
        )
        form = _form(exchange) if cookie is not None else None
        if cookie is None or form is None:
            continue
        target = resolve(exchange.request, form.action.encode("utf-8", "replace"))
        path = exchange.request.path if target is None else target.path
        if (exchange.request.path, path) in seen:
            continue
        seen.add((exchange.request.path, path))
        name = excerpt(cookie.name)
        yield Sighting(
            f"The form to `{excerpt(path)}` on `{asked(exchange.request)}` has no token, and the cookie `{name}` goes"
            " along with a foreign POST.",
            {"form": excerpt(path), "cookie": name, "same-site": excerpt(cookie.same_site or b"not given")},
            exchange=index + 1,
        )


def _unprotected(cookies: list[SetCookie]) -> SetCookie | None:
    """A session cookie that foreign pages can make use of, if all of them are: one of the other kind may be the one."""
    if any(cookie.same_site in _PROTECTING for cookie in cookies):
        return None
    return cookies[0] if cookies else None


def _form(exchange: Exchange) -> Form | None:
    """The first form of the page that anybody could send."""
    page = shown_page(exchange)
    if page is None or exchange.content is None or _MENTIONED.search(exchange.content):
        return None
    for form in page.forms:
        if form.method != "POST" or not is_same_origin(exchange.request, form.action.encode("utf-8", "replace")):
            continue
        if not any(_TOKEN.search(name) for name in form.fields):
            return form
    return None


RULE = Rule(
    code="FRM001",
    name="unprotected-form",
    severity=Severity.WARNING,
    source="RFC 6265bis 8.8.1",
    visibility=(Visibility.SEQUENCE, Visibility.PROBE),
    repair=Repair.OPT_IN,
    cure="Check Sec-Fetch-Site and Origin before acting, or put a token into the form.",
    text=__doc__ or "",
    checks=(OnTrail(_see),),
)
