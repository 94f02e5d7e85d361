# SPDX-License-Identifier: Apache-2.0
"""What becomes of a request whose server answers in order, in part, or not at all."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import httpx2
import pytest

from seeother.testing import collecting
from tests.seeother.proxy.premises import fronted
from tests.seeother.proxy.raw import OK, Raw, leading_back, raw, reset, upstream_at
from tests.servers.nginx_tls import TlsFront
from tests.servers.program import free_port

PERSON = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document",
          "sec-fetch-site": "same-origin", "cookie": "sessionid=1"}  # fmt: skip
FORM = PERSON | {"content-type": "application/x-www-form-urlencoded"}
ORDER = [{"match": "POST /orders", "idempotency": "form"}]
Answering = Callable[[Raw, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def nothing(server: Raw, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take the request, and close."""
    await server.read(reader)


async def cutting(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take the request, and reset the connection."""
    await server.read(reader)
    reset(writer)


async def beginning(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with a head, and reset the connection before anything follows it."""
    await server.read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.05)
    reset(writer)


async def silent(server: Raw, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take the request, and say nothing."""
    await server.read(reader)
    await reader.read()


async def babbling(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer what is no HTTP."""
    await server.read(reader)
    writer.write(b"hello\r\n\r\n")


@pytest.mark.parametrize(
    ("answering", "status"),
    [(nothing, 502), (cutting, 502), (beginning, 502), (silent, 504), (babbling, 502)],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_page_without_an_answer_is_an_honest_error(answering: Answering, status: int) -> None:
    """With the page for people, and nothing said of an order."""
    with raw(answering) as server, fronted(server.port, upstream=upstream_at(server.port, read="200ms")) as front:
        response = httpx2.get(f"http://127.0.0.1:{front}/cart", headers=PERSON, timeout=20)

    assert response.status_code == status
    assert "<html" in response.text


@pytest.mark.parametrize("answering", [nothing, cutting, beginning, silent, babbling], ids=lambda each: each.__name__)
def test_order_without_an_answer_leads_to_its_outcome(answering: Answering) -> None:
    """Nobody knows whether it was taken: it is not sent again, and whoever sends it again is told so."""
    with (
        raw(answering) as server,
        fronted(server.port, upstream=upstream_at(server.port, read="200ms"), route=ORDER) as front,
    ):
        url = f"http://127.0.0.1:{front}/orders"
        first = httpx2.post(url, content="sku=tea", headers=FORM, timeout=20)
        second = httpx2.post(url, content="sku=tea", headers=FORM, timeout=20)

    assert (first.status_code, first.headers["location"]) == (303, "/.seeother/outcome")
    assert second.status_code in {303, 409}
    assert len(server.heads) == 1


def test_order_that_reached_nobody_is_free_to_be_sent_again() -> None:
    """Nothing was done: 503, and when to come again."""
    with fronted(free_port(), route=ORDER) as front:
        url = f"http://127.0.0.1:{front}/orders"
        answers = [httpx2.post(url, content="sku=tea", headers=FORM, timeout=20) for _ in range(2)]

    assert [(each.status_code, each.headers["retry-after"]) for each in answers] == [(503, "2")] * 2


def test_connection_that_nobody_takes_is_a_timeout() -> None:
    """Of a machine that is silent, or of a server that has more than it can take."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        port = full.getsockname()[1]
        for _ in range(2):
            wire = waiting.enter_context(socket.socket())
            wire.settimeout(0)
            wire.connect_ex(("127.0.0.1", port))
        with fronted(port, upstream=upstream_at(port, connect="200ms"), route=ORDER) as front:
            page = httpx2.get(f"http://127.0.0.1:{front}/cart", headers=PERSON, timeout=20)
            order = httpx2.post(f"http://127.0.0.1:{front}/orders", content="sku=tea", headers=FORM, timeout=20)

    assert (page.status_code, page.headers["cache-control"]) == (504, "no-store")
    assert (order.status_code, order.headers["retry-after"]) == (503, "2")


def test_page_of_a_server_that_is_not_there_is_a_bad_gateway() -> None:
    """And after some of them it is not even asked."""
    with fronted(free_port()) as front, httpx2.Client(headers=PERSON, timeout=20) as client:
        answers = [client.get(f"http://127.0.0.1:{front}/cart").status_code for _ in range(30)]

    assert answers[0] == 502
    assert answers[-1] == 503


def test_server_that_is_not_there_takes_no_other_with_it() -> None:
    """Each has a breaker of its own."""
    with raw(pages) as server:
        upstream = [
            {"match": "/", "url": f"http://127.0.0.1:{server.port}"},
            {"match": "/api", "url": f"http://127.0.0.1:{free_port()}"},
        ]
        with fronted(0, upstream=upstream) as front, httpx2.Client(timeout=20) as client:
            away = [client.get(f"http://127.0.0.1:{front}/api").status_code for _ in range(30)]
            page = client.get(f"http://127.0.0.1:{front}/").status_code

    assert (away[-1], page) == (503, 200)


@pytest.mark.parametrize("mode", ["observe", "off"])
def test_a_guard_that_changes_nothing_is_an_honest_gateway(mode: str) -> None:
    """Without a page, but with the status."""
    site = {"secrets": ["correct horse battery staple"], "mode": mode}
    with fronted(free_port(), site=site) as front:
        page = httpx2.get(f"http://127.0.0.1:{front}/cart", headers=PERSON, timeout=20)
        order = httpx2.post(f"http://127.0.0.1:{front}/orders", content="sku=tea", headers=FORM, timeout=20)

    assert (page.status_code, page.content) == (502, b"")
    assert (order.status_code, order.headers["retry-after"]) == (503, "2")


def finish(writer: asyncio.StreamWriter) -> None:
    """End a connection in order."""
    writer.close()


@pytest.mark.parametrize("ends", [finish, reset], ids=["end", "reset"])
def test_answer_that_is_cut_stays_cut(ends: Callable[[asyncio.StreamWriter], None]) -> None:
    """What came passes, and nobody takes it for all."""

    async def half(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        await asyncio.sleep(0.05)
        ends(writer)

    with raw(half) as server, fronted(server.port) as front, collecting() as findings:
        with socket.create_connection(("127.0.0.1", front), 20) as wire:
            wire.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
            got = b"".join(iter(lambda: wire.recv(65536), b""))
        head, _, content = got.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-length: 100" in head
    assert content == b"half"
    assert [finding.rule for finding in findings] == ["ERR006"]


def test_used_connection_that_was_closed_costs_nobody_anything() -> None:
    """A page is asked for again on a new one; an order goes on no connection that has lain idle."""

    async def once(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(OK)
        if server.connections == 1:
            await server.read(reader)  # and the second request is lost

    with raw(once) as server, fronted(server.port) as front, httpx2.Client(timeout=20) as client:
        answers = [client.get(f"http://127.0.0.1:{front}/{number}").text for number in range(2)]

    assert answers == ["ok", "ok"]
    assert server.connections == 2
    assert [head.split()[1] for head in server.heads] == [b"/0", b"/1", b"/1"]


def test_server_that_talks_unasked_is_heard_by_nobody() -> None:
    """An answer that nobody has asked for would be the next one's."""

    async def twice(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await server.read(reader)
            writer.write(OK + (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" if server.connections == 1 else b""))
            await writer.drain()

    with raw(twice) as server, fronted(server.port) as front, httpx2.Client(timeout=20) as client:
        answers = [client.get(f"http://127.0.0.1:{front}/{number}").text for number in range(3)]

    assert answers == ["ok", "ok", "ok"]
    assert server.connections == 2


def test_methods_and_fields_pass() -> None:
    """HEAD has a length and no content, a range is the server's to give, and Host is what the client has said."""

    async def ranged(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await server.read(reader)
            if head.startswith(b"HEAD"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            else:
                writer.write(
                    b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/1000\r\nContent-Length: 2\r\n"
                    b"Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nVia: 1.0 inner\r\n\r\nab"
                )
            await writer.drain()

    with raw(ranged) as server, fronted(server.port) as front, httpx2.Client(timeout=20) as client:
        url = f"http://127.0.0.1:{front}/file?a=%2F"
        head = client.head(url)
        part = client.get(url, headers={"range": "bytes=0-1", "host": "shop.example", "connection": "x-mine",
                                        "x-mine": "1", "x_forwarded_for": "9.9.9.9", "te": "trailers",
                                        "forwarded": "for=9.9.9.9"})  # fmt: skip

    assert (head.status_code, head.headers["content-length"], head.content) == (200, "1000", b"")
    assert (part.status_code, part.headers["content-range"], part.content) == (206, "bytes 0-1/1000", b"ab")
    assert "x-hop" not in part.headers
    assert part.headers["via"] == "1.0 inner, 1.1 seeother"
    sent = server.heads[1].lower()
    assert sent.startswith(b"get /file?a=%2f http/1.1\r\n")
    for line in (b"host: shop.example", b"range: bytes=0-1", b"x-forwarded-for: 127.0.0.1",
                 b"x-forwarded-host: shop.example", b"x-forwarded-proto: http",
                 b'forwarded: for=127.0.0.1;proto=http;host="shop.example"'):  # fmt: skip
        assert b"\r\n" + line + b"\r\n" in sent
    assert b"\r\nvia: 1.1 seeother-" in sent
    for gone in (b"x-mine", b"9.9.9.9", b"\r\nte:"):
        assert gone not in sent


def test_question_goes_no_further_than_its_client_wants() -> None:
    """What may not be passed on is answered here (RFC 9110 section 7.6.2)."""
    with raw(pages) as server, fronted(server.port) as front, httpx2.Client(timeout=20) as client:
        statuses = [
            client.request(method, f"http://127.0.0.1:{front}/", headers={"max-forwards": hops}).status_code
            for method, hops in (("OPTIONS", "0"), ("TRACE", "0"), ("OPTIONS", "1"), ("GET", "0"))
        ]

    assert statuses == [200, 501, 200, 200]
    assert [b"max-forwards: 0" in head.lower() for head in server.heads] == [True, True]


def test_paths_are_parted_among_servers() -> None:
    """The longest match answers, and what nobody answers is not found."""

    async def named(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(OK)

    with raw(named) as api, raw(named) as shop:
        upstream = [
            {"match": "/api", "url": f"http://127.0.0.1:{api.port}"},
            {"match": "/shop", "url": f"http://127.0.0.1:{shop.port}"},
        ]
        with fronted(0, upstream=upstream) as front, httpx2.Client(timeout=20) as client:
            answers = [
                client.get(f"http://127.0.0.1:{front}{path}").status_code
                for path in ("/api", "/api/1", "/shop", "/apis")
            ]

    assert answers == [200, 200, 200, 404]
    assert (len(api.heads), len(shop.heads)) == (2, 1)


async def pages(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request with two letters."""
    while True:
        await server.read(reader)
        writer.write(OK)
        await writer.drain()


def test_server_over_tls_is_trusted_by_its_certificate(
    nginx_tls: Callable[[int], TlsFront], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that this machine does not trust is asked nothing; Host passes all the same."""
    with raw(pages) as server:
        tls = nginx_tls(server.port)
        upstream = [{"url": f"https://127.0.0.1:{tls.port}"}]
        with fronted(0, upstream=upstream) as front:
            refused = httpx2.get(f"http://127.0.0.1:{front}/", timeout=20)
        monkeypatch.setenv("SSL_CERT_FILE", str(tls.certificate))
        with fronted(0, upstream=upstream) as front:
            page = httpx2.get(f"http://127.0.0.1:{front}/", headers={"host": "shop.example"}, timeout=20)

    assert (refused.status_code, page.text) == (502, "ok")
    assert b"Host: shop.example\r\n" in server.heads[-1]
    assert len(server.heads) == 1


def test_guard_that_asks_itself_says_that_nothing_was_done() -> None:
    """A page is a bad gateway, an order is free to be sent again, and whoever watches learns why."""
    ports: list[int] = []

    with raw(leading_back(ports)) as server, fronted(server.port, route=ORDER) as front, collecting() as findings:
        ports.append(front)
        page = httpx2.get(f"http://127.0.0.1:{front}/cart", headers=PERSON, timeout=20)
        order = httpx2.post(f"http://127.0.0.1:{front}/orders", content="sku=tea", headers=FORM, timeout=20)

    assert (page.status_code, order.status_code, order.headers["retry-after"]) == (502, 503, "2")
    assert "<html" in page.text
    assert server.connections == 2
    assert [finding.rule for finding in findings].count("GRD004") == 2
