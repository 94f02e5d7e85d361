# SPDX-License-Identifier: Apache-2.0
"""Whose action it is, so that nobody is answered with a stranger's answer because both chose one key.

By the route's `principal`:

    known           Authorization and a session cookie, where the request has them; the default
    authorization   the field Authorization
    session:NAME    the cookie NAME
    shared          nobody is told apart: whoever brings the key and the content gets the answer

Whoever brings none of that is told by the signed cookie of the journey, and without one is nobody. A callback comes
from one sender, so it is shared unless the route says otherwise.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from seeother.message import Fields, Pattern, Request, cookie, every, first, read_set_cookie

from ..claim import LedgerKey
from ..route import KNOWN, SHARED, Idempotency, RoutePolicy

# Cookies that hold a session's id and keep it. Those that hold its content change with it (Flask, Starlette, Rails,
# Laravel, next-auth), and whoever comes back with another one would be somebody else.
SESSION_COOKIES = (
    b"sessionid",  # Django
    b"PHPSESSID",
    b"JSESSIONID",
    b"ASP.NET_SessionId",
    b"connect.sid",  # Express
    b"ci_session",
    b"sid",
    b"session_id",
    b"sessid",
    b"__Host-sessionid",
    b"__Secure-sessionid",
    b"__Host-sid",
)
_KNOWN_COOKIES = frozenset(SESSION_COOKIES)
_NOBODY = "nobody"
_REMEMBERED = 4096  # scopes: whoever comes again has the same


class Visitor(NamedTuple):
    """Who came, as far as the journey tells: the id that its cookie proves, or the one that this answer gives."""

    journey: str | None = None
    minted: str | None = None


STRANGER = Visitor()


def principal(request: Request, route: RoutePolicy, visitor: Visitor) -> str | None:
    """Whose request it is, as a digest that gives nothing away; None for nobody."""
    return _principal(request, route, visitor.journey, ())


def successor(request: Request, route: RoutePolicy, visitor: Visitor, answer: Fields) -> str | None:
    """Whose the next request will be, where this answer changes that: a login, a new session, a new journey."""
    if visitor.minted is None and first(answer, b"set-cookie") is None:
        return None
    following = _principal(request, route, visitor.journey or visitor.minted, answer)
    return None if following == principal(request, route, visitor) else following


def in_scope(route: RoutePolicy, owner: str | None, key: str, host: bytes = b"") -> LedgerKey:
    """The key within the route and the principal, and within the host where the route says so.

    By default it is not: a proxy that names the machine it asks would send a retry as another action.
    """
    return LedgerKey(_scope(route.match, owner or _NOBODY, host.lower() if route.per_host else b""), key)


@lru_cache(maxsize=_REMEMBERED)
def _scope(match: Pattern, owner: str, host: bytes) -> str:
    return f"{match} {owner} {host.decode('latin-1')}" if host else f"{match} {owner}"


def _principal(request: Request, route: RoutePolicy, journey: str | None, answer: Fields) -> str | None:
    said, fields = route.principal, request.fields
    if said == SHARED or (said == KNOWN and route.idempotency is Idempotency.CALLBACK):
        return SHARED
    proofs = [] if said.startswith("session:") else every(fields, b"authorization")
    if said != "authorization" and (answer or first(fields, b"cookie") is not None):
        names = _KNOWN_COOKIES if said == KNOWN else frozenset({said.removeprefix("session:").encode()})
        proofs += _session(request, names, answer)
    if not proofs:
        if journey is None:
            return None
        proofs = [b"journey", journey.encode()]
    digest = sha256(b"%d:%b" % (len(proofs[0]), proofs[0]))
    for proof in proofs[1:]:
        digest.update(b"%d:%b" % (len(proof), proof))
    return digest.hexdigest()[:32]


def _session(request: Request, names: Iterable[bytes], answer: Fields) -> list[bytes]:
    """The name and the value of the first session cookie in the request, as the answer leaves it."""
    changed = [read_set_cookie(line) for line in every(answer, b"set-cookie")]
    values = {each.name: each.value for each in changed if each is not None and each.name in names}
    gone = {each.name for each in changed if each is not None and each.max_age is not None and each.max_age <= 0}
    for line in every(request.fields, b"cookie"):
        for pair in line.split(b";"):
            name = pair.partition(b"=")[0].strip()
            if name in names and name not in values:
                values[name] = cookie(request.fields, name) or b""
    for name in sorted(values):
        if values[name] and name not in gone:
            return [name, values[name]]
    return []
