# SPDX-License-Identifier: Apache-2.0
"""The smallest of guards around a handler, in this process and behind a real server that speaks HTTP/2."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import h2.config
import h2.connection
import h2.events
from hypercorn.asyncio import serve
from hypercorn.config import Config

from seeother.asgi.control import ResponseControl, carries_hints, early_hint, refusal, response_control
from seeother.asgi.drive import Application, Message, Receive, Scope, Send
from seeother.gate import PASSING
from seeother.journey import IncidentKind
from seeother.message import Fields, ResponseHead
from seeother.policy import Staging

Handler = Callable[[ResponseControl, Send], Awaitable[None]]


class Way:
    """The smallest way out: it holds a head until the first content, and lets no message pass that is refused."""

    def __init__(self, scope: Scope, send: Send) -> None:
        """Stand between an application and the server."""
        self._scope = scope
        self._send = send
        self._staging: Staging | None = None
        self._held: Message | None = None
        self._holds = True
        self.refused: list[str] = []

    @property
    def staging(self) -> Staging:
        """What is staged, from the first time on."""
        if self._staging is None:
            self._staging = Staging()
        return self._staging

    @property
    def may_hint(self) -> bool:
        """As the server and the connection have it."""
        return carries_hints(self._scope)

    async def hint(self, links: Sequence[bytes]) -> None:
        """Send hints."""
        await self._send(early_hint(links))

    async def flush(self) -> None:
        """Let go of the head, and hold none."""
        self._holds = False
        await self._release()

    async def send(self, message: Message) -> None:
        """Take a message of the application's."""
        reason = refusal(message, self)
        if reason is not None:
            self.refused.append(reason)
        elif message["type"] == "http.response.start" and self._held is None:
            self._held = message
            if not self._holds:
                await self._release()
        else:
            if message["type"] == "http.response.body":
                await self._release()
            await self._send(message)

    async def _release(self) -> None:
        if self._held is None or self.staging.started:
            return
        head = ResponseHead(self._held["status"], self.staging.merged(tuple(self._held["headers"])))
        self.staging.head_left(head)
        await self._send({**self._held, "headers": list(head.fields)})


class Passing:
    """An exchange under way, as far as its answer is concerned."""

    def __init__(self, wire: Way) -> None:
        """Leave by this way."""
        self.wire = wire

    @property
    def recorder(self) -> None:
        """Nothing is sent."""

    def return_token(self) -> str | None:
        """No journey."""
        return None

    def form_token(self) -> str | None:
        """No secrets."""
        return None

    def happened(self, kind: IncidentKind, **detail: str) -> None:
        """Nobody judges."""

    def deadline(self) -> None:
        """No hurry."""


def guarded(handler: Handler, ways: list[Way] | None = None) -> Application:
    """An application that answers with `handler`, in the smallest of guards."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body", False):
            pass
        way = Way(scope, send)
        if ways is not None:
            ways.append(way)
        token = PASSING.set(Passing(way))
        try:
            await handler(response_control(), way.send)
        finally:
            PASSING.reset(token)

    return app


def start(status: int = 200, *fields: tuple[bytes, bytes]) -> Message:
    """A head."""
    return {"type": "http.response.start", "status": status, "headers": list(fields)}


BODY: Message = {"type": "http.response.body", "body": b"page", "more_body": False}
PART: Message = {**BODY, "more_body": True}


async def exchange(handler: Handler, version: str = "1.1", *extensions: str) -> tuple[list[Message], Way]:
    """Have the handler answer a server that offers `extensions`; what the server got, and the way it came."""
    sent: list[Message] = []
    ways: list[Way] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "http_version": version, "extensions": {each: {} for each in extensions}}
    await guarded(handler, ways)(scope, receive, send)
    return sent, ways[0]


@asynccontextmanager
async def served(app: Application) -> AsyncGenerator[int, None]:
    """Hypercorn with this application, on a port of its own."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # so that whoever comes before the server is ready waits
    port = int(listener.getsockname()[1])
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = None
    ending = asyncio.Event()
    server = asyncio.create_task(serve(app, config, shutdown_trigger=ending.wait))  # type: ignore[arg-type]  # its own words for ASGI
    try:
        yield port
    finally:
        ending.set()
        await server


Event = tuple[str, Fields]


async def told_over_http_2(port: int) -> list[Event]:
    """Ask for a page over HTTP/2; the heads and parts in the order in which they came."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
    connection.initiate_connection()
    authority = f"127.0.0.1:{port}"
    connection.send_headers(
        1, [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", authority)], end_stream=True
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    events: list[Event] = []
    ended = False
    while not ended:
        writer.write(connection.data_to_send())
        received = await reader.read(65536)
        assert received, "the connection ended before the answer"
        for event in connection.receive_data(received):
            if isinstance(event, h2.events.InformationalResponseReceived):
                events.append(("hint", tuple(event.headers)))
            elif isinstance(event, h2.events.ResponseReceived):
                events.append(("head", tuple(event.headers)))
            elif isinstance(event, h2.events.DataReceived):
                events.append((bytes(event.data).decode(), ()))
            ended = ended or isinstance(event, h2.events.StreamEnded | h2.events.StreamReset)
    connection.close_connection()
    writer.write(connection.data_to_send())
    writer.close()
    await writer.wait_closed()
    return events
