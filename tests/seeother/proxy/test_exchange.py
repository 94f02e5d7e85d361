# SPDX-License-Identifier: Apache-2.0
"""Content streams in both directions, however much there is and however slow whoever takes it."""

import asyncio
import gzip
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from seeother.asgi import Message
from seeother.message import Fields
from seeother.proxy.application import Servers
from seeother.proxy.exchange import WATCH_SECONDS
from seeother.settings import UpstreamSettings
from seeother.testing import collecting
from tests.seeother.proxy.premises import ENDURES, Running, fronted, guard, shop
from tests.seeother.proxy.raw import OK, Raw, raw, until_there_are, upstream_at

MEGABYTE = 1 << 20
MUCH = 1 << 30 if ENDURES else 1 << 28
MOST_MEGABYTES = 100
SLOW_CLIENTS = 1000 if ENDURES else 250
SLOW_MEGABYTES = 60 + 0.4 * SLOW_CLIENTS  # docs/decisions/0017: 0.3 each, and the interpreter


def peak_megabytes(front: Running) -> float:
    """The most memory that the guard has ever had."""
    status = Path(f"/proc/{front.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_much_passes_in_little_memory(tmp_path: Path) -> None:
    """Down and up, with a length and without one."""
    with shop(tmp_path / "shop") as behind, guard(tmp_path / "guard", behind.port) as front:
        url = f"http://127.0.0.1:{front.port}"
        received = 0
        with httpx2.stream("GET", f"{url}/big?{MUCH}", timeout=20) as response:
            for piece in response.iter_raw():
                received += len(piece)
        pieces = (b"x" * MEGABYTE for _ in range(MUCH // MEGABYTE))
        counted = httpx2.post(f"{url}/upload", content=pieces, timeout=20).text

        assert (received, counted) == (MUCH, str(MUCH))
        assert peak_megabytes(front) < MOST_MEGABYTES


async def dawdle(port: int, go_on: asyncio.Event, begun: asyncio.Semaphore) -> int:
    """Ask for a megabyte, take its beginning, and the rest much later; how much came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
    writer.write(b"GET /big?%d HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n" % MEGABYTE)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    begun.release()
    await go_on.wait()
    received = 0
    while piece := await reader.read(65536):
        received += len(piece)
    writer.close()
    await writer.wait_closed()
    return received


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_slow_clients_keep_nobody_waiting(tmp_path: Path) -> None:
    """Others are answered meanwhile, and each of the slow ones gets all in the end."""
    with ExitStack() as stack:
        behind = stack.enter_context(shop(tmp_path / "shop"))
        front = stack.enter_context(guard(tmp_path / "guard", behind.port))
        go_on, begun = asyncio.Event(), asyncio.Semaphore(0)
        dawdling = [asyncio.create_task(dawdle(front.port, go_on, begun)) for _ in range(SLOW_CLIENTS)]
        for _ in range(SLOW_CLIENTS):
            await begun.acquire()
        async with httpx2.AsyncClient(timeout=20) as client:
            page = await client.get(f"http://127.0.0.1:{front.port}/products/7")
        held = peak_megabytes(front)
        go_on.set()
        received = await asyncio.gather(*dawdling)

    assert page.text == "<!doctype html><title>/products/7</title>"
    assert set(received) == {MEGABYTE}
    assert held < SLOW_MEGABYTES


def test_total_time_is_bounded() -> None:
    """A server that goes on and on is cut, although it is never silent for long."""

    async def drips(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    with (
        raw(drips) as server,
        fronted(server.port, upstream=upstream_at(server.port, total="300ms")) as front,
        socket.create_connection(("127.0.0.1", front), 20) as wire,
    ):
        wire.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
        got = b"".join(iter(lambda: wire.recv(65536), b""))

    assert got.startswith(b"HTTP/1.1 200")
    assert 0 < len(got.partition(b"\r\n\r\n")[2]) < 1000


def test_events_may_be_silent_and_end_with_their_listener() -> None:
    """Whatever asked for them: they would go on for nobody."""
    ended: list[str] = []

    async def events(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await writer.drain()
        await asyncio.sleep(0.5)
        writer.write(b"data: 2\n\n")
        await writer.drain()
        await reader.read()
        ended.append("let go")

    with raw(events) as server, fronted(server.port, upstream=upstream_at(server.port, read="200ms")) as front:
        with socket.create_connection(("127.0.0.1", front), 20) as wire, wire.makefile("rb") as lines:
            wire.sendall(b"POST /events HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n")
            while lines.readline().strip() != b"data: 2":
                pass
        until_there_are(1, ended)

    assert ended == ["let go"]


@pytest.mark.parametrize(
    "request_",
    [b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n", b"POST /export HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n"],
)
def test_download_of_nobody_ends(request_: bytes) -> None:
    """Whoever leaves a long answer frees the server in the middle of it, unless it is a declared action's."""
    ended: list[str] = []

    async def endless(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            ended.append("let go")

    with raw(endless) as server, fronted(server.port) as front:
        with socket.create_connection(("127.0.0.1", front), 20) as wire:
            wire.sendall(request_)
            for _ in range(100):
                assert wire.recv(65536)
        until_there_are(1, ended)

    assert ended == ["let go"]


@pytest.mark.parametrize(("path", "end"), [("/orders", "read to its end"), ("/export", "let go")])
def test_answer_to_an_action_is_read_to_its_end(path: str, end: str) -> None:
    """Although nobody listens: whoever declares it says that it is not to be cut."""
    heard: list[str] = []

    async def pausing(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsh")
        await writer.drain()
        heard.append("begun")
        try:
            await asyncio.wait_for(reader.read(), 5 * WATCH_SECONDS)
            heard.append("let go")
        except TimeoutError:
            heard.append("read to its end")

    with raw(pausing) as server, fronted(server.port, route=[{"match": "POST /orders"}]) as front:
        with socket.create_connection(("127.0.0.1", front), 20) as wire:
            wire.sendall(f"POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n".encode())
            until_there_are(1, heard)
        until_there_are(2, heard)

    assert heard == ["begun", end]


def test_answer_with_a_coding_and_a_length_has_no_length() -> None:
    """What was read by its coding is passed on as it was read."""

    async def both(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nshop\r\n0\r\n\r\n"
        )

    with raw(both) as server, fronted(server.port) as front:
        page = httpx2.get(f"http://127.0.0.1:{front}/", timeout=20)

    assert (page.text, page.headers.get("content-length")) == ("shop", None)


async def test_hints_and_trailers_pass_where_they_are_taken() -> None:
    """By servers that offer them to applications; others get neither."""

    async def hinting(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(
            b"HTTP/1.1 103 Early Hints\r\nLink: </shop.css>; rel=preload\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            b"4\r\nshop\r\n0\r\nX-Sum: 7\r\n\r\n"
        )

    with raw(hinting) as server:
        servers = Servers([UpstreamSettings(f"http://127.0.0.1:{server.port}")])
        offered: dict[str, Any] = {"http.response.early_hint": {}, "http.response.trailers": {}}
        rich, plain = [await _sent(servers, extensions) for extensions in (offered, {})]
        servers.close()

    assert [message["type"] for message in rich] == [
        "http.response.early_hint", "http.response.start", "http.response.body", "http.response.trailers",
    ]  # fmt: skip
    assert rich[0]["links"] == [b"</shop.css>; rel=preload"]
    assert rich[1]["trailers"]
    assert rich[3]["headers"] == [(b"x-sum", b"7")]
    assert [message["type"] for message in plain] == ["http.response.start", "http.response.body"]
    assert b"trailer" not in dict(plain[0]["headers"])


async def _sent(
    servers: Servers, extensions: dict[str, Any], fields: Fields = (), waiting: "asyncio.Queue[Message] | None" = None
) -> list[Message]:
    """What an application sends to a server that offers these extensions, and has these messages waiting."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "http_version": "2",
        "scheme": "http", "headers": [(b"host", b"shop"), *fields], "client": ("127.0.0.1", 1),
        "extensions": extensions,
    }  # fmt: skip
    receive = (waiting or asyncio.Queue()).get
    await servers(scope, receive, send)
    return sent


def test_content_is_sent_when_it_is_wanted() -> None:
    """Expect passes: the client hears 100 when the server has said it, and a refusal before it has sent anything."""

    async def choosy(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await server.read(reader)
        if b"/big" in head:
            writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        content = await reader.readexactly(4)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + content)

    with raw(choosy) as server, fronted(server.port) as front:
        wanted = _asked(front, "/small", b"shop")
        refused = _asked(front, "/big", b"shop")

    assert wanted.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert wanted.endswith(b"\r\n\r\nshop")
    assert refused.startswith(b"HTTP/1.1 413 ")
    assert server.connections == 2


def _asked(port: int, path: str, content: bytes) -> bytes:
    """All that a client gets which waits to be told to go on."""
    head = f"PUT {path} HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", port), 20) as wire:
        wire.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(content))
        got = wire.recv(65536)
        if got.startswith(b"HTTP/1.1 100"):
            wire.sendall(content)
        while piece := wire.recv(65536):
            got += piece
    return got


def test_client_that_leaves_a_page_frees_its_server() -> None:
    """What is safe need not go on; what is not runs to its end."""
    heard: list[str] = []

    async def slow(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await server.read(reader)
        if head.startswith(b"POST"):
            await reader.readexactly(4)
        heard.append("asked")
        try:
            more = await asyncio.wait_for(reader.read(), 1.0)
            heard.append(f"{head.split()[0].decode()} let go {more!r}")
        except TimeoutError:
            writer.write(OK)
            await writer.drain()
            heard.append(f"{head.split()[0].decode()} ended")

    with raw(slow) as server, fronted(server.port) as front:
        for request in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nshop"):  # fmt: skip
            count = len(heard)
            with socket.create_connection(("127.0.0.1", front)) as wire:
                wire.sendall(request)
                until_there_are(count + 1, heard)
            until_there_are(count + 2, heard)

    assert heard == ["asked", "GET let go b''", "asked", "POST ended"]


def test_error_that_nobody_can_look_into_is_told() -> None:
    """It passes as it is, and whoever watches learns why it was not mended."""
    coded = gzip.compress(b"Internal Server Error")

    async def compressed(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await server.read(reader)
        status = b"404 Not Found" if b"/gone" in head else b"200 OK"
        fields = b"Content-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(coded)
        writer.write(b"HTTP/1.1 " + status + b"\r\n" + fields + coded)

    with raw(compressed) as server, fronted(server.port) as front, collecting() as findings:
        pages = [httpx2.get(f"http://127.0.0.1:{front}{path}", timeout=20) for path in ("/gone", "/cart")]

    assert [page.text for page in pages] == ["Internal Server Error"] * 2
    assert [(finding.rule, finding.status, finding.evidence["answered"]) for finding in findings] == [
        ("GRD003", 0, "404")
    ]


async def test_content_of_a_safe_request_takes_its_time() -> None:
    """Nobody else takes what is meant for the server, while it is looked out for a client that leaves."""

    async def repeats(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + await reader.readexactly(4))

    with raw(repeats) as server:
        servers = Servers([UpstreamSettings(f"http://127.0.0.1:{server.port}")])
        waiting: asyncio.Queue[Message] = asyncio.Queue()
        exchange = asyncio.create_task(_sent(servers, {}, ((b"content-length", b"4"),), waiting))
        await asyncio.sleep(3 * WATCH_SECONDS)
        for piece, more in ((b"sh", True), (b"op", False)):
            waiting.put_nowait({"type": "http.request", "body": piece, "more_body": more})
            await asyncio.sleep(0.05)  # who waits next is whoever has waited longest
        sent = await asyncio.wait_for(exchange, 20)
        servers.close()

    assert (sent[0]["status"], sent[1]["body"]) == (200, b"shop")
