# SPDX-License-Identifier: Apache-2.0
"""Listening sockets, had before anything else is begun, so that a taken port is said at once."""

import os
import socket

from seeother.errors import PeerError

_BACKLOG = 2048  # connections that may wait to be accepted


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises PeerError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)  # a resolver's: below 0
        raise PeerError(f"cannot listen on {host}:{port}: {reason}; free it, or give another") from error
    # Connections inherit it. asyncio sets it only where a socket names its protocol, and these do not: an answer in two
    # writes, a head and its content, would then wait 40 ms for a delayed acknowledgement (RFC 896; RFC 1122, 4.2.3.2).
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def url_of(listening: socket.socket) -> str:
    """The address of a listening socket, as one types it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
