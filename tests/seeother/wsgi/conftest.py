# SPDX-License-Identifier: Apache-2.0
"""A collector for the rows that guards send."""

from collections.abc import Iterator

import pytest

from tests.seeother.telemetry.conftest import Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A collector that takes everything."""
    sink = Sink()
    yield sink
    sink.close()
