# SPDX-License-Identifier: Apache-2.0
"""What stands before the guard: one reading of each request, and a house that can be exchanged."""

import asyncio
from typing import Any

import pytest

from seeother.asgi import Message, Receive, Scope, Send
from seeother.errors import CallRefused, OutcomeUnknown, PeerError
from seeother.message import first
from seeother.proxy.forwarding import has_passed, to_server
from seeother.proxy.front import Front, one_reading

Lines = list[tuple[bytes, bytes]]


def scope(*fields: tuple[bytes, bytes], method: str = "GET", target: bytes = b"/", version: str = "1.1") -> Scope:
    """A request as uvicorn hands it on."""
    return {
        "type": "http", "method": method, "raw_path": target, "path": target.decode(), "query_string": b"",
        "http_version": version, "headers": [(b"host", b"shop.example"), *fields], "scheme": "http",
    }  # fmt: skip


@pytest.mark.parametrize(
    "request_",
    [
        scope((b"transfer-encoding", b"chunked"), (b"content-length", b"4")),
        scope((b"transfer-encoding", b"gzip, chunked")),
        scope((b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")),
        scope((b"transfer-encoding", b"chunked"), version="1.0"),
        scope((b"transfer-encoding", b"chunked"), version="0.9"),
        scope(method="CONNECT", target=b"shop.example:443"),
        scope(method="CONNECT"),
        scope(target=b"*"),
        scope(target=b"ftp://shop.example/"),
        scope(target=b"http:///"),
        scope(target=b"http://a@shop.example/"),
        scope(target=b"orders"),
    ],
    ids=lambda each: f"{each['method']} {each['raw_path']!r} {each['http_version']} {each['headers'][1:]}",
)
def test_what_could_be_read_in_two_ways_is_not_read(request_: Scope) -> None:
    """By a server that reads it otherwise it would be another request, or two."""
    assert one_reading(request_) is None


@pytest.mark.parametrize("fields", [(), ((b"transfer-encoding", b"Chunked"),), ((b"content-length", b"4"),)])
def test_what_has_one_reading_passes(fields: tuple[tuple[bytes, bytes], ...]) -> None:
    """As it is."""
    plain = scope(*fields)

    assert one_reading(plain) is plain
    assert one_reading(star := scope(method="OPTIONS", target=b"*")) is star


def test_absolute_target_becomes_a_path_of_its_host() -> None:
    """The authority counts, not the Host that came with it."""
    read = one_reading(scope(target=b"HTTP://other.example:81/orders/%37"))

    assert read is not None
    assert (read["raw_path"], read["path"]) == (b"/orders/%37", "/orders/7")
    assert read["headers"] == [(b"host", b"other.example:81")]
    assert (one_reading(scope(target=b"http://other.example")) or {})["raw_path"] == b"/"


class House:
    """Answers, or fails, as a test wants it; `go_on` lets what is in it end."""

    def __init__(self, error: Exception | None = None, *, begins: bool = False, fields: Lines | None = None) -> None:
        self.error = error
        self.begins = begins
        self.fields = fields or []
        self.go_on = asyncio.Event()
        self.is_closed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        del scope, receive  # all are answered alike
        if self.error is None or self.begins:
            await send({"type": "http.response.start", "status": 200, "headers": self.fields})
        if self.error is not None:
            raise self.error
        await self.go_on.wait()
        await send({"type": "http.response.body", "body": b"here"})

    async def aclose(self) -> None:
        """Note it."""
        self.is_closed = True


async def answered(front: Front, request: Scope | None = None) -> list[Message]:
    """What the front sends."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    await front(request or scope(), receive, send)
    return sent


def test_path_of_an_absolute_target_is_that_which_the_server_gets() -> None:
    """Whatever its authority looks like when it is decoded: else one route is judged, and another one asked."""
    read = one_reading({**scope(target=b"http://shop%2Fcart/orders"), "path": "http://shop/cart/orders"})

    assert read is not None
    assert (read["raw_path"], read["path"]) == (b"/orders", "/orders")


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (CallRefused("shop", "not reached", 2.0), 503, [b"2"]),
        (OutcomeUnknown("shop", why="silence"), 504, []),
        (PeerError("nonsense"), 502, []),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_error_that_nobody_has_answered_is_answered(
    error: Exception, status: int, retry_after: list[bytes]
) -> None:
    """Where the guard may change nothing, the gateway is honest all the same."""
    head, body = await answered(Front(House(error)))

    assert (head["status"], body["body"]) == (status, b"")
    assert [value for name, value in head["headers"] if name == b"retry-after"] == retry_after


async def test_answer_that_has_begun_is_left_open() -> None:
    """The server in front must not end it as if it were whole."""
    sent = await answered(Front(House(PeerError("cut"), begins=True)))

    assert [message["type"] for message in sent] == ["http.response.start"]


async def test_what_is_no_fault_of_a_peer_is_the_servers_to_log() -> None:
    """A fault of our own is not hidden."""
    with pytest.raises(ZeroDivisionError):
        await answered(Front(House(ZeroDivisionError())))


@pytest.mark.parametrize(("given", "count"), [([], 1), ([(b"date", b"yesterday")], 1)])
async def test_every_answer_has_one_date(given: Lines, count: int) -> None:
    """The server's own, or ours."""
    house = House(fields=given)
    house.go_on.set()

    head, _ = await answered(Front(house))

    assert [name for name, _ in head["headers"]].count(b"date") == count
    assert not given or head["headers"] == given


async def test_ambiguous_request_is_answered_400_and_goes_no_further() -> None:
    """And its connection is of no use any more."""
    house = House()

    head, _ = await answered(Front(house), scope((b"transfer-encoding", b"x")))

    assert head["status"] == 400
    assert (b"connection", b"close") in head["headers"]


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_request_that_comes_back_goes_no_further(kind: str) -> None:
    """It is known by the guard's name in Via, wherever it has been meanwhile; another guard's is let through."""
    house = House()
    house.go_on.set()
    extensions: dict[str, Any] = {"extensions": {"websocket.http.response": {}}} if kind == "websocket" else {}
    sent = to_server([], client=None, scheme="http", version="1.1", told=(), prefix=False)
    via = first(sent, b"via") or b""

    back = await answered(Front(house), {**scope((b"via", via + b", 1.1 cdn")), "type": kind, **extensions})
    others = await answered(Front(house), {**scope((b"via", b"1.1 seeother-01234567")), "type": kind})

    assert back[0]["status"] == 508
    assert has_passed(back[0]["headers"])
    assert others[0]["status"] == 200


async def test_houses_are_exchanged_while_requests_pass() -> None:
    """Whoever is in the old one is answered there, whoever comes then by the new one; then the old one is closed."""
    old, new = House(), House(fields=[(b"x-house", b"new")])
    front = Front(old)
    first = asyncio.create_task(answered(front))
    await asyncio.sleep(0)
    front.exchange(new)
    second = asyncio.create_task(answered(front))
    await asyncio.sleep(0)
    closed = [old.is_closed]

    old.go_on.set()
    new.go_on.set()
    heads = [(await each)[0]["headers"] for each in (first, second)]
    while not old.is_closed:  # noqa: ASYNC110 - a task of the front's own closes it
        await asyncio.sleep(0)

    assert [(b"x-house", b"new") in head for head in heads] == [False, True]
    assert (closed, new.is_closed) == ([False], False)


async def test_all_houses_are_closed_at_the_end() -> None:
    """Also one that was left a moment ago."""
    old, new = House(), House()
    front = Front(old)
    front.exchange(new)
    sent: list[Any] = []
    waiting = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message["type"])

    await front({"type": "lifespan"}, receive, send)

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert old.is_closed
    assert new.is_closed
