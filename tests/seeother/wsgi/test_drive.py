# SPDX-License-Identifier: Apache-2.0
"""Flows driven by WSGI: content is read as PEP 3333 lets it be, actions happen once, and leaving breaks nothing."""

import threading
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse

import pytest

from seeother.testing import collecting
from seeother.wsgi import Guard
from tests.seeother.wsgi.site import KEY, ORDERS, Call, Content, answering, guarded, settings

FORM = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
KEYED = {**FORM, "HTTP_IDEMPOTENCY_KEY": f'"{KEY}"'}
JSON = ("Content-Type", "application/json")
KEPT = 1 << 20  # bytes of an answer that are remembered


class Shop:
    """An application that takes orders."""

    def __init__(self) -> None:
        """Begin with none."""
        self.orders: list[bytes] = []

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Take one."""
        self.orders.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("201 Created", [JSON])
        return [b'{"order": %d}' % len(self.orders)]


def order(app: Guard, content: bytes = b"sku=tea", /, **more: object) -> Call:
    """Send an order."""
    return Call(app, "POST /orders", content, **{**KEYED, **more})


def test_an_action_happens_once() -> None:
    """The second one gets the first one's answer, and the application reads the content from memory."""
    shop = Shop()
    guard = guarded(shop, route=[ORDERS])

    first, second = order(guard), order(guard)

    assert (first.rest(), second.rest()) == (b'{"order": 1}', b'{"order": 1}')
    assert second.fields["idempotency-replayed"] == "true"
    assert shop.orders == [b"sku=tea"]


def test_chunked_content_is_read_to_its_end() -> None:
    """A server that knows where the content ends says so, and the application is told its length."""
    shop = Shop()
    guard = guarded(shop, route=[ORDERS])

    call = order(guard, b"", **{"wsgi.input": BytesIO(b"sku=tea"), "wsgi.input_terminated": True})

    assert (call.status, shop.orders) == (201, [b"sku=tea"])


def test_content_without_a_length_is_not_waited_for() -> None:
    """Where neither is told there is no content: reading would wait for ever."""

    class Endless:
        def read(self, _size: int = -1) -> bytes:
            raise AssertionError("nobody may read here")

    shop = Shop()
    call = order(guarded(shop, route=[ORDERS]), b"", **{"wsgi.input": Endless()})

    assert (call.status, shop.orders) == (201, [b""])


class Broken(BytesIO):
    """A connection that breaks."""

    def read(self, _size: int | None = -1, /) -> bytes:
        """Fail."""
        raise ConnectionResetError


@pytest.mark.parametrize("source", [BytesIO(b"sku"), Broken()])
def test_a_request_that_breaks_off_begins_nothing(source: BytesIO) -> None:
    """Half an order is none; whatever is said, nobody hears it."""
    shop = Shop()

    call = order(guarded(shop, route=[ORDERS]), **{"wsgi.input": source, "CONTENT_LENGTH": "7"})

    assert (call.status, call.rest(), shop.orders) == (400, b"", [])


@pytest.mark.parametrize("terminated", [True, False])
def test_content_that_is_too_long_is_refused(*, terminated: bool) -> None:
    """Of content that tells its length nothing is read; chunks are counted."""
    shop = Shop()
    more = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True} if terminated else {}

    call = order(guarded(shop, route=[ORDERS]), b"x" * (KEPT + 1), **more)

    assert (call.status, shop.orders) == (413, [])


def test_a_long_answer_streams() -> None:
    """What cannot be kept goes out as it comes, and is not given again."""
    content = Content(b"x" * KEPT, b"y", b"z")
    guard = guarded(answering(content, "200 OK", JSON), route=[ORDERS])

    call = order(guard)

    assert (call.next(), content.taken) == (b"x" * KEPT + b"y", 2)
    assert call.rest() == b"z"
    assert content.closed == 1
    assert order(guard).status == 409


def test_whoever_leaves_a_long_answer_leaves_an_unknown_outcome() -> None:
    """The action has run, so its key is not free; that is written down at once, not at the end of a lease."""
    content = Content(b"x" * KEPT, b"y", b"z")
    guard = guarded(answering(content, "200 OK", JSON), route=[ORDERS])

    call = order(guard)
    call.close()

    assert content.closed == 1
    assert order(guard).status == 409


def test_written_answers_are_kept_too() -> None:
    """An application that writes its answer is remembered like any other."""

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("201 Created", [JSON])
        write(b"one")
        return [b"two"]

    guard = guarded(app, route=[ORDERS])

    assert [order(guard).rest(), order(guard).rest()] == [b"onetwo", b"onetwo"]


def test_an_action_that_breaks_off_is_answered_and_not_run_again() -> None:
    """Its answer was kept back, so the client gets an honest one; whether anything was done nobody knows."""
    guard = guarded(answering(Content(b"one", ValueError("broken")), "200 OK", JSON), route=[ORDERS])

    first = order(guard)

    assert b"problem" in (first.next() or b"")
    assert first.status == 500
    with pytest.raises(ValueError, match="broken"):
        first.next()
    assert order(guard).status == 409


def test_a_second_order_waits_for_the_first() -> None:
    """Two threads, one key: the second one asks until the first is done, and gets its answer."""
    started, done = threading.Event(), threading.Event()
    orders: list[bytes] = []

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        orders.append(environ["wsgi.input"].read())
        started.set()
        assert done.wait(10)
        start_response("201 Created", [JSON])
        yield b'{"order": 1}'

    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        done.set()
        first.join(10)

    guard = Guard(app, settings(route=[ORDERS]), sleep=sleep)
    answers: list[bytes] = []
    first = threading.Thread(target=lambda: answers.append(order(guard).rest()))
    first.start()
    assert started.wait(10)

    answers.append(order(guard).rest())

    assert answers == [b'{"order": 1}', b'{"order": 1}']
    assert (len(orders), len(naps)) == (1, 1)


def test_a_key_is_asked_for() -> None:
    """What a flow reports is judged."""
    shop = Shop()
    with collecting() as findings:
        call = Call(guarded(shop, route=[ORDERS]), "POST /orders", b"sku=tea", **FORM)

    assert (call.status, shop.orders, [finding.rule for finding in findings]) == (400, [], ["IDM005"])
