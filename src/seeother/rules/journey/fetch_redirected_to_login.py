# SPDX-License-Identifier: Apache-2.0
"""A script asked for data and is redirected to the page for logging in.

## What it sees

A redirect to an address that looks like a login (`/login`, `/accounts/sign_in`, `/sso`), in answer to a script:
one that asks for JSON, or a `fetch` with another method than `GET` that does not ask for HTML.
Libraries that show whatever page comes (htmx, Turbo, Inertia, Next.js) are left alone, and so is what a browser fetches
ahead.

## Why it hurts

`fetch` follows the redirect without a word, gets the login page with `200`, and the script takes it for success:
"Unexpected token <", or a cart that seems saved and is not.
To another origin the redirect fails instead, as if the network were down.
The person never learns that the session has ended.

## What to do

Answer `401` to whoever asked for data, with problem details; the script then sends the person to the login.
Keep the redirect for navigations.
In Django REST framework and in ASP.NET it is a matter of the authentication scheme; in an application of your own,
look at `Accept` and `Sec-Fetch-Mode`.

## Example

    POST /api/cart HTTP/1.1
    Accept: application/json
    Sec-Fetch-Mode: cors

    HTTP/1.1 302 Found                      should be 401
    Location: /login?next=/api/cart

## Sources

RFC 9110, section 15.5.2 (401); Fetch standard, HTTP-redirect fetch.
VirtoCommerce/vc-platform pull request 3093.
"""

import re

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, Request, first

from ..audience import asks_for_json, is_navigation
from ..chain import next_ask
from ..excerpt import asked, excerpt
from ..login_page import is_login
from ..plain_redirect import is_plain_redirect
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility

_SHOWING = frozenset(
    {b"hx-request", b"turbo-frame", b"x-turbo-request-id", b"x-inertia", b"x-pjax", b"rsc", b"next-action"}
)
_MAYBE = re.compile(rb"log|sign|sso|authorize", re.IGNORECASE)  # spares most redirects a closer look
_MODES = frozenset({b"cors", b"same-origin"})


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    for name, value in exchange.response.fields:
        if name == b"location" and _MAYBE.search(value):
            return _see_login(exchange)
    return None


def _see_login(exchange: Exchange) -> Sighting | None:
    request = exchange.request
    following = next_ask(exchange) if _wants_data(request) else None
    if following is None or not is_login(following.path) or is_login(request.path):
        return None
    path = excerpt(following.path)
    return Sighting(
        f"`{asked(request)}` was sent by a script and is redirected to the login `{path}` instead of answered `401`.",
        {"login": path},
    )


def _wants_data(request: Request) -> bool:
    if is_navigation(request) or any(name in _SHOWING for name, _ in request.fields):
        return False
    if asks_for_json(request):
        return True
    if request.is_safe or b"html" in (first(request.fields, b"accept") or b"").lower():
        return False
    return first(request.fields, b"sec-fetch-mode") in _MODES


RULE = Rule(
    code="JNY008",
    name="fetch-redirected-to-login",
    severity=Severity.WARNING,
    source="RFC 9110 15.5.2",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.OPT_IN,
    cure="Answer 401 to whoever asked for data, and redirect navigations only.",
    text=__doc__ or "",
    checks=(OnExchange(_see, statuses=REDIRECTS, fields=frozenset({b"location"}), unless=is_plain_redirect),),
)
