# SPDX-License-Identifier: Apache-2.0
"""What a proxy passes on, and what it never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import FORWARDED_FIELDS, Field, Fields, every, first
from seeother.proxy.forwarding import one_hop_less, to_client, to_server

HOST = (b"host", b"shop.example")
JOURNEY = (b"baggage", b"journey.id=" + b"1" * 32)
NAMES = st.sampled_from(
    [*sorted(FORWARDED_FIELDS), b"connection", b"te", b"upgrade", b"via", b"x_forwarded_for", b"keep-alive", b"cookie",
     b"x-own", b"x-real-ip", b"x_real_ip", b"transfer-encoding", b"proxy-connection", b"baggage", b"x_forwarded_host"]
)  # fmt: skip
VALUES = st.sampled_from([b"9.9.9.9", b"close", b"x-own", b"host, content-length", b"journey.id=2,other=1", b""])
LINES = st.lists(st.tuples(NAMES, VALUES), max_size=12)


def served(*fields: Field, told: Fields = (), client: str | None = "192.0.2.1", prefix: bool = False) -> list[Field]:
    """What the server behind gets to see."""
    return to_server((HOST, *fields), client=client, scheme="https", version="1.1", told=told, prefix=prefix)


@given(LINES)
def test_nothing_of_one_connection_passes_and_nothing_forged(lines: list[Field]) -> None:
    """Whatever a client says: the server is told by us who asks, once, and the message stays the same message."""
    sent = served(*lines, (b"content-length", b"4"), told=(JOURNEY,))

    names = [name for name, _ in sent]
    assert not {b"connection", b"te", b"upgrade", b"keep-alive", b"transfer-encoding", b"proxy-connection"} & {*names}
    assert not {b"x_forwarded_for", b"x_forwarded_host", b"x-forwarded-port", b"x-forwarded-prefix"} & {*names}
    assert every(sent, b"x-forwarded-for") == every(sent, b"x-real-ip") == [b"192.0.2.1"]
    assert b"x_real_ip" not in names
    assert every(sent, b"x-forwarded-proto") == [b"https"]
    assert every(sent, b"x-forwarded-host") == [b"shop.example"]
    assert every(sent, b"forwarded") == [b'for=192.0.2.1;proto=https;host="shop.example"']
    assert every(sent, b"host") == [b"shop.example"]
    assert every(sent, b"content-length") == [b"4"]
    assert names.count(b"baggage") == names.count(b"via") == 1
    assert (first(sent, b"baggage") or b"").count(b"journey.id") == 1


@given(LINES)
def test_what_is_passed_is_passed_in_order(lines: list[Field]) -> None:
    """Save what Connection lists."""
    sent = served(*lines)
    listed = any(name == b"connection" and b"x-own" in value for name, value in lines)

    assert [field for field in sent if field[0] == b"cookie"] == [field for field in lines if field[0] == b"cookie"]
    if not listed:
        assert [field for field in sent if field[0] == b"x-own"] == [field for field in lines if field[0] == b"x-own"]


@pytest.mark.parametrize("name", [b"x-forwarded-ssl", b"x-forwarded-protocol", b"x_forwarded_ssl"])
def test_scheme_is_said_in_one_way(name: bytes) -> None:
    """A server that believes another one as much refuses two that differ (gunicorn), or takes the client's (Rack)."""
    assert name not in dict(served((name, b"on")))


def test_prefix_passes_from_a_proxy_that_is_trusted() -> None:
    """Nobody else knows where the site is mounted."""
    line = (b"x-forwarded-prefix", b"/shop")

    assert first(served(line, prefix=True), b"x-forwarded-prefix") == b"/shop"
    assert first(served(line), b"x-forwarded-prefix") is None


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ("2001:db8::1", b'for="[2001:db8::1]";proto=https;host="shop.example"'),
        (None, b'proto=https;host="shop.example"'),
    ],
)
def test_who_asks_is_said_as_the_standard_wants_it(client: str | None, said: bytes) -> None:
    """RFC 7239 section 6: an IPv6 address in brackets and quotes; nothing about who is not known."""
    sent = served(client=client)

    assert first(sent, b"forwarded") == said
    assert first(sent, b"x-forwarded-for") == (None if client is None else client.encode())


def test_our_services_are_told_trace_and_journey() -> None:
    """In place of the client's trace, beside foreign baggage."""
    told = ((b"traceparent", b"ours"), JOURNEY)

    sent = served((b"traceparent", b"theirs"), (b"baggage", b"a=1, journey.id=forged"), told=told)

    assert every(sent, b"traceparent") == [b"ours"]
    assert every(sent, b"baggage") == [b"a=1," + JOURNEY[1]]
    assert every(served((b"baggage", b"journey.id=forged")), b"baggage") == []


def test_answer_loses_what_is_of_one_connection() -> None:
    """And keeps its cookies, each by itself."""
    lines: list[Field] = [
        (b"set-cookie", b"a=1"), (b"connection", b"close, x-hop"), (b"x-hop", b"1"), (b"set-cookie", b"b=2"),
        (b"keep-alive", b"timeout=5"), (b"content-length", b"4"), (b"via", b"1.0 a"), (b"via", b"1.1 b"),
    ]  # fmt: skip

    assert to_client(lines) == [
        (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"content-length", b"4"),
        (b"via", b"1.0 a,1.1 b, 1.1 seeother"),
    ]  # fmt: skip


def test_length_beside_a_coding_does_not_pass() -> None:
    """Whoever believed it would read another answer than the one that was sent."""
    lines: list[Field] = [(b"transfer-encoding", b"chunked"), (b"content-length", b"4")]

    assert to_client(lines) == [(b"via", b"1.1 seeother")]


@pytest.mark.parametrize(
    ("method", "allowed", "passes"),
    [
        ("OPTIONS", b"7", b"6"),
        ("TRACE", b"1", b"0"),
        ("TRACE", b"0", None),
        ("GET", b"0", b"0"),  # means nothing there
        ("OPTIONS", b"-1", b"-1"),
        ("OPTIONS", b"1" * 5000, b"111111110"),
    ],
)
def test_hops_are_counted_down(method: str, allowed: bytes, passes: bytes | None) -> None:
    """Where a client may bound them; what is no number is left alone."""
    left = one_hop_less(method, [(b"host", b"shop"), (b"max-forwards", allowed)])

    assert left == (None if passes is None else [(b"host", b"shop"), (b"max-forwards", passes)])
    assert one_hop_less(method, [(b"host", b"shop")]) == [(b"host", b"shop")]
