# SPDX-License-Identifier: Apache-2.0
"""A head that never ends is not waited for; content, and whoever is idle, have their time."""

import socket

import pytest
import uvicorn

from seeother.asgi import Receive, Scope, Send
from seeother.proxy import listening
from tests.servers.uvicorn_server import serving

GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\n"

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n"


async def repeat(_: Scope, receive: Receive, send: Send) -> None:
    """Answer with what was sent."""
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    length = (b"content-length", b"%d" % len(content))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": content})


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: shop\r\nX-Slow: ", GET + b"GET"], ids=repr)
def test_head_that_never_ends_ends_its_connection(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """Also the second one, and the one that never begins."""
    monkeypatch.setattr(listening, "HEAD_SECONDS", 0.2)
    config = uvicorn.Config(
        repeat, http=listening.HeadInTime, lifespan="off", log_level="critical", server_header=False, date_header=False
    )
    with serving(config) as port, socket.create_connection(("127.0.0.1", port), 20) as wire:
        wire.sendall(sent[: len(GET)] if sent.startswith(GET) else sent)
        if sent.startswith(GET):
            assert wire.recv(65536).startswith(b"HTTP/1.1 200")
            wire.sendall(sent[len(GET) :])
        assert wire.recv(65536) == b""


def test_content_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """And so may whoever has been answered, until the server's own time for that is over."""
    monkeypatch.setattr(listening, "HEAD_SECONDS", 0.1)
    config = uvicorn.Config(
        repeat, http=listening.HeadInTime, lifespan="off", log_level="critical", server_header=False, date_header=False
    )
    with (
        serving(config) as port,
        socket.create_connection(("127.0.0.1", port), 20) as wire,
        socket.create_connection(("127.0.0.1", port), 20) as other,
        wire.makefile("rb") as answers,
    ):
        wire.sendall(POST + b"sh")
        assert other.recv(1) == b""  # it has been silent for longer than a head may take
        wire.sendall(b"op")
        assert answers.read(len(ANSWER % 4) + 4) == ANSWER % 4 + b"shop"
        wire.sendall(GET)
        assert answers.read(len(ANSWER % 0)) == ANSWER % 0
