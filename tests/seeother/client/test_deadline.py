# SPDX-License-Identifier: Apache-2.0
"""The time that is left comes from whoever asked us, if it is one of ours, and from what the code says."""

import pytest

from seeother.breaker import Deadline, deadline_of
from seeother.client.deadline import time_left
from seeother.gate import PASSING, Passage
from seeother.message import Field, Request
from tests.clock import FakeClock
from tests.seeother.gate.site import MACHINE, gate


def passage(clock: FakeClock, *fields: Field, client: str = "10.0.0.7") -> Passage:
    """A request let in by a gate that trusts the services in 10.0.0.0/8."""
    site: dict[str, object] = {"trusted_services": ["10.0.0.0/8"]}
    request = Request("POST", "/orders", b"", "http", b"shop.example", (*MACHINE, *fields), client)
    return gate(site=site, clock=clock).let_in(request)


def test_nobody_says_anything() -> None:
    """No deadline is no limit."""
    assert time_left() is None


@pytest.mark.parametrize(
    ("value", "client", "seconds"),
    [
        (b"750", "10.0.0.7", 0.75),
        (b"750", "203.0.113.9", None),
        (b"soon", "10.0.0.7", None),
    ],
    ids=["ours", "a stranger", "no number"],
)
def test_the_request_says_it(value: bytes, client: str, seconds: float | None) -> None:
    """A trusted service is believed, from the moment that its request came; a stranger is not."""
    clock = FakeClock()
    token = PASSING.set(passage(clock, (b"request-timeout-ms", value), client=client))
    try:
        clock.advance(0.5)
        left = time_left()
    finally:
        PASSING.reset(token)

    if seconds is None:
        assert left is None
    else:
        assert left is not None
        assert left.left(clock.monotonic()) == pytest.approx(seconds - 0.5)


def test_the_nearer_one_counts() -> None:
    """Whoever answers may give a call less than the request has left, not more."""
    clock = FakeClock()
    token = PASSING.set(passage(clock, (b"request-timeout-ms", b"750")))
    try:
        with deadline_of(Deadline.after(0.2, clock.monotonic())):
            nearer = time_left()
        with deadline_of(Deadline.after(60, clock.monotonic())):
            farther = time_left()
    finally:
        PASSING.reset(token)

    assert nearer is not None
    assert nearer.left(clock.monotonic()) == pytest.approx(0.2)
    assert farther is not None
    assert farther.left(clock.monotonic()) == pytest.approx(0.75)
