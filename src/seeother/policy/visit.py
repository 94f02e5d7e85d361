# SPDX-License-Identifier: Apache-2.0
"""Whose request it is: which journey it belongs to, and what the answer must carry so that the next one does too.

Precedence: cookie, signed return token (on return routes), baggage from a trusted service. An `X-Journey-ID` of
the client's own proves nothing: it is echoed and kept as an attribute, never used as the key.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

from seeother.journey import Identity, Journey, Memo, RouteKind, Seal, Step, mint
from seeother.message import (
    Field,
    Fields,
    Lines,
    PatternTable,
    Request,
    ResponseHead,
    cookie,
    first,
    forbids_sharing,
    invites_sharing,
)

from .repair import Answer
from .route import RoutePolicy

RETURN_PARAMETER = "seeother_return"
JOURNEY_FIELD = b"x-journey-id"
_VISITORS = 8192  # to remember at least: what they show and what they are given is the same for a whole journey
_ABOUT_CACHING = frozenset({b"cache-control", b"cdn-cache-control", b"surrogate-control"})
_PRIVATE: Field = (b"cache-control", b"private")
_new = tuple.__new__  # a named tuple is made in C by it; its own constructor is a call in Python
_CLAIMED = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")


class Visit(NamedTuple):
    """One request's place in a journey; `identity` is None while nobody is on one, `minted` when it is new.

    `renewal` is what the answer to an attempt is given so that the journey goes on, where that is known already.
    """

    identity: Identity | None = None
    journey: Journey | None = None
    step: Step | None = None
    claimed_id: str | None = None
    secure: bool = False
    minted: bool = False
    renewal: Fields = ()

    @property
    def reaches_goal(self) -> bool:
        """Whether this is an attempt of the journey's last step."""
        return self.step is not None and self.journey is not None and self.step is self.journey.goal


class _Known(NamedTuple):
    """A cookie's value that was verified, whom it proves, and what their answers are given."""

    value: bytes
    identity: Identity
    renewal: Fields


