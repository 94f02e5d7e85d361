# SPDX-License-Identifier: Apache-2.0
"""What nginx answers by itself appears as failed attempts at the right step; what an application answers does not."""

import asyncio
import json
import socket
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from seeother.journey import Identity, Journey, Seal, Step
from seeother.message import Pattern
from seeother.watch.access_log import LOG_FORMAT, Feed
from seeother.watch.access_log import feed as feed_module
from seeother.watch.warehouse import Encoding, Outcome, Signal, Store
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.contract.servers.browsers import ask
from tests.servers.nginx_logged import nginx_logged
from tests.servers.program import free_port

SECRET = "correct horse battery staple"
CHECKOUT = Journey(
    "checkout",
    (
        Step("cart", (Pattern.parse("GET /cart"),)),
        Step("submit_order", (Pattern.parse("POST /orders"),)),
        Step("pay", (Pattern.parse("POST /orders/{id}/pay"),)),
    ),
)
LINE = {"time": "1800000000.250", "seconds": "0.125", "method": "POST", "target": "/orders?card=4111", "status": "502",
        "head": "-", "request": "a" * 32, "journey": "", "claimed": ""}  # fmt: skip
STEPS = """
SELECT journey, journey_id, step, service, method, route, status, failed, error_type FROM steps ORDER BY status, step
"""


@contextmanager
def answering(answer: bytes | None) -> Generator[int]:
    """A server that answers every request with these bytes and closes, or, with None, says nothing at all."""
    listener = socket.create_server(("127.0.0.1", 0))
    silent: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            wire.recv(65536)
            if answer is None:
                silent.append(wire)
                continue
            wire.sendall(answer)
            wire.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for wire in silent:
            wire.close()


