# SPDX-License-Identifier: Apache-2.0
"""WebSockets pass as they are: what is said, how they end, and who may not open one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.seeother.proxy.premises import fronted
from tests.seeother.proxy.raw import Raw, leading_back, raw
from tests.servers.program import free_port
from tests.servers.uvicorn_server import serving

ENDS: list[tuple[int, str]] = []
SAID, LONG = 12, 4 << 20  # fewer than the guard takes in at a time, longer than a socket does


async def talk(socket: WebSocket) -> None:
    """Say what was asked with, repeat what is said, and end when told so."""
    await socket.accept("tea" if "tea" in socket.scope["subprotocols"] else None, headers=[(b"set-cookie", b"seat=7")])
    await socket.send_text(f"{socket.headers['host']} {socket.headers['origin']} {socket.headers['x-forwarded-for']}")
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                ENDS.append((message["code"], message.get("reason") or ""))
                return
            if message.get("text") == "end":
                await socket.close(4001, "as you wish")
                return
            if message.get("text") is not None:
                await socket.send_text(message["text"])
            else:
                await socket.send_bytes(message["bytes"])
    except WebSocketDisconnect:
        return


async def hurry(socket: WebSocket) -> None:
    """Say more than anybody takes at a time, and leave."""
    await socket.accept()
    for _ in range(SAID):
        await socket.send_bytes(b"x" * LONG)
    await socket.close(4003, "all said")
    ENDS.append((4003, "all said"))


async def refuse(socket: WebSocket) -> None:
    """Nobody may talk here."""
    await socket.send_denial_response(PlainTextResponse("sign in first", 401))


@pytest.fixture
def url() -> Iterator[str]:
    """A guard in front of a shop that talks."""
    app = Starlette(
        routes=[WebSocketRoute("/talk", talk), WebSocketRoute("/hurry", hurry), WebSocketRoute("/closed", refuse)]
    )
    config = uvicorn.Config(app, lifespan="off", log_level="critical", ws="websockets-sansio")
    with serving(config) as port, fronted(port) as front:
        yield f"ws://127.0.0.1:{front}"


async def test_what_is_said_passes_both_ways(url: str) -> None:
    """Texts and bytes, in order; the server is told who asks, and the client what it answers."""
    async with connect(
        f"{url}/talk?seat=7",
        origin=Origin("https://shop.example"),
        subprotocols=[Subprotocol("coffee"), Subprotocol("tea")],
        proxy=None,
    ) as client:
        greeting = await client.recv()
        await client.send("tea")
        await client.send(b"\x00" * 100_000)
        answers = [await client.recv(), await client.recv()]
        await client.send("end")
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert greeting == f"{url.removeprefix('ws://')} https://shop.example 127.0.0.1"
    assert client.subprotocol == "tea"
    assert client.response is not None
    assert client.response.headers["set-cookie"] == "seat=7"
    assert answers == ["tea", b"\x00" * 100_000]
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "as you wish")


async def test_client_that_ends_is_heard(url: str) -> None:
    """The server learns with which code."""
    ENDS.clear()
    async with connect(f"{url}/talk", origin=Origin("https://shop.example"), proxy=None) as client:
        await client.recv()
        await client.close(4002, "bye")
    async with connect(f"{url}/talk", origin=Origin("https://shop.example"), proxy=None) as client:
        await client.recv()

    assert ENDS[0] == (4002, "bye")


async def test_what_was_said_before_the_end_is_heard(url: str) -> None:
    """By a client that is slow, and goes on talking to a server that has left."""
    ENDS.clear()
    async with connect(f"{url}/hurry", proxy=None, compression=None, max_size=2 * LONG, max_queue=1) as client:
        while not ENDS:  # noqa: ASYNC110 - the server runs on another thread
            await asyncio.sleep(0.01)
        for _ in range(20):
            await client.send("still there?")
            await asyncio.sleep(0.02)
        heard = [len(message) async for message in told(client)]

    assert heard == [LONG] * SAID
    assert client.close_code == 4003


async def told(client: ClientConnection) -> AsyncIterator[str | bytes]:
    """What is said until somebody ends it."""
    with suppress(ConnectionClosed):
        while True:
            yield await client.recv()


@pytest.mark.parametrize(
    "line",
    [
        b"GET /talk HTTP/1.1\r\nHost: shop:99999",
        b"GET /talk HTTP/1.1\r\nHost: name:word@shop",
        b"GET /talk HTTP/1.1\r\nHost: [",
        b"GET /talk HTTP/1.1\r\nHost: sh\xfcp",
        b"GET /talk#part HTTP/1.1\r\nHost: shop",
        b"GET shop/talk HTTP/1.1\r\nHost: shop",
    ],
    ids=repr,
)
async def test_address_that_is_none_is_refused(line: bytes) -> None:
    """By the guard: no server is asked, and it is nobody's fault but the client's."""
    with raw(leading_back([])) as server, fronted(server.port) as front:
        head = await handshake(front, line)

    assert head.startswith(b"HTTP/1.1 400 ")
    assert server.connections == 0


async def test_absolute_target_of_a_handshake_becomes_a_path_of_its_host() -> None:
    """As that of any other request does; a length, which no handshake has, goes no further."""

    async def says_no(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with raw(says_no) as server, fronted(server.port) as front:
        head = await handshake(front, b"GET http://shop.example/talk?seat=7 HTTP/1.1\r\nContent-Length: 0\r\nHost: a")

    assert head.startswith(b"HTTP/1.1 403 ")
    sent = server.heads[0].lower()
    assert sent.startswith(b"get /talk?seat=7 http/1.1\r\nhost: shop.example\r\n")
    assert b"content-length" not in sent


async def handshake(port: int, line: bytes) -> bytes:
    """The head of the answer to a handshake that begins in this way."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    writer.write(line + b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + key + b"\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head


async def test_refusal_is_the_servers_own(url: str) -> None:
    """With its status and its content."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{url}/closed", proxy=None)

    assert refused.value.response.status_code == 401
    assert refused.value.response.body == b"sign in first"


async def test_server_that_is_not_there_is_a_bad_gateway() -> None:
    """As for any other request."""
    with fronted(free_port()) as front, pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{front}/talk", proxy=None)

    assert refused.value.response.status_code == 502


async def test_guard_that_asks_itself_is_a_bad_gateway() -> None:
    """It knows itself before it has opened a second one."""
    ports: list[int] = []
    with raw(leading_back(ports)) as server, fronted(server.port) as front:
        ports.append(front)
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{front}/talk", proxy=None)

    assert refused.value.response.status_code == 502
    assert server.connections == 1
