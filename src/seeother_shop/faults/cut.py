# SPDX-License-Identifier: Apache-2.0
"""An answer that is lost: the work is done, and the connection is cut before the first byte of the answer.

ASGI has no word for "hang up": a server answers 500 for an application that returns without an answer. So the
server's protocol remembers its transports, and the middleware cuts the one its request came in on.
"""

import asyncio
import re
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_Ends = tuple[object, object]
_OPEN: dict[_Ends, asyncio.Transport] = {}  # (client, server) of a connection to what it is written to


class CuttingProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, on connections that can be cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Remember the transport."""
        super().connection_made(transport)
        _OPEN[self.client, self.server] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport."""
        _OPEN.pop((self.client, self.server), None)
        super().connection_lost(exc)


class LostAnswer:
    """While the fault is on, runs the application on matching requests and hangs up in place of the answer."""

    def __init__(self, app: ASGIApp, *, is_on: Callable[[], bool], method: str, path: str) -> None:
        """Match `method` and the pattern `path`, a regular expression for the whole path."""
        self._app = app
        self._is_on = is_on
        self._method = method
        self._path = re.compile(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        if scope["type"] != "http" or scope["method"] != self._method or not self._path.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        if not self._is_on():  # asked once, so that a fault that ends meanwhile does not send half an answer
            await self._app(scope, receive, send)
            return

        async def swallow(_: Message) -> None:
            """Let the application believe that it was heard."""

        await self._app(scope, receive, swallow)
        _OPEN[scope["client"], scope["server"]].abort()
        while (await receive())["type"] != "http.disconnect":
            pass
