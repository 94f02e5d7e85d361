# SPDX-License-Identifier: Apache-2.0
"""By which names watch answers when it asks for no token.

It then listens on this machine only, and there answers by address or as localhost: any other name may be a stranger's
who has pointed it here, to have people's browsers read and write for him what they reach (DNS rebinding).
"""

from collections.abc import Iterable
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from seeother.message import first, read_origin

from .problem import problem

_ELSEWHERE = (
    "without a token watch answers as localhost or by address; name the host in [watch] hosts, or set "
    'token = "env:SEEOTHER_TOKEN" there'
)


class Names:
    """Names that nobody else can have made lead here."""

    def __init__(self, hosts: Iterable[str] = ()) -> None:
        """Beside localhost and addresses, these."""
        self._hosts = frozenset(hosts)

    def has(self, host: bytes) -> bool:
        """Whether a Host field's name is one of them."""
        origin = read_origin(b"http://" + host)
        if origin is None:
            return False
        # RFC 6761 6.3
        if origin.host == "localhost" or origin.host.endswith(".localhost") or origin.host in self._hosts:
            return True
        try:
            ip_address(origin.host.strip("[]"))
        except ValueError:
            return False
        return True


class HostGate:
    """Lets through to `inside` who asks by one of the names, and whoever asks for an `is_open` path."""

    def __init__(self, inside: ASGIApp, names: Names, *, is_open: frozenset[str] = frozenset()) -> None:
        """Guard `inside`."""
        self._inside = inside
        self._names = names
        self._open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 421."""
        is_free = scope["type"] != "http" or scope["path"] in self._open
        if is_free or self._names.has(first(tuple(scope["headers"]), b"host") or b""):
            await self._inside(scope, receive, send)
        else:
            await problem(421, _ELSEWHERE)(scope, receive, send)
