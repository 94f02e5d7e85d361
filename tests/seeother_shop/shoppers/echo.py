# SPDX-License-Identifier: Apache-2.0
"""A real server for one test: answers as the test says and remembers what it was asked."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Answer = Callable[[Request], Awaitable[Response]]


@dataclass
class Echo:
    """A server on a free port, and what it has seen."""

    url: str
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def fields(self, index: int) -> dict[str, str]:
        """The fields of one request."""
        return self.seen[index][2]


@asynccontextmanager
async def serving(answer: Answer, host: str = "127.0.0.1") -> AsyncGenerator[Echo]:
    """Serve on a free port of the host until the block ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    echo = Echo(f"http://{host}:{listener.getsockname()[1]}")

    async def remember(request: Request) -> Response:
        echo.seen.append((request.method, request.url.path, dict(request.headers), await request.body()))
        return await answer(request)

    app = Starlette(routes=[Route("/{path:path}", remember, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield echo
    finally:
        server.should_exit = True
        await task
        listener.close()
