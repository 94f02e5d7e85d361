# SPDX-License-Identifier: Apache-2.0
"""A session cookie leaves it to the browser what becomes of it on the way back from another site.

## What it sees

A `Set-Cookie` whose name is one that sessions have (`sessionid`, `PHPSESSID`, `connect.sid` and the like) and that
has no `SameSite`, or one that no browser knows.
Cookies that measure visits, carry a form's token or are being deleted are not meant.
It is a warning on routes that are declared part of a journey, and advice elsewhere.

## Why it hurts

Without `SameSite` Chromium takes the cookie for `Lax` once it is two minutes old, while Firefox and Safari send it
always.
So a provider's return by `POST` finds the session in every quick test and in half of the browsers, and misses it when
a person takes their time at the bank.
And where it is sent always, foreign pages can send forms with it.

## What to do

Say `SameSite=Lax`.
In Flask: `SESSION_COOKIE_SAMESITE = "Lax"`; Django and Starlette do so by themselves.
A shop that is shown in frames on other sites needs `SameSite=None; Secure` and then a check of where forms come from.

## Example

    Set-Cookie: session=...; Secure; HttpOnly; Path=/           what happens after two minutes?

## Sources

RFC 6265bis, sections 5.6.7 and 5.6.7.2 (the two minutes).
Chromium 156, measured: such a cookie came with a foreign `POST` when fresh and was missing at 125 s.
"""

import re

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, every, read_set_cookie

from ..excerpt import excerpt
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility, in_journey
from ..session_cookie import is_deletion, is_session_name

_GIVEN = re.compile(rb";[ \t]*samesite[ \t]*=[ \t]*(?:lax|strict|none)[ \t]*(?:;|\Z)", re.IGNORECASE)


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    for value in every(exchange.response.fields, b"set-cookie"):
        if _GIVEN.search(value) or not is_session_name(value.partition(b"=")[0].strip()):
            continue
        cookie = read_set_cookie(value)
        if cookie is None or cookie.same_site is not None or is_deletion(cookie, exchange.at):
            continue
        name = excerpt(cookie.name)
        return Sighting(
            f"The cookie `{name}` is set without SameSite, so that it gets lost on the way back from another site.",
            {"cookie": name},
            None if in_journey(declaration) else Severity.ADVICE,
        )
    return None


RULE = Rule(
    code="JNY002",
    name="session-cookie-without-same-site",
    severity=Severity.WARNING,
    source="RFC 6265bis 5.6.7",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.OPT_IN,
    cure="Set the session cookie with SameSite=Lax.",
    text=__doc__ or "",
    checks=(OnExchange(_see, fields=frozenset({b"set-cookie"})),),
)
