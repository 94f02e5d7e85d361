# SPDX-License-Identifier: Apache-2.0
"""Clients that take their time, and those that do not wait for answers."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.contract.framing.premises import LIMIT_SECONDS, Target, asked_after, said, target

pytestmark = pytest.mark.slow

SLOW = 200
DEEP = 50


@pytest.fixture(scope="module", params=["uvicorn-h11", "gunicorn"])
def behind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The proxy before a server that has a thread for each request, and before one that has none."""
    with target("proxy", request.param, tmp_path_factory.mktemp("target")) as made:
        yield made


def test_slow_requests_take_nobodys_place(behind: Target) -> None:
    """Hundreds that stop in the middle of a head or of content keep nobody waiting, and each is seen once or never."""
    behind.seen()
    head = b"POST /orders/slow-%d HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        wires = [
            stack.enter_context(socket.create_connection(("127.0.0.1", behind.port), LIMIT_SECONDS))
            for _ in range(SLOW)
        ]
        for number, wire in enumerate(wires):
            request = head % number + b"sku=%05d" % number
            wire.sendall(request[: 20 if number % 2 else -4])
        path, content = asked_after(behind.port)
        assert content == b"answer to " + path.encode()
        assert [line[1] for line in behind.seen()] == [path]

        for number, wire in enumerate(wires[: SLOW // 2]):
            request = head % number + b"sku=%05d" % number
            for byte in request[20 if number % 2 else -4 :]:
                wire.sendall(bytes([byte]))
        for number, wire in enumerate(wires[: SLOW // 2]):
            assert _all_of(wire).endswith(b"answer to /orders/slow-%d" % number)
    seen = sorted([line[1:3] for line in behind.seen()])
    assert seen == sorted([(f"/orders/slow-{number}", f"sku={number:05}") for number in range(SLOW // 2)])


def test_pipelined_requests_are_answered_in_their_order(behind: Target) -> None:
    """Each once, with its own answer (RFC 9112 section 9.3.2), actions among them."""
    behind.seen()
    parts = [
        b"POST /orders/deep-%d HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nsku=1" % number
        if number % 3
        else b"GET /pages/deep-%d HTTP/1.1\r\nHost: shop\r\n\r\n" % number
        for number in range(DEEP)
    ]
    paths = [b"/orders/deep-%d" % number if number % 3 else b"/pages/deep-%d" % number for number in range(DEEP)]
    parts[-1] = parts[-1].replace(b"Host", b"Connection: close\r\nHost")
    received = said(behind.port, b"".join(parts), answers=0)

    assert re.findall(rb"answer to (/[a-z]+/deep-\d+)", received) == paths
    assert [line[1].encode() for line in behind.seen()] == paths


def _all_of(wire: socket.socket) -> bytes:
    received = b""
    while piece := wire.recv(65536):
        received += piece
    return received
