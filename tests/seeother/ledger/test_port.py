# SPDX-License-Identifier: Apache-2.0
"""When asking again is worth it."""

from hypothesis import given
from hypothesis import strategies as st

from seeother.ledger.port import retry_after

SECONDS = st.floats(0, 1e6)


@given(SECONDS, SECONDS)
def test_the_wait_has_bounds(elapsed: float, lease_left: float) -> None:
    """At least a second; otherwise neither longer than it has taken nor past the lease."""
    wait = retry_after(elapsed, lease_left)

    assert wait >= 1.0
    assert wait == 1.0 or wait <= min(elapsed, lease_left)
