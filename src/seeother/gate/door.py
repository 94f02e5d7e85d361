# SPDX-License-Identifier: Apache-2.0
"""Who came: what trusted proxies say is believed, and what anybody else forwards is taken away."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from seeother.message import FORWARDED_FIELDS, Forwarding, Request, believed, is_within


class Entry(NamedTuple):
    """A request as it counts from here on; `forwarding` is what a trusted proxy said, `forged` names what was not."""

    request: Request
    forwarding: Forwarding | None = None
    forged: tuple[bytes, ...] = ()


class Door:
    """Looks at the peer of each request; without trusted proxies nothing is believed and nothing is taken away."""

    __slots__ = ("_networks",)

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        """Trust the proxies in these networks."""
        self._networks = tuple(networks)

    @property
    def trusted(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks whose proxies are trusted."""
        return self._networks

    def entered(self, request: Request) -> Entry:
        """The request with scheme, host and client as they were before the trusted proxies."""
        if not self._networks:
            return Entry(request)
        if not is_within(request.client, self._networks):
            forged = tuple([name for name, _ in request.fields if name in FORWARDED_FIELDS])
            if not forged:
                return Entry(request)
            kept = tuple([field for field in request.fields if field[0] not in FORWARDED_FIELDS])
            return Entry(request._replace(fields=kept), forged=forged)
        forwarding = believed(request, self._networks)
        if forwarding is None:
            return Entry(request)
        host = forwarding.host or request.authority
        fields = request.fields
        if host != request.authority:
            fields = tuple([(name, host if name == b"host" else value) for name, value in fields])
        seen = request._replace(
            scheme=forwarding.scheme or request.scheme,
            authority=host,
            client=forwarding.client or request.client,
            fields=fields,
        )
        return Entry(seen, forwarding)
