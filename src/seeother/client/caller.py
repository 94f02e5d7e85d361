# SPDX-License-Identifier: Apache-2.0
"""What all calls that are made the same way share: their breakers, their retries, and who is one of ours."""

from collections.abc import Iterable, Mapping

from seeother.breaker import Breaker, BreakerPolicy, Registry, Retry
from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.message import Origin

from .alarm import Alarms
from .news import record
from .propagation import read_origins

_NEAR = 256  # breakers


class Caller:
    """Makes calls to others; several transports may share one, and with it the verdict on each host.

    `retry` None: no call is tried again. `keyed` gives each unsafe call a key (Idempotency-Key) where it brings none,
    so that it may be tried again: only for services that keep keys. `ours` are the origins (`scheme://host[:port]`)
    of services that are told the journey and how much time is left; raises CallerError for what is no origin.
    """

    __slots__ = ("alarms", "breakers", "clock", "is_keyed", "near", "ours", "retry")

    def __init__(
        self,
        policy: BreakerPolicy | None = None,
        policies: Mapping[str, BreakerPolicy] | None = None,
        *,
        retry: Retry | None = None,
        keyed: bool = False,
        ours: Iterable[str] = (),
        breakers: Registry | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Give each name (`stock`, `127.0.0.1:8306`) its policy of `policies`, else the general one."""
        if breakers is None:
            breakers = Registry(policy, policies)
            breakers.listeners.listen(record)
        self.breakers = breakers
        self.retry = retry
        self.is_keyed = keyed
        self.ours: frozenset[Origin] = read_origins(ours)
        self.clock = clock
        self.alarms = Alarms()
        self.near: dict[str, Breaker] = {}

    def breaker(self, name: str, now: float) -> Breaker:
        """The breaker of a service or a host; those last asked for are near, and need no lock."""
        breaker = self.near.get(name)
        if breaker is None:
            if len(self.near) >= _NEAR:
                self.near.clear()
            breaker = self.near[name] = self.breakers.breaker(name, now)
        return breaker
