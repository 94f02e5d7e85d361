# SPDX-License-Identifier: Apache-2.0
"""An answer that comes too late: the work is done, and the gateway before it has already said 504."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CONTENT = b'{"type":"about:blank","title":"Gateway Timeout","status":504,"detail":"The answer did not come in time."}'


class GatewayTimeout:
    """While the fault is on, runs the application on matching requests and answers 504 in its place."""

    def __init__(self, app: ASGIApp, *, is_on: Callable[[], bool], method: str, path: str) -> None:
        """Match `method` and the exact `path`."""
        self._app = app
        self._is_on = is_on
        self._match = (method, path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) != self._match or not self._is_on():
            await self._app(scope, receive, send)
            return

        async def swallow(_: Message) -> None:
            """Let the application believe that it was heard."""

        await self._app(scope, receive, swallow)
        fields = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(_CONTENT)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 504, "headers": fields})
        await send({"type": "http.response.body", "body": _CONTENT})