class Reception:
    """Tells who comes, and gives whoever has no identity one at the first step."""

    __slots__ = ("_journeys", "_known", "_networks", "_only", "_seal", "_secure", "_steps")

    def __init__(
        self,
        journeys: Sequence[Journey],
        seal: Seal | None,
        *,
        public_url: str | None = None,
        trusted_services: Sequence[IPv4Network | IPv6Network] = (),
    ) -> None:
        """File the steps of all journeys; without a seal nobody gets an identity here."""
        self._seal = seal
        self._secure = public_url is not None and public_url.startswith("https:")
        self._networks = tuple(trusted_services)
        self._known: tuple[Memo[int, _Known], Memo[int, _Known]] = (Memo(_VISITORS), Memo(_VISITORS))  # http, https
        self._journeys = {journey.name: journey for journey in journeys}
        self._only = journeys[0] if len(journeys) == 1 else None
        self._steps = PatternTable(
            [(pattern, (journey, step)) for journey in journeys for step in journey.steps for pattern in step.on]
        )

    def find(self, method: str, path: str) -> tuple[Journey | None, Step | None]:
        """The journey and the step that an exchange attempts; the only journey there is even where it attempts none."""
        return self._steps.find(method, path) or (self._only, None)

    def welcome(
        self,
        request: Request,
        route: RoutePolicy | None,
        *,
        at: tuple[Journey | None, Step | None],
        carried: tuple[str, str | None] | None,
        now: float,
        may_mint: bool,
    ) -> Visit:
        """The request's place in a journey at the time `now`; a new identity only with `may_mint`.

        `at` is what `find` says about the request. `carried` is the journey's id and name that a trusted service's
        baggage brought (see `trusts`).
        """
        fields = request.fields if isinstance(request.fields, Lines) else Lines(request.fields)
        claimed = fields.get(JOURNEY_FIELD)
        claimed_id = claimed.decode() if claimed is not None and _CLAIMED.match(claimed) else None
        secure = self._secure or request.scheme == "https"
        journey, step = at
        lasting = journey.abandoned_after if step is not None and journey is not None else None
        # Who came before is found by the hash of the field, which holds other secrets, too; what counts is that the
        # proof stands in it.
        line = fields.get(b"cookie")
        cookies = hash((line, lasting))
        known = None if line is None else self._known[secure].get(cookies) or self._known[secure].recall(cookies)
        if known is None or line is None or known.value not in line:
            known = self._proven(request, route, now, lasting=lasting, secure=secure)
            if known is not None and known.value and not fields.repeats:
                self._known[secure].keep(cookies, known)
        if known is not None and not known.identity.ended:
            return _new(Visit, (known.identity, journey, step, claimed_id, secure, False, known.renewal))
        identity = None if known is None else known.identity
        if identity is None and carried is not None:
            identity = Identity(carried[0])
            name = carried[1]
            journey = None if name is None else self._journeys.get(name) or Journey(name, ())
            step = None  # the step is the caller's, not ours
        begins = (
            may_mint
            and self._seal is not None
            and _begins(identity, journey, step)
            and not _is_withheld(request, route)
        )
        return Visit(mint() if begins else identity, journey, step, claimed_id, secure, begins)

    def farewell(self, visit: Visit, head: ResponseHead | Answer, *, may_set_cookie: bool) -> Fields:
        """The field lines that the answer needs so that the journey goes on.

        None at all when the answer invites shared caches: they would hand one person's identity to everybody. Where
        it leaves open whether they may store it, it becomes private.
        """
        is_open = True
        for name, _ in head.fields:
            if name in _ABOUT_CACHING:  # on most answers there is nothing to be read
                if invites_sharing(head.fields):
                    return ()
                is_open = not forbids_sharing(head.fields)
                break
        identity, journey, step, claimed_id, secure, _, lines = visit
        seal = self._seal if may_set_cookie and step is not None else None
        if seal is None or identity is None or journey is None:
            known = identity.journey_id if identity is not None else claimed_id
            lines = () if known is None else ((JOURNEY_FIELD, known.encode()),)
        elif head.status // 100 == 2 and step is journey.steps[-1] and not identity.ended:  # noqa: PLR2004 - 2xx
            closed = Identity(identity.journey_id, ended=True)
            lines = _renewal(seal, closed, journey.abandoned_after, secure=secure)
        elif not lines:
            lines = _renewal(seal, identity, journey.abandoned_after, secure=secure)
        return (*lines, _PRIVATE) if seal is not None and is_open else lines

    def trusts(self, request: Request) -> bool:
        """Whether the peer is one of our own services, whose baggage may be believed."""
        if not self._networks or request.client is None:
            return False
        try:
            address = ip_address(request.client)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped  # as a socket for both families names an IPv4 peer
        return any(address in network for network in self._networks)

    def _proven(
        self, request: Request, route: RoutePolicy | None, now: float, *, lasting: timedelta | None, secure: bool
    ) -> _Known | None:
        """The identity that the cookie or, on a return route, the return token proves."""
        if self._seal is None:
            return None
        value = cookie(request.fields, _cookie_name(secure=secure))
        identity = None if value is None else self._seal.from_cookie(value)
        if value is not None and identity is not None:
            return _Known(value, identity, _renewal(self._seal, identity, lasting, secure=secure))
        if route is not None and route.kind is RouteKind.RETURN:
            identity = self._seal.from_return_token(_return_token(request.query), now)
            return None if identity is None else _Known(b"", identity, ())
        return None


def _renewal(seal: Seal, identity: Identity, lasting: timedelta | None, *, secure: bool) -> Fields:
    """The journey's id and its cookie with its age renewed; nothing outside of a journey."""
    if lasting is None:
        return ()
    value = _cookie_name(secure=secure) + b"=" + seal.to_cookie(identity)
    value += b"; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax" % int(lasting.total_seconds())
    return ((JOURNEY_FIELD, identity.journey_id.encode()), (b"set-cookie", value + (b"; Secure" if secure else b"")))


def _begins(identity: Identity | None, journey: Journey | None, step: Step | None) -> bool:
    """Whether a journey begins here: before the goal for whoever is on none, at an entry after an outcome.

    Who opens a result from an e-mail has reached nothing just now; only a journey of entries alone begins at its goal.
    """
    if journey is None or step is None:
        return False
    if identity is None:
        return step is not journey.goal or step in journey.entries
    return identity.ended and step in journey.entries and step is not journey.goal


def _is_withheld(request: Request, route: RoutePolicy | None) -> bool:
    """Whether a browser may have kept a Lax cookie back (RFC 6265bis 5.8.3): a new one would overwrite the old."""
    if route is not None and route.kind is RouteKind.RETURN:
        return True
    return not request.is_safe and first(request.fields, b"sec-fetch-site") == b"cross-site"


def _return_token(query: bytes) -> bytes:
    """The value of the return parameter; its alphabet needs no decoding."""
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        if name == RETURN_PARAMETER.encode():
            return value
    return b""


def _cookie_name(*, secure: bool) -> bytes:
    """The prefix makes browsers insist on Secure, no Domain and Path=/; they refuse it over plain http."""
    return b"__Host-journey" if secure else b"journey"
