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
    PatternTable,
    Request,
    Sharing,
    cookie_in,
    first,
    lookup,
)

from .route import RoutePolicy

RETURN_PARAMETER = "seeother_return"
JOURNEY_FIELD = b"x-journey-id"
_VISITORS = 8192  # to remember at least: what they show and what they are given is the same for a whole journey
_PRIVATE: Field = (b"cache-control", b"private")
_new = tuple.__new__  # a named tuple is made in C by it; its own constructor is a call in Python
_CLAIMED = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")


class Visit(NamedTuple):
    """One request's place in a journey; `identity` is None while nobody is on one, `minted` when it is new.

    `renewals` is what the answer to an attempt is given so that the journey goes on, where that is known already: where
    caches are told not to share it, and where they are not.
    """

    identity: Identity | None = None
    journey: Journey | None = None
    step: Step | None = None
    claimed_id: str | None = None
    secure: bool = False
    minted: bool = False
    renewals: tuple[Fields, Fields] | None = None

    @property
    def reaches_goal(self) -> bool:
        """Whether this is an attempt of the journey's last step."""
        return self.step is not None and self.journey is not None and self.step is self.journey.goal


class _Known(NamedTuple):
    """A cookie's value that was verified, whom it proves, and what their answers are given."""

    value: bytes
    identity: Identity
    renewals: tuple[Fields, Fields] | None


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

    def recognised(self, line: bytes, at: tuple[Journey | None, Step | None], scheme: str) -> Visit | None:
        """The place in a journey of whoever this Cookie field proves to be on one; None where more must be read.

        Who came before is found by the hash of the field, which holds other secrets, too; what counts is that the proof
        stands in it.
        """
        secure = self._secure or scheme == "https"
        journey, step = at
        lasting = None if step is None or journey is None else journey.abandoned_after
        key = hash((line, lasting))
        memo = self._known[secure]
        known = memo.get(key) or memo.recall(key)
        if known is None or known[0] not in line:
            known = self._proven(line, lasting, secure=secure)
            if known is None:
                return None
            memo.keep(key, known)
        _, identity, renewals = known
        return None if identity.ended else _new(Visit, (identity, journey, step, None, secure, False, renewals))

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
        get = lookup(request.fields)
        claimed = get(JOURNEY_FIELD)
        claimed_id = claimed.decode() if claimed is not None and _CLAIMED.match(claimed) else None
        secure = self._secure or request.scheme == "https"
        journey, step = at
        lasting = journey.abandoned_after if step is not None and journey is not None else None
        line = get(b"cookie")
        known = None if line is None else self._proven(line, lasting, secure=secure)
        identity = self._returned(request, route, now) if known is None else known.identity
        if identity is not None and not identity.ended:
            renewals = None if known is None else known.renewals
            return Visit(identity, journey, step, claimed_id, secure, renewals=renewals)
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

    def farewell(self, visit: Visit, status: int, sharing: Sharing, *, may_set_cookie: bool) -> Fields:
        """The field lines that the answer needs so that the journey goes on.

        None at all when the answer invites shared caches: they would hand one person's identity to everybody. Where
        it leaves open whether they may store it, it becomes private.
        """
        if sharing is Sharing.INVITED:
            return ()
        identity, journey, step, claimed_id, secure, _, renewals = visit
        seal = self._seal
        if not may_set_cookie or seal is None or step is None or identity is None or journey is None:
            known = identity.journey_id if identity is not None else claimed_id
            return () if known is None else ((JOURNEY_FIELD, known.encode()),)
        if status // 100 == 2 and step is journey.steps[-1] and not identity.ended:  # noqa: PLR2004 - 2xx
            identity, renewals = _new(Identity, (identity.journey_id, True)), None
        if renewals is None:
            renewals = _renewals(seal, identity, journey.abandoned_after, secure=secure)
        return renewals[sharing is Sharing.OPEN]

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

    def _proven(self, line: bytes, lasting: timedelta | None, *, secure: bool) -> _Known | None:
        """Whom a Cookie field proves to be on a journey."""
        value = None if self._seal is None else cookie_in(line, _cookie_name(secure=secure))
        identity = None if value is None or self._seal is None else self._seal.from_cookie(value)
        if value is None or identity is None or self._seal is None:
            return None
        return _Known(
            value, identity, None if lasting is None else _renewals(self._seal, identity, lasting, secure=secure)
        )

    def _returned(self, request: Request, route: RoutePolicy | None, now: float) -> Identity | None:
        """Whom the return token proves to have come back from elsewhere, on a return route."""
        if self._seal is None or route is None or route.kind is not RouteKind.RETURN:
            return None
        return self._seal.from_return_token(_return_token(request.query), now)


def _renewals(seal: Seal, identity: Identity, lasting: timedelta, *, secure: bool) -> tuple[Fields, Fields]:
    """The journey's id and its cookie with its age renewed, and the same for an answer that says nothing to caches."""
    value = _cookie_name(secure=secure) + b"=" + seal.to_cookie(identity)
    value += b"; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax" % int(lasting.total_seconds())
    lines = ((JOURNEY_FIELD, identity.journey_id.encode()), (b"set-cookie", value + (b"; Secure" if secure else b"")))
    return lines, (*lines, _PRIVATE)


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
