# SPDX-License-Identifier: Apache-2.0
"""However an answer is cut into pieces it is the same answer, and one that ends before its end is never whole."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seeother.asgi import Message
from seeother.errors import PeerError
from seeother.proxy.application import Servers
from seeother.settings import UpstreamSettings
from tests.seeother.proxy.raw import Raw, raw

CONTENT = bytes(range(256)) * 4
WITH_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(CONTENT) + CONTENT
CHUNKED = (
    b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"".join([b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in (CONTENT[:1], CONTENT[1:100], CONTENT[100:])])
    + b"0\r\nX-Trailer: 1\r\n\r\n"
)
PLAN: list[bytes] = []  # what the server is to send, piece by piece


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server that sends what is planned, and closes."""

    async def planned(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        for piece in PLAN:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    with raw(planned) as server:
        yield server.port


async def asked(port: int) -> tuple[list[Message], BaseException | None]:
    """What an application that asks this server sends, and with what it ends."""
    servers = Servers([UpstreamSettings(f"http://127.0.0.1:{port}")])
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {
        "type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "http_version": "1.1",
        "scheme": "http", "headers": [(b"host", b"shop")], "client": ("127.0.0.1", 1), "extensions": {},
    }  # fmt: skip
    try:
        await servers(scope, receive, send)
    except PeerError as error:
        return sent, error
    finally:
        servers.close()
    return sent, None


def content_of(sent: list[Message]) -> bytes:
    """All content of an answer."""
    return b"".join([message.get("body", b"") for message in sent[1:]])


def pieces(whole: bytes, cuts: list[int]) -> list[bytes]:
    """The whole, cut at these places."""
    edges = [0, *sorted({cut % len(whole) for cut in cuts}), len(whole)]
    return [whole[start:end] for start, end in pairwise(edges) if start < end]


ANSWERS = st.sampled_from([WITH_LENGTH, CHUNKED])
FUNCTION_SCOPED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=40, suppress_health_check=FUNCTION_SCOPED)
@given(whole=ANSWERS, cuts=st.lists(st.integers(0, 10_000), max_size=12))
def test_pieces_make_the_same_answer(port: int, whole: bytes, cuts: list[int]) -> None:
    """One head, all content, one end."""
    PLAN[:] = pieces(whole, cuts)

    sent, error = asyncio.run(asked(port))

    assert error is None
    assert [message["type"] for message in sent] == ["http.response.start"] + ["http.response.body"] * (len(sent) - 1)
    assert sent[0]["status"] == 200
    assert content_of(sent) == CONTENT
    assert [message["more_body"] for message in sent[1:]] == [True] * (len(sent) - 2) + [False]


@settings(max_examples=60, suppress_health_check=FUNCTION_SCOPED)
@given(whole=ANSWERS, end=st.integers(0, 10_000), cuts=st.lists(st.integers(0, 10_000), max_size=4))
def test_beginning_of_an_answer_is_never_a_whole_one(port: int, whole: bytes, end: int, cuts: list[int]) -> None:
    """Before its head is there it is a bad gateway; then it stays open, with the beginning of its content."""
    beginning = whole[: end % len(whole)]
    PLAN[:] = pieces(beginning, cuts) if beginning else []

    sent, error = asyncio.run(asked(port))

    if error is None:
        assert [sent[0]["status"], content_of(sent)] == [502, b""]
        assert b"HTTP/1.1 200 OK" not in beginning or b"\r\n\r\n" not in beginning.partition(b"200 OK")[2]
    else:
        assert sent[0]["status"] == 200
        assert all(message["more_body"] for message in sent[1:])
        assert CONTENT.startswith(content_of(sent))
