# SPDX-License-Identifier: Apache-2.0
"""What an application decides about its answer reaches the client: fields, cookies, hints, and the head's time."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import h2.config
import h2.connection
import h2.events
import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config

from seeother.asgi.control import (
    ResponseControl,
    carries_hints,
    early_hint,
    refusal,
    response_control,
)
from seeother.asgi.drive import Application, Message, Receive, Scope, Send
from seeother.errors import CallerError
from seeother.gate import PASSING
from seeother.message import Fields, ResponseHead
from seeother.policy import AlreadyStarted, Staging, preload

STYLE = preload("/shop.css", "style")
STYLE_VALUE = b"</shop.css>; rel=preload; as=style"
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

    def return_token(self) -> str | None:
        """No journey."""
        return None

    def form_token(self) -> str | None:
        """No secrets."""
        return None


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


async def test_article_4_2_staged_fields_and_cookies_leave_with_a_redirect() -> None:
    """Whatever makes the head, what was staged before stands in it."""

    async def handler(control: ResponseControl, send: Send) -> None:
        control.field("Cache-Control", "no-store")
        control.cookie("basket", "b7", max_age=600)
        await send(start(303, (b"location", b"/orders/7"), (b"cache-control", b"public")))
        await send(BODY)

    sent, way = await exchange(handler)

    assert sent == [
        start(
            303,
            (b"location", b"/orders/7"),
            (b"cache-control", b"no-store"),
            (b"set-cookie", b"basket=b7; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"),
        ),
        BODY,
    ]
    assert way.staging.unsent() == ()


async def test_held_head_takes_what_is_staged_late() -> None:
    """Until the first content is there, a head that the application has given is open."""

    async def handler(control: ResponseControl, send: Send) -> None:
        await send(start())
        assert not control.started
        control.field("x-late", "1")
        await send(BODY)
        assert control.started

    sent, _ = await exchange(handler)

    assert sent[0]["headers"] == [(b"x-late", b"1")]


@pytest.mark.parametrize("flushes_first", [True, False])
async def test_flush_lets_the_head_go(*, flushes_first: bool) -> None:
    """Flushed before or after it was given, a head does not wait for content."""
    seen: list[bool] = []

    async def handler(control: ResponseControl, send: Send) -> None:
        control.field("x-early", "1")
        if flushes_first:
            await control.flush()
        await send(start())
        if not flushes_first:
            await control.flush()
        seen.append(control.started)
        await control.flush()
        await send(BODY)

    sent, _ = await exchange(handler)

    assert seen == [True]
    assert sent == [start(200, (b"x-early", b"1")), BODY]


async def test_article_4_2_flush_before_a_redirect_says_what_is_lost() -> None:
    """The article flushes first and redirects afterwards; the cookie of that redirect is refused with the reason."""
    told: list[str] = []

    async def handler(control: ResponseControl, send: Send) -> None:
        await send(start(200, (b"content-type", b"text/html")))
        await control.flush()
        try:
            control.cookie("basket", "b7")
        except AlreadyStarted as error:
            told.append(str(error))
        await send(BODY)

    await exchange(handler)

    assert told[0].startswith(
        "the cookie `basket` is lost: the answer has begun with status 200 and 1 field line (content-type)"
    )


async def test_early_hints_go_out_at_once_where_they_can() -> None:
    """They precede the head, which has the same links."""

    async def handler(control: ResponseControl, send: Send) -> None:
        await control.early_hints(STYLE)
        await control.early_hints()
        await send(start())
        await send(BODY)

    sent, _ = await exchange(handler, "2", "http.response.early_hint")

    assert sent == [
        {"type": "http.response.early_hint", "links": [STYLE_VALUE]},
        start(200, (b"link", STYLE_VALUE)),
        BODY,
    ]


@pytest.mark.parametrize(
    ("version", "extensions"),
    [("1.1", ["http.response.early_hint"]), ("1.0", ["http.response.early_hint"]), ("2", []), ("3", [])],
)
async def test_early_hints_become_links_elsewhere(version: str, extensions: list[str]) -> None:
    """A server raises for what it did not offer, and a client of HTTP/1 may take 103 for the answer."""

    async def handler(control: ResponseControl, send: Send) -> None:
        await control.early_hints(STYLE)
        await send(start())
        await send(BODY)

    sent, _ = await exchange(handler, version, *extensions)

    assert sent == [start(200, (b"link", STYLE_VALUE)), BODY]


def test_scope_may_say_nothing_of_extensions() -> None:
    """ASGI lets a server leave them out."""
    assert not carries_hints({"type": "http", "http_version": "2"})
    assert not carries_hints({"type": "http", "http_version": "2", "extensions": None})


async def test_applications_own_messages_are_held_to_the_same() -> None:
    """Hints of the application's own become links where they cannot go; push never goes."""

    async def handler(_: ResponseControl, send: Send) -> None:
        await send(early_hint([STYLE_VALUE]))
        await send({"type": "http.response.push", "path": "/shop.css", "headers": []})
        await send({"type": "http.response.debug", "info": {}})
        await send(start())
        await send(BODY)
        await send(early_hint([b"</late.css>; rel=preload; as=style"]))

    sent, way = await exchange(handler, "1.1", "http.response.push")

    assert [message["type"] for message in sent] == ["http.response.debug", "http.response.start", "http.response.body"]
    assert sent[1]["headers"] == [(b"link", STYLE_VALUE)]
    assert way.refused == [
        "the server offers no early hints on this connection, or it is HTTP/1",
        "browsers take no push any more",
        "the head has left",
    ]


