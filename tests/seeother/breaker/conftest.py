# SPDX-License-Identifier: Apache-2.0
"""What the tests of the room share."""

import pytest

from tests.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """The time that the breakers are told."""
    return FakeClock()
