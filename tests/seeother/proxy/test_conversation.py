# SPDX-License-Identifier: Apache-2.0
"""WebSockets pass as they are: what is said, how they end, and who may not open one."""

from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.seeother.proxy.premises import fronted
from tests.seeother.proxy.raw import leading_back, raw
from tests.servers.program import free_port
from tests.servers.uvicorn_server import serving

ENDS: list[tuple[int, str]] = []


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


async def refuse(socket: WebSocket) -> None:
    """Nobody may talk here."""
    await socket.send_denial_response(PlainTextResponse("sign in first", 401))


@pytest.fixture
def url() -> Iterator[str]:
    """A guard in front of a shop that talks."""
    app = Starlette(routes=[WebSocketRoute("/talk", talk), WebSocketRoute("/closed", refuse)])
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
