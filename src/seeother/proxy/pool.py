# SPDX-License-Identifier: Apache-2.0
"""The connections to one server behind: those that are free are used again, the last one first.

A server may close a free connection at the moment in which a request is sent on it, and nobody can tell whether it was
read. So what must not be sent twice goes only on a connection that was used a moment ago, or on a new one.
"""

import asyncio
from collections import deque
from functools import partial

from .connection import Connection
from .trouble import NotReachedError, SlowToConnectError
from .upstream import Upstream

_IDLE_SECONDS = 30.0  # for what may be sent twice
_FRESH_SECONDS = 1.0  # for what may not: servers keep connections for 2 s (gunicorn) or longer
_KEPT = 256  # free connections


class Pool:
    """Connects to one server; must be used on one event loop."""

    __slots__ = ("_free", "_loop", "upstream")

    def __init__(self, upstream: Upstream) -> None:
        """Make no connection yet."""
        self.upstream = upstream
        self._free: deque[Connection] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def take(self, *, is_safe: bool) -> Connection:
        """A connection that can carry a request now; raises NotReachedError."""
        free = self._free
        if free:
            now = self._running().time()
            longest = _IDLE_SECONDS if is_safe else _FRESH_SECONDS
            while free and now - free[-1].idle_since < longest:
                connection = free.pop()
                if connection.is_open:
                    return connection
                connection.close()
        return await self.connect()

    async def connect(self) -> Connection:
        """A new connection; raises NotReachedError."""
        upstream, loop = self.upstream, self._running()
        try:
            async with asyncio.timeout(upstream.connect):
                _, connection = await loop.create_connection(
                    partial(Connection, upstream.name, loop),
                    upstream.host,
                    upstream.port,
                    ssl=upstream.tls,
                    server_hostname=upstream.host if upstream.tls is not None else None,
                )
        except TimeoutError as error:
            raise SlowToConnectError(f"{upstream.name} took no connection in {upstream.connect:g} s") from error
        except OSError as error:  # refused, unreachable, no such name, a certificate that is not trusted
            raise NotReachedError(f"{upstream.name} cannot be reached: {error}") from error
        return connection

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next request if it can carry one."""
        now, free = self._running().time(), self._free
        if connection.is_reusable() and len(free) < _KEPT:
            connection.idle_since = now
            free.append(connection)
        else:
            connection.close()
        while free and now - free[0].idle_since >= _IDLE_SECONDS:
            free.popleft().close()

    def close(self) -> None:
        """Close all that are free."""
        while self._free:
            self._free.pop().close()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop
