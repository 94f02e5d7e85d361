# SPDX-License-Identifier: Apache-2.0
"""Tells a Location that only the inside of a site understands, as of an application that does not know its proxy."""

import re
from enum import Enum, auto
from ipaddress import ip_address, ip_network

from seeother.journey import Declaration
from seeother.message import ReferenceKind, Request, Target, kind_of, origin_of, resolve

from ..listed_host import DEFAULT_PORTS, is_listed

# What application servers listen on by themselves; a site that is public at such a port says so in its own address.
_SERVER_PORTS = frozenset({3000, 4000, 5000, 8000, 8001, 8008, 8080, 8081, 8888, 9000, 9090})
_INTERNAL_ENDS = (".localhost", ".local", ".internal", ".intranet", ".lan", ".corp", ".home.arpa", ".svc")
_INTERNAL_NETWORKS = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.168.0.0/16", "::/128", "::1/128", "fc00::/7", "fe80::/10",
        ),
    )
)  # fmt: skip
_NATIVE_APP = frozenset({"code", "error", "state"})  # what an authorization server gives to it (RFC 6749 section 4.1.2)
_NAMING = re.compile(rb"[\x00-\x20]*(?:https?:|[/\\]{2})", re.IGNORECASE)  # what may name an origin, for speed


class Unfit(Enum):
    """Why nobody outside should be sent there."""

    INTERNAL = auto()
    PLAIN = auto()
    SERVER_PORT = auto()


def unfit(request: Request, location: bytes, declaration: Declaration) -> tuple[Unfit, Target] | None:
    """What is wrong with the origin that a Location names, and the target; None when nothing is."""
    if _NAMING.match(location) is None or kind_of(location) not in {ReferenceKind.ABSOLUTE, ReferenceKind.NETWORK}:
        return None
    site, target = declaration.site or origin_of(request), resolve(request, location)
    if site is None or target is None or is_listed(target.origin, declaration.target_hosts):
        return None
    there = target.origin
    if is_internal(there.host) and not is_internal(site.host):
        return None if _is_native_app(target) else (Unfit.INTERNAL, target)
    if there.host == site.host and site.scheme == "https" and there.scheme == "http":
        return Unfit.PLAIN, target
    is_own_port = site.port not in DEFAULT_PORTS or there.port not in _SERVER_PORTS
    return None if there.host != site.host or is_own_port else (Unfit.SERVER_PORT, target)


def is_internal(host: str) -> bool:
    """Whether a host is nobody's outside of one machine or one network."""
    if host == "localhost" or host.endswith(_INTERNAL_ENDS):
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return "." not in host.rstrip(".")
    return any(address in network for network in _INTERNAL_NETWORKS if network.version == address.version)


def _is_native_app(target: Target) -> bool:
    """Whether an app on the person's own machine is waiting for an answer there (RFC 8252 section 7.3)."""
    if target.origin.host not in {"localhost", "127.0.0.1", "[::1]"}:
        return False
    return any(pair.partition("=")[0] in _NATIVE_APP for pair in target.query.split("&"))
