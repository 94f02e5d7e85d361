# SPDX-License-Identifier: Apache-2.0
"""The guard in front of a server: client, proxy and server behind speak over real sockets.

The one thing made up is where a client comes from, which on one machine is always here: the proxy is told by a field of
the test's own that leaves no trace.
"""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import h11
import uvicorn

from seeother.asgi import Application, Receive, Scope, Send
from seeother.message import Fields
from seeother.proxy.front import Front
from seeother.proxy.house import GuardHouse
from seeother.proxy.serve import served_as
from seeother.settings import Settings, UpstreamSettings
from tests.contract.guard.exchange import Ask, Got, Reply, Script, Seen
from tests.contract.guard.servers import Server
from tests.servers.uvicorn_server import serving

_PEER = b"x-test-peer"
_LIMIT_SECONDS = 20


class Behind(Script):
    """A script for an application that has no guard inside: it sets its cookies itself."""

    def act(self, seen: Seen) -> Reply:
        """Run once."""
        reply = super().act(seen)
        if not reply.cookie:
            return reply
        line = b"basket=" + reply.cookie + b"; Path=/; HttpOnly; SameSite=Lax"
        return replace(reply, cookie=b"", fields=(*reply.fields, (b"set-cookie", line)))


class _Told:
    """The proxy's application, whose clients say where they come from; notes what the server would log."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self.failure: BaseException | None = None
        self.done = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._front(scope, receive, send)
            return
        peer = next((value.decode() for name, value in scope["headers"] if name == _PEER), "127.0.0.1")
        fields = [field for field in scope["headers"] if field[0] != _PEER]
        try:
            await self._front({**scope, "headers": fields, "client": (peer, 50000)}, receive, send)
        except Exception as error:
            self.failure = error
            raise
        finally:
            self.done.set()


def unguarded(app: Application) -> uvicorn.Config:
    """A server that believes the proxy what it forwards, as one does behind a proxy."""
    return uvicorn.Config(
        app, lifespan="off", log_level="critical", proxy_headers=True, forwarded_allow_ips="127.0.0.1"
    )


@contextmanager
def proxied(settings: Settings, port: int) -> Generator[Server]:
    """A server as the contract asks it, in front of the one at a port."""
    settings = replace(settings, upstreams=(UpstreamSettings(f"http://127.0.0.1:{port}"),))
    told = _Told(Front(GuardHouse(settings)))
    config = served_as(told, settings)
    config.log_level = "critical"
    with serving(config) as front:

        def serve(ask: Ask, fields: Fields) -> Got:
            told.done.clear()
            told.failure = None
            got = asked(front, ask, ((_PEER, ask.client.encode()), *fields))
            assert told.done.wait(_LIMIT_SECONDS)
            got.failure = told.failure
            return got

        yield serve


def asked(port: int, ask: Ask, fields: Fields) -> Got:
    """What a client gets that sends exactly these fields."""
    got = Got()
    connection = h11.Connection(h11.CLIENT)
    with socket.create_connection(("127.0.0.1", port), _LIMIT_SECONDS) as wire:
        request = h11.Request(method=ask.method, target=ask.path, headers=list(fields))
        wire.sendall(connection.send(request) or b"")
        if ask.content:
            wire.sendall(connection.send(h11.Data(data=ask.content)) or b"")
        wire.sendall(connection.send(h11.EndOfMessage()) or b"")
        while not got.ended:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                break
            if event is h11.NEED_DATA:
                connection.receive_data(wire.recv(65536))
            elif isinstance(event, h11.Response):
                got.status = event.status_code
                got.fields = tuple(event.headers)
            elif isinstance(event, h11.Data):
                got.pieces.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                got.ended = True
            elif isinstance(event, h11.ConnectionClosed):
                break
    return got
