# SPDX-License-Identifier: Apache-2.0
"""One application for each ASGI framework, all doing what a script says."""

from collections.abc import AsyncIterator
from typing import Literal, cast

import fastapi
import litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException as LitestarError
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from starlette.applications import Starlette
from starlette.exceptions import HTTPException as StarletteError
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from seeother.asgi.control import response_control
from seeother.asgi.drive import Application, Receive, Scope, Send
from seeother.message import first
from tests.contract.guard.exchange import BrokenError, Reply, Script, Seen

LitestarRequest = litestar.Request[object, object, State]

METHODS: list[Literal["GET", "HEAD", "POST", "PUT"]] = ["GET", "HEAD", "POST", "PUT"]


def bare(script: Script) -> Application:
    """No framework; the only one that can send a second head."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        content = b""
        while True:
            message = await receive()
            content += message.get("body", b"")
            if not message.get("more_body", False):
                break
        reply: Reply | None = script.act(_seen(Request(scope), content))
        while reply is not None:
            if reply.aborts:
                reply = Reply(reply.aborts, (), (b"",))
            _stage(reply)
            if reply.breaks and not reply.pieces:
                raise BrokenError
            fields = [*reply.fields]
            if not reply.streams and reply.second is None:
                fields.append((b"content-length", b"%d" % sum(map(len, reply.pieces))))
            await send({"type": "http.response.start", "status": reply.status, "headers": fields})
            last = len(reply.pieces) - 1
            for index, piece in enumerate(reply.pieces):
                more = index < last or reply.breaks or reply.second is not None
                await send({"type": "http.response.body", "body": piece, "more_body": more})
            if reply.breaks:
                raise BrokenError
            reply = reply.second

    return app


def starlette(script: Script) -> Application:
    """Starlette."""

    async def answer(request: Request) -> Response:
        return _native(script.act(_seen(request, await request.body())), StarletteError)

    return Starlette(routes=[Route("/{path:path}", answer, methods=list(METHODS))])


def starlette_middleware(script: Script) -> Application:
    """Starlette behind a middleware of the usual sort, which makes pieces of every answer."""

    async def through(request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)

    return BaseHTTPMiddleware(starlette(script), dispatch=through)


def fastapi_(script: Script) -> Application:
    """FastAPI."""
    app = fastapi.FastAPI()

    @app.api_route("/{path:path}", methods=list(METHODS))
    async def answer(request: fastapi.Request) -> Response:
        return _native(script.act(_seen(request, await request.body())), fastapi.HTTPException)

    return app


def litestar_(script: Script) -> Application:
    """Litestar."""

    async def answer(request: LitestarRequest) -> litestar.Response[bytes] | Stream:
        seen = Seen(
            request.url.scheme, request.headers.get("host", ""), request.client.host if request.client else "",
            request.headers.get("x-forwarded-for"), await request.body(),
        )  # fmt: skip
        reply = script.act(seen)
        if reply.aborts:
            raise LitestarError(status_code=reply.aborts)
        _stage(reply)
        if reply.breaks and not reply.pieces:
            raise BrokenError
        kind = first(reply.fields, b"content-type")
        headers = {name.decode(): value.decode("latin-1") for name, value in reply.fields if name != b"content-type"}
        media_type = "text/html" if kind is None else kind.partition(b";")[0].decode()  # Litestar adds the charset
        if reply.streams:
            return Stream(_pieces(reply), status_code=reply.status, headers=headers, media_type=media_type)
        return litestar.Response(
            b"".join(reply.pieces), status_code=reply.status, headers=headers, media_type=media_type
        )

    handler = HTTPRouteHandler(["/", "/{path:path}"], http_method=METHODS, status_code=200)(answer)
    return cast("Application", litestar.Litestar([handler], openapi_config=None))


def _native(reply: Reply, error: type[StarletteError]) -> Response:
    if reply.aborts:
        raise error(reply.aborts)
    _stage(reply)
    if reply.breaks and not reply.pieces:
        raise BrokenError
    if reply.streams:
        response: Response = StreamingResponse(_pieces(reply), reply.status)
    else:
        response = Response(b"".join(reply.pieces), reply.status)
    for name, value in reply.fields:
        response.headers.append(name.decode(), value.decode("latin-1"))
    return response


async def _pieces(reply: Reply) -> AsyncIterator[bytes]:
    for piece in reply.pieces:
        yield piece
    if reply.breaks:
        raise BrokenError


def _stage(reply: Reply) -> None:
    if reply.cookie:
        response_control().cookie("basket", reply.cookie.decode())


def _seen(request: Request, content: bytes) -> Seen:
    return Seen(
        request.url.scheme,
        request.headers.get("host", ""),
        request.client.host if request.client else "",
        request.headers.get("x-forwarded-for"),
        content,
    )
