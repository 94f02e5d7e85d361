# SPDX-License-Identifier: Apache-2.0
"""What proxies say about the request as it came to them: `Forwarded` (RFC 7239) and the `X-Forwarded-` family.

Rules of this file:

- Nothing is believed unless the peer itself is trusted. Each proxy adds at the right; so hops are read from the right,
  as long as the one that wrote them is trusted. The client is the first hop that is not.
- Of scheme and host, that counts which the outermost trusted proxy wrote.
- A proxy that writes one family passes on whatever a client wrote in the other. So where both are there, only what
  both say is believed; where they contradict each other, neither scheme nor host nor prefix is.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple, TypeVar

from .authority import read_authority
from .exchange import Request
from .quoting import has_open_quote, parts_of, unquoted

T = TypeVar("T")

Networks = Sequence[IPv4Network | IPv6Network]

_FORWARDED = b"forwarded"
_FOR, _PROTO, _HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
_PORT, _PREFIX = b"x-forwarded-port", b"x-forwarded-prefix"
_LEGACY_FIELDS = frozenset({_FOR, _PROTO, _HOST, _PORT, _PREFIX})
FORWARDED_FIELDS = _LEGACY_FIELDS | {_FORWARDED}

_SCHEMES = {b"http": "http", b"https": "https", b"ws": "http", b"wss": "https"}
_DEFAULT_PORTS = {"http": b"80", "https": b"443"}
_NODE_MOST = 128  # bytes of an address or obfuscated name
_OBFUSCATED = re.compile(rb"(_[A-Za-z0-9._-]+)(?::[^:]*)?")
_BRACKETED = re.compile(rb"\[([^\]]*)\](?::[^:]*)?")
_PREFIX_FORM = re.compile(rb"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+/?")
_DOT_SEGMENT = re.compile(r"(?:/|\A)(?:\.|%2e){1,2}(?:/|\Z)", re.IGNORECASE)
_PORT_FORM = re.compile(rb"[0-9]{1,5}")


class ForwardedHop(NamedTuple):
    """One proxy's words: who came to it, over which scheme, and for which host."""

    client: str | None
    proto: str | None
    host: str | None


class Forwarding(NamedTuple):
    """What may be believed of how the request came to the outermost trusted proxy; None is not known."""

    client: str | None
    scheme: str | None
    host: bytes | None
    prefix: str | None
    disagrees: bool


def believed(request: Request, trusted: Networks) -> Forwarding | None:
    """What trusted proxies say; None when the peer is not one, or when nothing was forwarded."""
    if not trusted:
        return None
    given: dict[bytes, bytes] = {}
    for name, value in request.fields:
        if name in FORWARDED_FIELDS:
            given[name] = given[name] + b"," + value if name in given else value
    if not given or not is_within(request.client, trusted):
        return None
    line = given.pop(_FORWARDED, None)
    standard = None if line is None else _standard(line, trusted)
    legacy = _legacy(given, trusted) if given else None
    if standard is None or legacy is None:
        return standard or legacy
    disagrees = any(
        one is not None and other is not None and one != other
        for one, other in (
            (standard.client, legacy.client),
            (standard.scheme, legacy.scheme),
            (_comparable(standard), _comparable(legacy)),
        )
    )
    client = _agreed(standard.client, legacy.client)
    if disagrees:
        return Forwarding(client, None, None, None, disagrees=True)
    host = standard.host if _agreed(_comparable(standard), _comparable(legacy)) else None
    return Forwarding(client, _agreed(standard.scheme, legacy.scheme), host, legacy.prefix, disagrees=False)


def is_within(address: str | None, networks: Networks) -> bool:
    """Whether an address is one of the networks' own; an IPv4 address inside an IPv6 one counts as itself."""
    if address is None or not networks:
        return False
    read = _address(address)
    return read is not None and any(read in network for network in networks)


