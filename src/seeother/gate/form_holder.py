# SPDX-License-Identifier: Apache-2.0
"""For whom a form is made where nobody is on a journey: whoever has the cookie that came with it.

A token that is for nobody in particular is good for everybody: another site could fetch one and put it into a form that
it has its visitors send. So the cookie holds a random number, the token is made for that, and a page of another site
knows neither.
"""

import re
import secrets

from seeother.message import Request, cookie
from seeother.policy import AlreadyStarted, Staging

_BYTES = 16
_VALUE = re.compile(rb"[A-Za-z0-9_-]{22}\Z")  # so many in base64url


def holder_of(request: Request, *, secure: bool) -> bytes | None:
    """Who brings a form, by the cookie; None for whoever has none, or another's making."""
    value = cookie(request.fields, _name(secure=secure).encode())
    return value if value is not None and _VALUE.match(value) else None


def holder_for(request: Request, staging: Staging, *, secure: bool) -> bytes:
    """Whom a form is shown to: who has the cookie, or is given it with this answer; empty where it is too late."""
    name = _name(secure=secure)
    known = holder_of(request, secure=secure) or staging.staged_cookie(name)
    if known is not None:
        return known
    value = secrets.token_urlsafe(_BYTES)
    try:
        staging.stage_cookie(name, value, secure=secure)
    except AlreadyStarted:  # the page streams; no token can be good then, and browsers of this decade need none
        return b""
    return value.encode()


def _name(*, secure: bool) -> str:
    """The prefix makes browsers insist on Secure and on this very host; they refuse it over plain http."""
    return "__Host-seeother-form" if secure else "seeother-form"
