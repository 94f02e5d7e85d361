# SPDX-License-Identifier: Apache-2.0
"""Whatever a server says, its client gets an answer, and none is a fault of the proxy's own."""

import asyncio
import re
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.seeother.proxy.premises import fronted
from tests.seeother.proxy.raw import OK, Raw, raw, reset

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
NEXT: dict[str, bytes] = {}  # what the server is to say, and how it ends then

_STARTS = st.sampled_from([
    b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 Not Modified", b"hello",
    b"HTTP/1.1 101 Switching Protocols", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK", b"HTTP/1.1 999 Odd",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 302 Found", b"HTTP/1.1 099 Odd", b"HTTP/2 200",
    b"HTTP/1.1 302 Found", b"HTTP/1.1 205 Reset Content", b"HTTP/1.1 503 Busy", b"HTTP/1.1 508 Loop Detected",
])  # fmt: skip
_NAMES = st.sampled_from([
    b"Content-Length", b"Transfer-Encoding", b"Content-Type", b"Connection", b"Location", b"Set-Cookie", b"Upgrade",
    b"Content-Encoding", b"Date", b"Retry-After", b"X Y", b"Trailer", b"Via", b"Keep-Alive", b"Content-Range",
])  # fmt: skip
_VALUES = st.sampled_from([
    b"0", b"5", b"100", b"-1", b"5, 5", b"chunked", b"gzip, chunked", b"identity", b"close", b"keep-alive", b"gzip",
    b"text/html", b"application/json", b"text/event-stream", b"/a\x01b", b"//evil", b"http://[::", b"a=b; Path=/",
    b"websocket", b"\xff\xfe", b"", b"Thu, 99", b"upgrade", b"bytes 0-1/2",
])  # fmt: skip
_CONTENTS = st.sampled_from([
    b"12345", b"5\r\n12345\r\n0\r\n\r\n", b"5\r\n12345\r\n", b"zz\r\n", b"{", b"x" * 100, b"0\r\nX: y\r\n\r\n", OK,
])  # fmt: skip
_ASKED = st.sampled_from([b"GET /cart", b"HEAD /cart", b"POST /orders", b"POST /other"])


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Something like an answer, and what may be its content or the next one."""
    fields = [name + b": " + value + b"\r\n" for name, value in draw(st.lists(st.tuples(_NAMES, _VALUES), max_size=4))]
    return draw(_STARTS) + b"\r\n" + b"".join(fields) + b"\r\n" + b"".join(draw(st.lists(_CONTENTS, max_size=2)))


@pytest.fixture(scope="module")
def front() -> Iterator[int]:
    """A guard before a server that says what is next, and at /after what it should."""

    async def says(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await server.read(reader)
            if length := LENGTH.search(head):
                await reader.readexactly(int(length[1]))
            writer.write(OK if head.startswith(b"GET /after") else NEXT["answer"])
            await writer.drain()
            if not head.startswith(b"GET /after"):
                if NEXT["end"] == b"reset":
                    reset(writer)
                return

    route = [{"match": "POST /orders", "idempotency": "form"}]
    with raw(says) as server, fronted(server.port, route=route) as port:
        yield port


def got(port: int, asked: bytes, content: bytes = b"") -> bytes:
    """All that a client gets who asks on a connection of its own."""
    fields = b"Host: shop\r\nAccept: text/html\r\nCookie: sessionid=1\r\nConnection: close\r\n"
    fields += b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n" % len(content)
    with socket.create_connection(("127.0.0.1", port), 20) as wire:
        wire.sendall(asked + b" HTTP/1.1\r\n" + fields + b"\r\n" + content)
        return b"".join(iter(lambda: wire.recv(65536), b""))


@settings(max_examples=100)
@given(asked=_ASKED, answer=answers(), end=st.sampled_from([b"close", b"reset"]), form=st.binary(max_size=4))
def test_whatever_a_server_says_its_client_is_answered(
    front: int, asked: bytes, answer: bytes, end: bytes, form: bytes
) -> None:
    """In time, with the server's status or that of a gateway; and the next one gets what is meant for him."""
    NEXT.update(answer=answer, end=end)

    came = got(front, asked, b"n=" + form.hex().encode() if asked.startswith(b"POST") else b"")
    after = [got(front, b"GET /after") for _ in range(2)]  # two of three are well, so the breaker stays closed

    assert re.match(rb"HTTP/1\.1 (?!500|101)\d{3} ", came), came
    assert [each.startswith(b"HTTP/1.1 200 ") and each.endswith(b"\r\n\r\nok") for each in after] == [True] * 2, after
