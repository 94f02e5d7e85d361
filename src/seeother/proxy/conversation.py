# SPDX-License-Identifier: Apache-2.0
"""A WebSocket that is passed on, message by message (RFC 6455); the handshake's refusal is the server's own.

No policy is about what is said there. Pings are answered on each side, compression is agreed on each side.
"""

import asyncio
import logging
from contextlib import suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from seeother.asgi import Receive, Scope, Send
from seeother.message import Field, first

from .forwarding import RETURNED, has_passed, to_client
from .upstream import Upstream

MOST_BYTES = 16 << 20  # of one message; the server's own default in uvicorn
_BAD_REQUEST, _GATEWAY, _LATE = 400, 502, 504
_HANDSHAKE = b"sec-websocket-"
_OF_REQUEST = frozenset({b"host", b"content-length", b"expect"})  # a handshake has no content
_REFUSE = "websocket.http.response"
_log = logging.getLogger("seeother.proxy")
_NO_CODE, _CUT, _GOING_AWAY = 1005, 1006, 1001  # RFC 6455 section 7.4.1; the first two are never sent


class _Once(connect):
    """A connection to one server: where it redirects to is for the client to know."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def converse(upstream: Upstream, scope: Scope, receive: Receive, send: Send, fields: list[Field]) -> None:
    """Connect to the server with `fields`, and pass on what both say until one of them ends it."""
    await receive()
    try:
        server = await _connected(upstream, scope, fields)
    except InvalidStatus as refused:
        response = refused.response
        lines = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers.raw_items()]
        if response.status_code == RETURNED and has_passed(lines):
            _log.warning("GET is answered %s: %s leads back to this guard", _GATEWAY, upstream.name)
            await refuse_handshake(scope, send, _GATEWAY)
            return
        await refuse_handshake(scope, send, response.status_code, to_client(lines), bytes(response.body or b""))
        return
    except TimeoutError:
        await refuse_handshake(scope, send, _LATE)
        return
    except (OSError, InvalidHandshake, EOFError):
        await refuse_handshake(scope, send, _GATEWAY)
        return
    except (InvalidURI, ValueError):  # what the client has sent makes no address
        await refuse_handshake(scope, send, _BAD_REQUEST)
        return
    async with server:
        answered = [] if server.response is None else server.response.headers.raw_items()
        lines = [(name.lower().encode(), value.encode("latin-1")) for name, value in answered]
        kept = [line for line in to_client(lines) if not line[0].startswith(_HANDSHAKE)]
        await send({"type": "websocket.accept", "subprotocol": server.subprotocol, "headers": kept})
        listening = asyncio.create_task(_to_client(server, send))
        speaking = asyncio.create_task(_to_server(server, receive))
        try:
            await asyncio.wait({listening, speaking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (listening, speaking):
                task.cancel()
            await asyncio.gather(listening, speaking, return_exceptions=True)


async def _connected(upstream: Upstream, scope: Scope, fields: list[Field]) -> ClientConnection:
    query: bytes = scope["query_string"]
    host = first(fields, b"host") or upstream.authority
    target = scope["raw_path"] + (b"?" + query if query else b"")
    offered = first(fields, b"sec-websocket-protocol")
    if b"@" in host:  # it would be taken for a password
        raise ValueError(host)
    given = [field for field in fields if field[0] not in _OF_REQUEST and not field[0].startswith(_HANDSHAKE)]
    scheme = "ws" if upstream.tls is None else "wss"
    return await _Once(
        f"{scheme}://{host.decode('ascii')}{target.decode('ascii')}",
        host=upstream.host,
        port=upstream.port,
        ssl=upstream.tls,
        server_hostname=None if upstream.tls is None else upstream.host,
        subprotocols=None if offered is None else [Subprotocol(each.strip()) for each in offered.decode().split(",")],
        additional_headers=[(name.decode(), value.decode("latin-1")) for name, value in given],
        user_agent_header=None,
        proxy=None,
        open_timeout=upstream.read,
        max_size=MOST_BYTES,
    )


async def _to_client(server: ClientConnection, send: Send) -> None:
    try:
        while True:
            said = await server.recv()
            await send({"type": "websocket.send", "text" if isinstance(said, str) else "bytes": said})
    except ConnectionClosed as closed:
        end = closed.rcvd
        code = _GOING_AWAY if end is None or end.code in {_NO_CODE, _CUT} else end.code
        with suppress(RuntimeError):  # the client has ended it, too
            await send({"type": "websocket.close", "code": code, "reason": "" if end is None else end.reason})


async def _to_server(server: ClientConnection, receive: Receive) -> None:
    """Until the client ends it: what a server has said before it has ended it is still on its way to the client."""
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            code = message.get("code", _GOING_AWAY)
            code = _GOING_AWAY if code in {_NO_CODE, _CUT} else code
            await server.close(code, message.get("reason") or "")
            return
        text = message.get("text")
        with suppress(ConnectionClosed):
            await server.send(message["bytes"] if text is None else text)


async def refuse_handshake(
    scope: Scope, send: Send, status: int, fields: list[Field] | None = None, content: bytes = b""
) -> None:
    """Answer the handshake with an error, as far as this server lets an application choose it (else it says 403)."""
    if _REFUSE not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    kept = [field for field in fields or () if field[0] != b"content-length"]
    kept.append((b"content-length", b"%d" % len(content)))
    await send({"type": "websocket.http.response.start", "status": status, "headers": kept})
    await send({"type": "websocket.http.response.body", "body": content})
