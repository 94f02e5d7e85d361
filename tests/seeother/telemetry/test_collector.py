# SPDX-License-Identifier: Apache-2.0
"""One post to a collector, and what its answer means."""

import socket
import threading

import pytest

from seeother.errors import SettingsError
from seeother.telemetry.collector import Collector, Delivery
from tests.clock import FakeClock

from .conftest import Answer, Sink

# Sun, 06 Nov 1994 08:49:37 GMT
NOVEMBER = 784111777.0


def collector(endpoint: str, timeout: float = 20.0) -> Collector:
    """A collector under a clock that stands ten seconds before the date in the tests."""
    return Collector(endpoint, token="s3cret", timeout=timeout, clock=FakeClock(NOVEMBER - 10))


@pytest.mark.parametrize("base", ["", "/", "/otlp", "/otlp/"])
def test_a_body_arrives_as_otlp_wants_it(sink: Sink, base: str) -> None:
    """At the signal's path below the endpoint's, as compressed protobuf, with the token."""
    target = collector(sink.endpoint + base)

    delivery = target.post("/v1/traces", b"packed")
    target.close()
    got = sink.next()

    assert delivery == Delivery(accepted=True)
    assert (got.path, got.packed) == (base.rstrip("/") + "/v1/traces", b"packed")
    assert got.fields["Content-Type"] == "application/x-protobuf"
    assert got.fields["Content-Encoding"] == "gzip"
    assert got.fields["Authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    ("status", "again"),
    [(429, True), (502, True), (503, True), (504, True), (400, False), (408, False), (413, False), (500, False)],
)
def test_a_status_says_whether_to_send_again(sink: Sink, status: int, *, again: bool) -> None:
    """Four statuses are worth another try, according to OTLP; no other is."""
    sink.say(Answer(status))
    target = collector(sink.endpoint)

    delivery = target.post("/v1/logs", b"")
    target.close()

    assert delivery == Delivery(accepted=False, again=again)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 10.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 10.0),
        ("Sun Nov  6 08:49:37 1994", 10.0),
        ("Sat, 05 Nov 1994 08:49:37 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(sink: Sink, value: str, seconds: float | None) -> None:
    """Seconds, the three forms of a date (RFC 9110 section 5.6.7), and nonsense."""
    sink.say(Answer(503, {"Retry-After": value}))
    target = collector(sink.endpoint)

    delivery = target.post("/v1/logs", b"")
    target.close()

    assert delivery.retry_after == seconds


def test_partial_success_is_counted(sink: Sink) -> None:
    """A 200 may refuse some of the items."""
    sink.say(Answer(200, content=b"\n\x02\x08\x03"))
    target = collector(sink.endpoint)

    delivery = target.post("/v1/logs", b"")
    target.close()

    assert delivery == Delivery(accepted=True, rejected=3)


def test_the_connection_is_kept(sink: Sink) -> None:
    """One connection for all posts, also across errors that are answered."""
    sink.say(Answer(200), Answer(503, content=b"busy"), Answer(200))
    target = collector(sink.endpoint)

    for _ in range(4):
        target.post("/v1/logs", b"")
    target.close()

    assert sink.connections == 1


def test_a_connection_that_was_closed_meanwhile_is_opened_anew(sink: Sink) -> None:
    """The collector hung up after its last answer, as it may at any time: nothing is lost."""
    sink.say(Answer(200, hang_up=True))
    target = collector(sink.endpoint)

    deliveries = [target.post("/v1/logs", b"one"), target.post("/v1/logs", b"two")]
    target.close()

    assert deliveries == [Delivery(accepted=True)] * 2
    assert [sink.next().packed, sink.next().packed] == [b"one", b"two"]
    assert sink.connections == 2


def test_a_long_error_page_is_not_read(sink: Sink) -> None:
    """Neither kept in memory nor left in the connection, where it would be read as the next answer."""
    sink.say(Answer(500, content=b"x" * 1_000_000), Answer(200))
    target = collector(sink.endpoint)

    deliveries = [target.post("/v1/logs", b""), target.post("/v1/logs", b"")]
    target.close()

    assert [delivery.accepted for delivery in deliveries] == [False, True]
    assert sink.received.qsize() == 2


def test_nobody_listening_is_worth_another_try() -> None:
    """A refused connection is no exception."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    target = collector(f"http://127.0.0.1:{port}")

    assert target.post("/v1/logs", b"") == Delivery(accepted=False, again=True)


def test_silence_is_worth_another_try(sink: Sink) -> None:
    """A collector that takes the body and never answers is given up after the timeout."""
    sink.say(Answer(hang=True))
    target = collector(sink.endpoint, timeout=0.05)

    assert target.post("/v1/logs", b"") == Delivery(accepted=False, again=True)


def test_what_is_no_http_is_worth_another_try() -> None:
    """Something else listens there; it may be replaced."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        target = collector(f"http://127.0.0.1:{listening.getsockname()[1]}")

        def greet() -> None:
            peer, _ = listening.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        delivery = target.post("/v1/logs", b"")
        thread.join()

    assert delivery == Delivery(accepted=False, again=True)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "127.0.0.1:8304",
        "localhost",
        "ftp://127.0.0.1",
        "http://",
        "http://:8304",
        "http://127.0.0.1:port",
        "http://127.0.0.1:70000",
        "http://user:secret@127.0.0.1",
        "http://127.0.0.1/?token=1",
        "http://127.0.0.1/#x",
        "http://[::1",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(endpoint: str) -> None:
    """The error names the key and the cure, before anything is sent, and shows no password."""
    with pytest.raises(SettingsError, match=r"as in http://127\.0\.0\.1:8304") as caught:
        collector(endpoint)

    assert (caught.value.key, caught.value.value) == ("telemetry.endpoint", "…" if "secret" in endpoint else endpoint)
