# SPDX-License-Identifier: Apache-2.0
"""Listening sockets, bound before anything else is begun, so that a taken port is said at once."""

import errno
import socket

_BACKLOG = 512


class PortTakenError(Exception):
    """Somebody else listens there."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets on every address of `host` (localhost has two) with one port; 0 lets the kernel choose it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # IPv4 first: it is always there, and it chooses the port.
    addresses = sorted({(family, address[0]) for family, _, _, _, address in found}, key=lambda pair: pair[0])
    opened: list[socket.socket] = []
    for family, address in addresses:
        try:
            opened.append(_bound(family, str(address), port))
        except OSError as error:
            if opened and error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                continue  # no IPv6 on this machine; browsers then fall back to IPv4
            for bound in opened:
                bound.close()
            raise PortTakenError(f"cannot listen on {host}:{port}: {error.strerror}") from error
        port = opened[0].getsockname()[1]
    return opened


def _bound(family: int, address: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound
