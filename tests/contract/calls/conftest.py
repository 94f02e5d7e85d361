# SPDX-License-Identifier: Apache-2.0
"""Every client library there is, each with a misbehaving service."""

from collections.abc import Iterator
from typing import Any

import pytest

from seeother.breaker import BreakerPolicy, Reading, Retry
from seeother.client import Caller
from seeother.clock import Clock
from tests.clock import FakeClock
from tests.contract.calls.peer import Peer
from tests.contract.calls.ways import WAYS, Opening, Way


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A service that does as its paths say."""
    peer = Peer()
    yield peer
    peer.close()


@pytest.fixture
def clock() -> FakeClock:
    """The time that breakers see; what is waited for takes real time."""
    return FakeClock()


@pytest.fixture(params=sorted(WAYS))
def opening(request: pytest.FixtureRequest) -> Opening:
    """What makes a client of one library."""
    return WAYS[request.param]


class Desk:
    """Opens clients of one library at one service, and looks at the breakers."""

    def __init__(self, opening: Opening, peer: Peer, clock: FakeClock) -> None:
        """Have nothing open."""
        self._opening = opening
        self._ways: list[Way] = []
        self.peer = peer
        self.clock = clock
        self.caller = Caller()

    def open(
        self,
        *,
        retry: Retry | None = None,
        keyed: bool = False,
        ours: bool = False,
        name: str | None = None,
        falls_back: bool = False,
        clock: Clock | None = None,
        **policy: Any,  # noqa: ANN401 - numbers of a BreakerPolicy
    ) -> Way:
        """A client; its breakers open at the fourth call, unless `policy` says otherwise."""
        numbers: dict[str, Any] = {"minimum_calls": 4, "timeout_seconds": 10.0, "slow_seconds": 5.0, **policy}
        self.caller = Caller(
            BreakerPolicy(**numbers),
            retry=retry,
            keyed=keyed,
            ours=[self.peer.origin] if ours else [],
            clock=clock or self.clock,
        )
        way = self._opening(self.caller, name=name, falls_back=falls_back)
        self._ways.append(way)
        return way

    def reading(self, name: str | None = None) -> Reading:
        """How the breaker of the service stands."""
        now = self.caller.clock.monotonic()
        return self.caller.breakers.breaker(name or self.peer.name, now).read(now)

    def close(self) -> None:
        """Close all that is open."""
        for way in self._ways:
            way.close()


@pytest.fixture
def desk(opening: Opening, peer: Peer, clock: FakeClock) -> Iterator[Desk]:
    """Where clients are opened."""
    desk = Desk(opening, peer, clock)
    yield desk
    desk.close()
