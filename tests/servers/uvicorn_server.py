# SPDX-License-Identifier: Apache-2.0
"""Runs applications on real sockets of this process, each on a thread of its own, until a block ends."""

import asyncio
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication

import uvicorn

from seeother.cli.listening import bind

_LIMIT_SECONDS = 20
_TICK_SECONDS = 0.01  # a tenth of uvicorn's, and not once more for good measure


class _Server(uvicorn.Server):
    """uvicorn, which hears sooner that it should exit, and then is sooner at its end: there are a thousand of them."""

    async def main_loop(self) -> None:
        while not self.should_exit:  # noqa: ASYNC110 - the thread that sets it is another
            await asyncio.sleep(_TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for each in (*self.servers, *(sockets or ())):
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn has no event
                    await asyncio.sleep(_TICK_SECONDS)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()


@contextmanager
def serving(config: uvicorn.Config, sockets: list[socket.socket] | None = None) -> Generator[int]:
    """A uvicorn server on sockets that listen, else on a free port of 127.0.0.1; yields the port."""
    listening = sockets or [bind("127.0.0.1", 0)]
    port: int = listening[0].getsockname()[1]
    server = _Server(config)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(server.serve(sockets=listening))
        except BaseException as error:  # noqa: BLE001 - told where the block ends
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(_LIMIT_SECONDS)
        for each in listening:
            each.close()
        assert not thread.is_alive()
        assert not failed, failed


class _Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name is given
        """Keep quiet."""

    def get_stderr(self) -> "_Nowhere":  # type: ignore[override]
        """Tracebacks of the application's are what the case wants."""
        return _Nowhere()


class _Nowhere:
    """A file that forgets."""

    def write(self, text: str) -> int:
        """Forget."""
        return len(text)

    def flush(self) -> None:
        """Do nothing."""


@contextmanager
def serving_wsgi(app: WSGIApplication) -> Generator[int]:
    """Python's own WSGI server, which speaks HTTP/1.0 and keeps no connection; yields its port on 127.0.0.1."""
    with make_server("127.0.0.1", 0, app, server_class=WSGIServer, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(_LIMIT_SECONDS)
