# SPDX-License-Identifier: Apache-2.0
"""Runs an ASGI application on a real socket for the length of a test."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from seeother.cli.listening import bind


@asynccontextmanager
async def serving(app: ASGIApp, *, lifespan: str = "off") -> AsyncGenerator[str]:
    """The address of `app`, which answers in this event loop."""
    # Longer than a test: on a busy machine a client may be about to use the connection that is given up.
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_keep_alive=300)
    config.lifespan = "on" if lifespan == "on" else "off"
    async with served(config) as url:
        yield url


@asynccontextmanager
async def served(config: uvicorn.Config) -> AsyncGenerator[str]:
    """The address of what is configured, which answers in this event loop."""
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(config)
    answering = asyncio.create_task(server.serve([listening]))
    try:
        # The socket listens already: a request that comes before the server is ready waits in its queue.
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await answering
