# SPDX-License-Identifier: Apache-2.0
"""What is under way is bounded, and given back however a request ends."""

from contextlib import suppress

import pytest

from seeother.watch.receive.hold import FullError, Hold


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
