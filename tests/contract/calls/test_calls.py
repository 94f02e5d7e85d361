# SPDX-License-Identifier: Apache-2.0
"""What is promised of every call, whichever library makes it, against a service on a real socket."""

import socket
from urllib.parse import quote

import pytest

from seeother.breaker import Deadline, Retry, RetryBudget, State, deadline_of
from seeother.clock import SYSTEM_CLOCK
from seeother.errors import CallRefused, OutcomeUnknown
from seeother.message import to_date
from tests.contract.calls.conftest import Desk
from tests.contract.calls.peer import Peer
from tests.contract.calls.ways import INSTEAD, Aiohttp, Awaited

NO_ANSWER = ["/close", "/reset", "/cut", "/cut-chunked"]
KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'
SHORT = 0.15  # seconds: what a test waits for the end of


def at_once() -> Retry:
    """Tries again without delay, and as often as there are calls."""
    return Retry(uniform=lambda _low, _high: 0.0, budget=RetryBudget(ratio=10.0))


def test_a_good_answer_passes(desk: Desk) -> None:
    """Status and content are what the service sent, and the call is counted and over."""
    answer = desk.open().ask("GET", desk.peer.origin + "/ok")

    assert (answer.status, answer.content) == (200, b"ok")
    reading = desk.reading()
    assert (reading.calls, reading.failures, reading.running) == (1, 0, 0)


@pytest.mark.parametrize(("status", "failures"), [(404, 0), (500, 0), (501, 0), (505, 0), (502, 1), (503, 1), (504, 1)])
def test_statuses_are_looked_at(desk: Desk, status: int, failures: int) -> None:
    """A gateway's errors count although no library raises them; what is about the one request does not."""
    answer = desk.open().ask("GET", f"{desk.peer.origin}/status/{status}")

    assert answer.status == status
    assert (desk.reading().calls, desk.reading().failures, desk.reading().running) == (1, failures, 0)


def test_the_breaker_opens_at_504_and_closes_again(desk: Desk) -> None:
    """The article, chapter 3.3: after enough 504 nobody is asked for 30 s; then one probe that succeeds is enough."""
    way, url = desk.open(), desk.peer.origin + "/status/504"
    for _ in range(4):
        way.ask("GET", url)

    with pytest.raises(CallRefused) as refused:
        way.ask("GET", url)

    assert isinstance(refused.value, way.refused)
    assert isinstance(refused.value, way.failing)
    assert (refused.value.name, refused.value.reason, refused.value.retry_after) == (desk.peer.name, "open", 30.0)
    assert len(desk.peer.got) == 4
    desk.clock.advance(30)
    desk.peer.plays("/ok")
    assert way.ask("GET", url).status == 200
    assert desk.reading().state is State.CLOSED


def test_refusals_are_not_counted_as_calls_out(desk: Desk) -> None:
    """A refused call holds no place."""
    way = desk.open()
    for _ in range(4):
        way.ask("GET", desk.peer.origin + "/status/503")
    for _ in range(3):
        with pytest.raises(CallRefused):
            way.ask("GET", desk.peer.origin + "/ok")

    assert desk.reading().running == 0


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_service_says_how_long(desk: Desk, form: str) -> None:
    """Retry-After in either form keeps the breaker open for longer than the policy would (RFC 9110 section 10.2.3)."""
    wait = "90" if form == "seconds" else to_date(desk.clock.time() + 90).decode()
    way = desk.open()
    for _ in range(4):
        way.ask("GET", f"{desk.peer.origin}/status/503?retry-after={quote(wait)}")

    with pytest.raises(CallRefused) as refused:
        way.ask("GET", desk.peer.origin + "/ok")

    assert refused.value.retry_after == pytest.approx(90, abs=1)


def test_429_is_back_pressure(desk: Desk) -> None:
    """It is no failure: calls are held back for as long as the service asks, and no breaker opens."""
    way = desk.open()

    assert way.ask("GET", desk.peer.origin + "/status/429?retry-after=5").status == 429
    with pytest.raises(CallRefused) as refused:
        way.ask("GET", desk.peer.origin + "/ok")

    assert (refused.value.reason, refused.value.retry_after) == ("back-pressure", 5.0)
    assert (desk.reading().state, desk.reading().failures) == (State.CLOSED, 0)
    desk.clock.advance(5)
    assert way.ask("GET", desk.peer.origin + "/ok").status == 200


@pytest.mark.parametrize("path", NO_ANSWER)
def test_what_breaks_off_counts(desk: Desk, path: str) -> None:
    """No answer, and half of one, are failures; the library's own error says so."""
    way = desk.open(minimum_calls=100)

    with pytest.raises(way.failing):
        way.ask("GET", desk.peer.origin + path)

    # aiohttp asks a second time by itself where there was no answer at all.
    asked = len(desk.peer.got)
    assert (desk.reading().calls, desk.reading().failures, desk.reading().running) == (asked, asked, 0)


