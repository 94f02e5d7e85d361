# SPDX-License-Identifier: Apache-2.0
"""A guard whose server behind is the guard itself: refused where its configuration shows it."""

import socket
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from seeother.errors import SettingsError
from seeother.settings import UpstreamSettings

from .upstream import port_of

_Address = IPv4Address | IPv6Address

_LOOPBACK: dict[int, _Address] = {4: IPv4Address("127.0.0.1"), 6: IPv6Address("::1")}
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


def check_own_address(upstreams: Sequence[UpstreamSettings], listening: socket.socket) -> None:
    """Refuse a server at the address on which the guard itself listens; raises SettingsError.

    A way back over another address, such as that of what stands before the guard, is seen when a request comes back.
    """
    name, port = listening.getsockname()[:2]
    own = ip_address(name)
    for index, upstream in enumerate(upstreams):
        parts = urlsplit(upstream.url)
        if port_of(parts) != port or parts.hostname is None:
            continue
        for address in _addresses(parts.hostname, port):
            if address == own or (own.is_unspecified and address.version == own.version and _is_here(address)):
                cure = f"the guard itself listens on {name}:{port}; say where the shop listens, or give another --port"
                raise SettingsError(f"upstream[{index}].url", upstream.url, cure)


def _addresses(host: str, port: int) -> Iterator[_Address]:
    """The addresses of a name; none where nobody knows it (yet). Whoever asks 0.0.0.0 asks this machine."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, place in found:
        address = ip_address(str(place[0]).partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        yield _LOOPBACK[address.version] if address.is_unspecified else address


def _is_here(address: _Address) -> bool:
    """Whether an address is one of this machine's: no other can be bound."""
    with socket.socket(_FAMILIES[address.version], socket.SOCK_STREAM) as trying:
        try:
            trying.bind((str(address), 0))
        except OSError:
            return False
    return True
