# SPDX-License-Identifier: Apache-2.0
"""The breakers of a process, by the name of a service or by host; only so many are remembered."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping

from .breaker import Breaker
from .breaker_policy import BreakerPolicy
from .forking import tell_when_forked
from .news import Listeners
from .state import State

LIMIT = 10_000  # breakers: some 20 MB; names may come from addresses that strangers give
_LOOKED_AT = 16  # that many of the least used are looked at for one that nobody needs


class Registry:
    """Finds the breaker of a name, and makes it the first time.

    When there are too many, the one that was not asked for the longest goes; where it can be, one that is closed and
    has no call out, since an open one that is forgotten lets calls through again.
    """

    def __init__(
        self,
        policy: BreakerPolicy | None = None,
        policies: Mapping[str, BreakerPolicy] | None = None,
        *,
        limit: int = LIMIT,
    ) -> None:
        """Give each breaker the policy of its name, else the general one."""
        self.listeners = Listeners()
        self._policy = policy or BreakerPolicy()
        self._policies = dict(policies or {})
        self._limit = limit
        self._breakers: OrderedDict[str, Breaker] = OrderedDict()
        self.forked()
        tell_when_forked(self)

    def forked(self) -> None:
        """Begin with a lock of its own."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many breakers are remembered."""
        return len(self._breakers)

    def __iter__(self) -> Iterator[Breaker]:
        """All breakers, the least used first."""
        with self._lock:
            return iter(tuple(self._breakers.values()))

    def breaker(self, name: str, now: float) -> Breaker:
        """The breaker of a service or a host, as `inventory` or `http://10.0.0.7:8080`."""
        with self._lock:
            breaker = self._breakers.get(name)
            if breaker is None:
                policy = self._policies.get(name, self._policy)
                breaker = Breaker(name, policy, now=now, listeners=self.listeners)
                if len(self._breakers) >= self._limit:
                    self._forget()
                self._breakers[name] = breaker
            else:
                self._breakers.move_to_end(name)
            return breaker

    def _forget(self) -> None:
        oldest = next(iter(self._breakers))
        for name, _ in zip(self._breakers, range(_LOOKED_AT), strict=False):
            breaker = self._breakers[name]
            if breaker.state is State.CLOSED and not breaker.bulkhead.running:
                oldest = name
                break
        del self._breakers[oldest]
