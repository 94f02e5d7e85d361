# SPDX-License-Identifier: Apache-2.0
"""What a load balancer hears."""

import asyncio

import httpx2
import pytest

from tests.seeother.proxy.premises import fronted
from tests.seeother.proxy.raw import Raw, leading_back, raw
from tests.servers.program import free_port


def asked(front: int, what: str) -> int:
    """The status of one of the proxy's own addresses."""
    return httpx2.get(f"http://127.0.0.1:{front}/.seeother/{what}", timeout=20).status_code


@pytest.mark.parametrize(("status", "ready"), [(b"204 No Content", 200), (b"404 Not Found", 200), (b"503 Busy", 503)])
def test_server_is_asked_whether_it_is_well(status: bytes, ready: int) -> None:
    """Where the operator says what to ask; the proxy itself lives in any case."""

    async def says(server: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    with raw(says) as server:
        upstream = [{"url": f"http://127.0.0.1:{server.port}", "health": "/up"}]
        with fronted(server.port, upstream=upstream) as front:
            assert (asked(front, "healthz"), asked(front, "readyz")) == (200, ready)

    assert [head.split()[1] for head in server.heads] == [b"/up"]


def test_a_connection_is_enough_where_nothing_is_to_be_asked() -> None:
    """And none is not."""

    async def waits(_: Raw, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await reader.read()

    with raw(waits) as server, fronted(server.port) as front:
        assert asked(front, "readyz") == 200
    with fronted(free_port()) as front:
        assert (asked(front, "healthz"), asked(front, "readyz")) == (200, 503)


def test_guard_that_asks_itself_is_not_ready() -> None:
    """It asks once, not as often as there is time."""
    ports: list[int] = []
    with raw(leading_back(ports)) as server:
        upstream = [{"url": f"http://127.0.0.1:{server.port}", "health": "/.seeother/readyz"}]
        with fronted(server.port, upstream=upstream) as front:
            ports.append(front)
            assert asked(front, "readyz") == 503

    assert server.connections == 1
