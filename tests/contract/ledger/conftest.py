# SPDX-License-Identifier: Apache-2.0
"""Every ledger there is, each at an address of its own, all on one clock."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.ledger import Ledger, open_ledger
from tests.clock import FakeClock

ADDRESSES: dict[str, Callable[[Path], str]] = {
    "memory": lambda _: "memory://",
    "sqlite": lambda folder: f"sqlite:///{folder}/ledger.db?synchronous=normal",
}


@pytest.fixture
def clock() -> FakeClock:
    """The time that the ledgers see."""
    return FakeClock()


@pytest.fixture(params=sorted(ADDRESSES))
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Ledger]:
    """One of each kind, under the fake clock; an unknown outcome blocks its key for 1000 s."""
    opened = open_ledger(ADDRESSES[request.param](tmp_path), clock=clock, keep_unknown=1000.0)
    yield opened
    opened.close()


@pytest.fixture(params=sorted(ADDRESSES))
def real_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """One of each kind, under the machine's clock."""
    clock: Clock = SYSTEM_CLOCK
    opened = open_ledger(ADDRESSES[request.param](tmp_path), clock=clock)
    yield opened
    opened.close()