def _standard(line: bytes, trusted: Networks) -> Forwarding:
    """What `Forwarded` says, with `host` and `proto` from the outermost element that a trusted proxy wrote."""
    # Whoever leaves a quote open must not swallow what a proxy adds behind it.
    elements = line.split(b",") if has_open_quote(line) else parts_of(line, b",")
    client, scheme, host = None, None, None
    for element in reversed(elements):
        hop = _hop(element)
        client, scheme, host = hop.client, hop.proto or scheme, hop.host or host
        if not is_within(client, trusted):
            break
    return Forwarding(client, scheme, None if host is None else host.encode("latin-1"), None, disagrees=False)


def _legacy(given: dict[bytes, bytes], trusted: Networks) -> Forwarding:
    """What the `X-Forwarded-` family says; lists shorter than that of the hops end with the outermost proxy."""
    client, depth = None, 0
    for part in reversed(_listed(given, _FOR)):
        client, depth = _node(part), depth + 1
        if not is_within(client, trusted):
            break
    depth = max(depth, 1)
    scheme = _at(given, _PROTO, depth=depth, read=_scheme)
    host = _at(given, _HOST, depth=depth, read=_host)
    port = _at(given, _PORT, depth=depth, read=_port)
    if host is not None and port is not None and scheme is not None and _lacks_port(host):
        host = host if port == _DEFAULT_PORTS[scheme] else host + b":" + port
    return Forwarding(client, scheme, host, _at(given, _PREFIX, depth=depth, read=_prefix), disagrees=False)


def _hop(element: bytes) -> ForwardedHop:
    """One element of `Forwarded`; a parameter that stands twice makes it mean nothing (RFC 7239 section 4)."""
    given: dict[bytes, bytes] = {}
    for pair in parts_of(element, b";"):
        name, equals, value = pair.partition(b"=")
        name = name.lower()
        if not equals or name in given:
            return ForwardedHop(None, None, None)
        given[name] = unquoted(value)
    host = _host(given.get(b"host", b""))
    return ForwardedHop(
        _node(given.get(b"for", b"")),
        _scheme(given.get(b"proto", b"")),
        None if host is None else host.decode("latin-1"),
    )


def _node(value: bytes) -> str | None:
    """An address in its one form, without port, or an obfuscated name (RFC 7239 section 6); None if unknown."""
    value = value.strip(b' \t"')
    if len(value) > _NODE_MOST:
        return None
    if match := _OBFUSCATED.fullmatch(value):
        return match[1].decode()
    if match := _BRACKETED.fullmatch(value):
        value = match[1]
    elif value.count(b":") == 1:
        value = value.partition(b":")[0]
    address = _address(value.decode("latin-1"))
    return None if address is None else str(address)


@lru_cache(maxsize=1024)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])  # without its zone
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _listed(given: dict[bytes, bytes], name: bytes) -> list[bytes]:
    value = given.get(name)
    if value is None:
        return []
    return [part.strip() for part in value.split(b",")] if b"," in value else [value.strip()]


def _at(given: dict[bytes, bytes], name: bytes, *, depth: int, read: Callable[[bytes], T | None]) -> T | None:
    """The value that the outermost of so many trusted proxies wrote."""
    listed = _listed(given, name)
    return read(listed[max(0, len(listed) - depth)]) if listed else None


def _scheme(value: bytes) -> str | None:
    return _SCHEMES.get(value.lower())


def _host(value: bytes) -> bytes | None:
    return value if value and b"@" not in value and value.isascii() and read_authority(value) else None


def _port(value: bytes) -> bytes | None:
    return value if _PORT_FORM.fullmatch(value) else None


def _prefix(value: bytes) -> str | None:
    if not _PREFIX_FORM.fullmatch(value):
        return None
    text = value.decode().rstrip("/")
    return None if _DOT_SEGMENT.search(text) else text


def _lacks_port(host: bytes) -> bool:
    read = read_authority(host)
    return read is not None and read[1] is None


def _comparable(forwarding: Forwarding) -> tuple[str, int | None] | None:
    """The host as it compares, without a port that goes without saying."""
    read = None if forwarding.host is None else read_authority(forwarding.host)
    if read is None or read[1] is None:
        return read
    default = _DEFAULT_PORTS.get(forwarding.scheme or "", b"")
    return (read[0], None) if b"%d" % read[1] == default else read


def _agreed(one: T | None, other: T | None) -> T | None:
    return one if one == other else None
