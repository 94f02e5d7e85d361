# SPDX-License-Identifier: Apache-2.0
"""Windows are as long as people think, and none is longer than the period."""

import pytest

from seeother.watch.questions import windows

MINUTE = 60_000_000  # microseconds
FIRST = 30_000_000  # minutes since the epoch


@pytest.mark.parametrize(
    ("minutes", "lengths"),
    [(1, [1]), (5, [1, 5]), (6, [1, 5, 6]), (1440, [1, 5, 15, 60, 360, 1440]), (2000, [1, 5, 15, 60, 360, 1440, 2000])],
)
def test_the_period_is_the_last_window(minutes: int, lengths: list[int]) -> None:
    """Also when it is as long as another."""
    found = windows(FIRST * MINUTE, (FIRST + minutes) * MINUTE)

    assert found == {"first": FIRST, "end": FIRST + minutes, "windows": lengths}
