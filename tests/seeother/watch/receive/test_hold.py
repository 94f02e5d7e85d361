# SPDX-License-Identifier: Apache-2.0
"""What is under way is bounded, and given back however a request ends."""

from contextlib import suppress

import pytest

from seeother.watch.receive.hold import FullError, Hold
from tests.clock import FakeClock


def test_shares_are_bounded_together() -> None:
    """Two shares, one limit, which may be met exactly."""
    hold = Hold(10)
    with hold.share() as first, hold.share() as second:
        first.grow(6)
        second.grow(4)

        with pytest.raises(FullError):
            first.grow(1)

        assert hold.held_bytes == 10


def test_a_share_is_given_back_when_its_request_fails() -> None:
    """Also what did not fit was never held."""
    hold = Hold(10)
    with suppress(FullError), hold.share() as share:
        share.grow(10)
        share.grow(1)

    assert hold.held_bytes == 0


def test_new_requests_are_refused_before_there_is_no_room_at_all() -> None:
    """What is left is for those that are being read."""
    hold = Hold(100)
    with hold.share() as reading, hold.share() as other:
        reading.grow(75)
        busy = [hold.is_busy]
        other.grow(1)
        busy.append(hold.is_busy)
    busy.append(hold.is_busy)

    assert busy == [False, True, False]


def test_new_requests_are_refused_when_the_writer_takes_too_long() -> None:
    """As long as who came first still waits; how long a content is read does not count."""
    clock = FakeClock()
    hold = Hold(100, clock)
    with hold.share() as reading, hold.share() as second:
        reading.grow(1)
        clock.advance(60)
        busy = [hold.is_busy]
        with hold.share() as first:
            first.wait()
            clock.advance(3)
            second.wait()
            busy.append(hold.is_busy)
            clock.advance(1)
            busy.append(hold.is_busy)
        busy.append(hold.is_busy)

    assert busy == [False, False, True, False]