async def test_applications_own_hints_pass_where_they_can() -> None:
    """What the server offers is left alone."""

    async def handler(_: ResponseControl, send: Send) -> None:
        await send(early_hint([STYLE_VALUE]))
        await send(start())
        await send(BODY)

    sent, way = await exchange(handler, "2", "http.response.early_hint")

    assert sent == [early_hint([STYLE_VALUE]), start(), BODY]
    assert way.refused == []


async def test_control_follows_tasks_and_threads() -> None:
    """Whatever works for the request stages for its answer."""

    async def task() -> None:
        response_control().field("x-task", "1")

    def thread() -> None:
        response_control().field("x-thread", "1")

    async def handler(_: ResponseControl, send: Send) -> None:
        await asyncio.create_task(task())
        await asyncio.to_thread(thread)
        await send(start())
        await send(BODY)

    sent, _ = await exchange(handler)

    assert sent[0]["headers"] == [(b"x-task", b"1"), (b"x-thread", b"1")]


async def test_what_no_answer_carried_is_known() -> None:
    """An application that gave no answer has lost what it staged, and somebody can say so."""

    async def handler(control: ResponseControl, _: Send) -> None:
        control.field("x-basket", "1")

    _, way = await exchange(handler)

    assert way.staging.unsent() == ((b"x-basket", b"1"),)


def test_outside_of_a_guard_there_is_no_control() -> None:
    """Whoever asks without an exchange hears what is missing."""
    with pytest.raises(CallerError, match="with the guard around"):
        response_control()


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


async def answering(control: ResponseControl, send: Send) -> None:
    """Hints, a flushed head, content."""
    control.cookie("basket", "b7")
    await control.early_hints(STYLE)
    await send(start(200, (b"content-type", b"text/html")))
    await control.flush()
    await send(PART)
    await send(BODY)


async def test_early_hints_arrive_over_http_2() -> None:
    """A real server sends 103 before the head, and the head before the content."""
    async with served(guarded(answering)) as port:
        events = await told_over_http_2(port)

    assert events[0][0] == "hint"
    assert events[0][1][:2] == ((b":status", b"103"), (b"link", STYLE_VALUE))
    assert events[1][0] == "head"
    assert events[1][1][:4] == (
        (b":status", b"200"),
        (b"content-type", b"text/html"),
        (b"set-cookie", b"basket=b7; Path=/; HttpOnly; SameSite=Lax"),
        (b"link", STYLE_VALUE),
    )
    assert "".join(content for content, _ in events[2:]) == "pagepage"


async def test_no_early_hints_over_http_1() -> None:
    """The same application on the same server answers once, with the link in its head."""
    async with served(guarded(answering)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"link: " + STYLE_VALUE in answer
    assert answer.count(b"HTTP/1.1") == 1