async def fed(feed: Feed, lines: int) -> None:
    """Read until so many lines have come."""
    seen = 0
    while seen < lines:
        seen += await feed.step()
        await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_502_and_504_of_nginx_are_failed_attempts(store: Store, engine: ChdbEngine, tmp_path: Path) -> None:
    """Refused, empty and silent servers, through a rotation; what an application has answered is passed over."""
    journey = "0123456789abcdef" * 2
    cookie = Seal((SECRET,)).to_cookie(Identity(journey)).decode()
    fields = [("Cookie", f"a=b; journey={cookie}; c=d")]
    with ExitStack() as stack:
        told = stack.enter_context(answering(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"))
        empty, silent = stack.enter_context(answering(b"")), stack.enter_context(answering(None))
        upstreams = {"/orders": empty, "/orders/7/pay": silent, "/cart": free_port(), "/told": told}
        front = stack.enter_context(nginx_logged(tmp_path, LOG_FORMAT, upstreams))
        feed = Feed(front.log, [CHECKOUT], store.submit, kept_in=tmp_path / "kept", secrets=(SECRET,))
        stack.callback(feed.close)
        assert ask(front.port, "POST", "/orders?card=4111", fields=fields).status == 502
        assert ask(front.port, "GET", "/told", fields=fields).status == 500
        await fed(feed, 2)
        front.log.rename(tmp_path / "old.json")
        front.reopen()
        assert ask(front.port, "POST", "/orders/7/pay", fields=fields).status == 504
        assert ask(front.port, "GET", "/cart", fields=fields).status == 502
        await fed(feed, 2)

    row = {"journey": "checkout", "journey_id": journey, "service": "nginx", "failed": True}
    assert engine.rows(STEPS) == [
        row | {"step": "cart", "method": "GET", "route": "/cart", "status": 502, "error_type": "502"},
        row | {"step": "submit_order", "method": "POST", "route": "/orders", "status": 502, "error_type": "502"},
        row | {"step": "pay", "method": "POST", "route": "/orders/{id}/pay", "status": 504, "error_type": "504"},
    ]
    assert engine.rows("SELECT count() AS found FROM spans WHERE toString(tuple(*)) LIKE '%4111%'") == [{"found": 0}]


async def test_feed_goes_on_where_one_has_stopped(store: Store, engine: ChdbEngine, tmp_path: Path) -> None:
    """Nothing twice, and nothing lost meanwhile."""
    log, kept = tmp_path / "log", tmp_path / "kept"
    log.touch()
    for number in range(3):
        feed = Feed(log, [CHECKOUT], store.submit, kept_in=kept)
        with log.open("a") as file:
            file.write(json.dumps(LINE | {"request": str(number)}) + "\n")
        assert await feed.step() == (1 if number == 0 else 2)
        assert await feed.step() == 0
        feed.close()
        with log.open("a") as file:
            file.write(json.dumps(LINE | {"request": f"{number} meanwhile"}) + "\n")
    with closing(Feed(log, [CHECKOUT], store.submit, kept_in=kept)) as feed:
        assert await feed.step() == 1
    assert engine.rows("SELECT count() AS attempts, uniqExact(journey_id) AS journeys FROM steps") == [
        {"attempts": 6, "journeys": 6}
    ]


class _Killed(Exception):  # noqa: N818 - what a kill does
    """Here the process ends."""


@pytest.mark.parametrize("is_stored", [False, True])
async def test_a_kill_between_storing_and_noting_so_doubles_nothing(
    store: Store, engine: ChdbEngine, tmp_path: Path, *, is_stored: bool
) -> None:
    """More lines have come before another goes on; nothing is lost either, though that one is killed, too."""
    log, kept = tmp_path / "log", tmp_path / "kept"
    log.touch()

    def submit(signal: Signal, encoding: Encoding, content: bytes) -> Future[Outcome]:
        if is_stored:
            store.submit(signal, encoding, content).result(timeout=30)
        raise _Killed

    def add(request: str) -> None:
        with log.open("a") as file:
            file.write(json.dumps(LINE | {"request": request}) + "\n")

    with closing(Feed(log, [CHECKOUT], submit, kept_in=kept)) as feed:
        add("first")
        with pytest.raises(_Killed):
            await feed.step()
    add("meanwhile")
    with closing(Feed(log, [CHECKOUT], submit, kept_in=kept)) as feed, pytest.raises(_Killed):
        await feed.step()
    with closing(Feed(log, [CHECKOUT], store.submit, kept_in=kept)) as feed:
        await fed(feed, 1)
        add("last")
        await fed(feed, 1)
    assert engine.rows("SELECT toInt32(count()) AS n, toInt32(uniqExact(span_id)) AS different FROM spans") == [
        {"n": 3, "different": 3}
    ]


@pytest.mark.parametrize("forged", ["0123456789abcdef0123456789abcdef.o.AAAAAAAAAAAAAAAAAAAAAA", "", "nonsense"])
async def test_cookie_that_proves_nothing_is_not_believed(
    store: Store, engine: ChdbEngine, tmp_path: Path, forged: str
) -> None:
    """The attempt has failed all the same, in a journey of its own; what a client claims stays a claim."""
    log = tmp_path / "log"
    log.touch()
    with closing(Feed(log, [CHECKOUT], store.submit, kept_in=tmp_path / "kept", secrets=(SECRET,))) as feed:
        log.write_text(json.dumps(LINE | {"journey": forged, "claimed": "mine"}) + "\n")
        assert await feed.step() == 1
    [row] = engine.rows("SELECT journey_id, claimed_id, failed FROM steps")
    assert (row["claimed_id"], row["failed"]) == ("mine", True)
    assert row["journey_id"] != "0123456789abcdef0123456789abcdef"


async def test_bytes_that_are_no_text_stop_nothing(store: Store, engine: ChdbEngine, tmp_path: Path) -> None:
    """Nginx copies what a client sends: JSON's reader takes half a surrogate pair (ED A0 80), UTF-8 does not."""
    log = tmp_path / "log"
    log.touch()
    line = json.dumps(LINE | {"journey": "COOKIE", "claimed": "mineHALF"}).encode()
    with closing(Feed(log, [CHECKOUT], store.submit, kept_in=tmp_path / "kept", secrets=(SECRET,))) as feed:
        log.write_bytes(line.replace(b"COOKIE", b"\xed\xa0\x80").replace(b"HALF", b"\xed\xa0\x80") + b"\n")
        assert await feed.step() == 1
    assert engine.rows("SELECT claimed_id, failed FROM steps") == [{"claimed_id": "mine", "failed": True}]


async def test_a_log_that_cannot_be_read_is_tried_again(
    store: Store, engine: ChdbEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever rotates may hand the new file over a moment later; the feed must not have ended then."""
    monkeypatch.setattr(feed_module, "_AGAIN_SECONDS", 0.05)
    log = tmp_path / "log"
    log.touch()
    following = asyncio.create_task(Feed(log, [CHECKOUT], store.submit, kept_in=tmp_path / "kept").run())
    try:
        async with asyncio.timeout(60):
            log.rename(tmp_path / "old")
            log.mkdir()  # nobody can read this as a file, not even root
            while "is not followed" not in caplog.text:
                assert not following.done()
                await asyncio.sleep(0.02)
            log.rmdir()
            log.write_text(json.dumps(LINE) + "\n")
            while engine.rows("SELECT count() AS found FROM steps") != [{"found": 1}]:
                assert not following.done()
                await asyncio.sleep(0.02)
    finally:
        following.cancel()
        await asyncio.wait([following])