@pytest.mark.parametrize("path", ["/hang", "/drip"])
def test_what_takes_too_long_counts(desk: Desk, path: str) -> None:
    """No head in time, or a content that comes a byte now and then: each read is quick, the whole is not."""
    way = desk.open(timeout_seconds=SHORT)

    with pytest.raises(way.failing):
        way.ask("GET", desk.peer.origin + path)

    assert (desk.reading().failures, desk.reading().running) == (1, 0)


def test_a_head_that_drips_is_late(desk: Desk) -> None:
    """One timer is for the whole call; a library that blocks can only bound each read."""
    way = desk.open(timeout_seconds=SHORT)
    if not isinstance(way, Awaited):
        pytest.skip("a blocking library bounds each read, not the head")

    with pytest.raises(way.failing):
        way.ask("GET", desk.peer.origin + "/drip-head")

    assert (desk.reading().failures, desk.reading().running) == (1, 0)


def test_a_slow_content_is_slow(desk: Desk) -> None:
    """The head was quick and all of it came: the call succeeded, and took longer than it should."""
    way = desk.open(slow_seconds=0.02, clock=SYSTEM_CLOCK)

    assert way.ask("GET", desk.peer.origin + "/late").content == b"ok"

    assert (desk.reading().slow, desk.reading().failures) == (1, 0)


@pytest.mark.parametrize("path", ["/status/502", "/status/504", *NO_ANSWER])
def test_an_unsafe_call_without_a_final_answer_is_unknown(desk: Desk, path: str) -> None:
    """Neither "failed" nor "done", and nothing that a handler of the library's errors would take for a failure."""
    way = desk.open()

    with pytest.raises(OutcomeUnknown) as unknown:
        way.ask("POST", desk.peer.origin + path, b"one pot", idempotency_key=KEY)

    assert not isinstance(unknown.value, way.failing)
    assert (unknown.value.name, unknown.value.key) == (desk.peer.name, KEY)
    assert unknown.value.status == (int(path[-3:]) if path.startswith("/status") else None)
    assert len(desk.peer.got) == 1
    assert (desk.reading().failures, desk.reading().running) == (1, 0)


@pytest.mark.parametrize("path", ["/hang", "/drip"])
def test_an_unsafe_call_that_takes_too_long_is_unknown(desk: Desk, path: str) -> None:
    """The service may be at it still."""
    way = desk.open(timeout_seconds=SHORT)

    with pytest.raises(OutcomeUnknown):
        way.ask("POST", desk.peer.origin + path, b"one pot")


@pytest.mark.parametrize("status", [200, 400, 409, 422, 429, 500, 503])
def test_an_unsafe_call_with_a_final_answer_is_known(desk: Desk, status: int) -> None:
    """503 and 429 say that nothing was done, 500 is the service's own word."""
    assert desk.open().ask("POST", f"{desk.peer.origin}/status/{status}").status == status


def test_without_a_connection_nothing_was_done(desk: Desk) -> None:
    """A refused connection is the library's error for an unsafe call too, and counts."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    way = desk.open()

    with pytest.raises(way.failing):
        way.ask("POST", f"http://127.0.0.1:{port}/orders", b"one pot")

    assert desk.reading(f"127.0.0.1:{port}").failures == 1


def test_a_safe_call_is_tried_again(desk: Desk) -> None:
    """The service was away for a moment, and nobody noticed."""
    desk.peer.plays("/status/504", "/ok")

    assert desk.open(retry=at_once()).ask("GET", desk.peer.origin + "/x").status == 200
    assert len(desk.peer.got) == 2


def test_a_call_that_broke_off_is_tried_again(desk: Desk) -> None:
    """As long as nothing of the answer has been handed on."""
    desk.peer.plays("/reset", "/ok")

    assert desk.open(retry=at_once()).ask("GET", desk.peer.origin + "/x").status == 200


def test_an_unsafe_call_is_not_tried_again(desk: Desk) -> None:
    """Without a key a repetition could be a second order."""
    with pytest.raises(OutcomeUnknown):
        desk.open(retry=at_once()).ask("POST", desk.peer.origin + "/status/504", b"one pot")

    assert len(desk.peer.got) == 1


def test_a_call_with_a_key_is_tried_again_as_it_was(desk: Desk) -> None:
    """The same key and the same content, until there is a final answer."""
    desk.peer.plays("/status/504", "/close", "/ok")

    answer = desk.open(retry=at_once()).ask("POST", desk.peer.origin + "/x", b"one pot", idempotency_key=KEY)

    assert answer.status == 200
    assert [(got.content, got.fields["idempotency-key"]) for got in desk.peer.got] == [(b"one pot", KEY)] * 3


def test_a_caller_that_keys_makes_one_key_a_call(desk: Desk) -> None:
    """Repetitions carry it, the next call another, and a safe call none."""
    way = desk.open(retry=at_once(), keyed=True)
    desk.peer.plays("/status/503", "/ok")

    way.ask("POST", desk.peer.origin + "/x", b"one pot")
    way.ask("POST", desk.peer.origin + "/ok", b"one pot")
    way.ask("GET", desk.peer.origin + "/ok")

    keys = [got.fields.get("idempotency-key") for got in desk.peer.got]
    assert keys[0] == keys[1] != keys[2]
    assert keys[0] is not None
    assert len(keys[0]) == 38  # a UUID in quotes
    assert keys[3] is None


def test_a_refused_repetition_does_not_make_it_known(desk: Desk) -> None:
    """The first try may have been carried out; that the second one was not says nothing about that."""
    desk.peer.plays("/status/504", "/status/409")

    with pytest.raises(OutcomeUnknown):
        desk.open(retry=at_once()).ask("POST", desk.peer.origin + "/x", b"one pot", idempotency_key=KEY)

    assert len(desk.peer.got) == 2


def test_who_asks_to_wait_is_not_asked_at_once(desk: Desk) -> None:
    """A Retry-After beyond what one call may wait ends the tries."""
    way = desk.open(retry=at_once())

    assert way.ask("GET", desk.peer.origin + "/status/503?retry-after=20").status == 503
    assert len(desk.peer.got) == 1


def test_the_deadline_ends_a_call(desk: Desk) -> None:
    """No call is waited for when nobody waits for us."""
    way = desk.open()

    with deadline_of(Deadline.after(SHORT, desk.clock.monotonic())), pytest.raises(way.failing):
        way.ask("GET", desk.peer.origin + "/hang")


def test_past_the_deadline_nobody_is_asked(desk: Desk) -> None:
    """It would work for nobody."""
    way = desk.open()

    with deadline_of(Deadline.after(0, desk.clock.monotonic())), pytest.raises(CallRefused) as refused:
        way.ask("POST", desk.peer.origin + "/ok")

    assert refused.value.reason == "deadline"
    assert desk.peer.got == []


def test_our_own_services_are_told_the_time(desk: Desk) -> None:
    """What is left of the deadline, or the timeout if that is less, in milliseconds."""
    way = desk.open(ours=True)

    way.ask("GET", desk.peer.origin + "/ok")
    with deadline_of(Deadline.after(0.75, desk.clock.monotonic())):
        way.ask("GET", desk.peer.origin + "/ok")

    assert [got.fields["request-timeout-ms"] for got in desk.peer.got] == ["10000", "750"]


def test_others_are_told_nothing(desk: Desk) -> None:
    """Neither by default, nor when a redirect leads from ours to them."""
    stranger = Peer()
    try:
        desk.peer.plays(f"/status/302?location={stranger.origin}/ok")
        desk.open().ask("GET", stranger.origin + "/ok")
        follow(desk, "/x")
    finally:
        stranger.close()

    assert ["request-timeout-ms" in got.fields for got in desk.peer.got] == [True]
    assert ["request-timeout-ms" in got.fields for got in stranger.got] == [False, False]


def follow(desk: Desk, path: str) -> None:
    """Ask one of ours, and go where it leads."""
    desk.open(ours=True).ask("GET", desk.peer.origin + path)


def test_an_answer_that_is_not_read_gives_its_place_back(desk: Desk) -> None:
    """Whoever wants no more of it has had a good answer."""
    way = desk.open()

    assert way.leave(desk.peer.origin + "/drip") == 200

    reading = desk.reading()
    assert (reading.calls, reading.failures, reading.running) == (1, 0, 0)


def test_a_cancelled_call_says_nothing(desk: Desk) -> None:
    """Whoever asked has gone away: the place is free again, and nothing is counted."""
    way = desk.open()
    if not isinstance(way, Awaited):
        pytest.skip("a blocking call cannot be cancelled")

    with pytest.raises(TimeoutError):
        way.cancelled(desk.peer.origin + "/hang", 0.05)

    reading = desk.reading()
    assert (reading.calls, reading.running) == (0, 0)


def test_services_have_names(desk: Desk) -> None:
    """One breaker for a service, wherever it is."""
    desk.open(name="stock").ask("GET", desk.peer.origin + "/status/504")

    assert desk.reading("stock").failures == 1


@pytest.mark.parametrize("path", ["/status/504", "/close"])
def test_a_fallback_stands_in(desk: Desk, path: str) -> None:
    """A value instead of an error, for what is only read; and when the breaker is open, too."""
    backup = Peer()
    backup.plays(*["/status/203"] * 9)
    Aiohttp.backup = backup.origin
    try:
        way = desk.open(falls_back=True)
        heard = [way.ask("GET", desk.peer.origin + path) for _ in range(6)]
    finally:
        backup.close()

    assert {each.status for each in heard} == {203}
    if not isinstance(way, Aiohttp):
        assert heard[0].content == INSTEAD.encode()
    assert desk.reading().state is State.OPEN


def test_no_fallback_for_an_unknown_outcome(desk: Desk) -> None:
    """No value is right where an order may have been placed."""
    with pytest.raises(OutcomeUnknown):
        desk.open(falls_back=True).ask("POST", desk.peer.origin + "/status/504")
