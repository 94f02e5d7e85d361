# SPDX-License-Identifier: Apache-2.0
"""How often somebody may come: a token bucket for each, kept only while it is not full.

A bucket that has filled up again says no more than none at all, so those who stopped coming cost no memory.
"""

import math

from seeother.clock import SYSTEM_CLOCK, Clock

_LIMIT = 50_000  # people in one sweep's time; the longest silent ones go first when there are more


class Allowance:
    """So many visits a second each, and `burst` at once."""

    def __init__(self, per_second: float, burst: int, clock: Clock = SYSTEM_CLOCK, *, limit: int = _LIMIT) -> None:
        """Begin with a full bucket for everybody."""
        self._rate = per_second
        self._burst = burst
        self._clock = clock
        self._limit = limit
        self._full_at: dict[str, float] = {}  # when a bucket is full again, in the order of the last visits

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._full_at)

    def wait(self, who: str) -> int:
        """0: come in, and that counts; else the seconds until the next visit is allowed, at least one."""
        now = self._clock.monotonic()
        full_at = max(self._full_at.pop(who, now), now)
        after = full_at + 1 / self._rate
        over = after - now - self._burst / self._rate
        # The least fraction of a token is the clock's rounding, not a visit too many.
        is_allowed = over <= 1e-9  # noqa: PLR2004 - a nanosecond
        self._full_at[who] = after if is_allowed else full_at
        self._sweep(now)
        return 0 if is_allowed else max(1, math.ceil(over))

    def _sweep(self, now: float) -> None:
        """Forget a few who may as well be new, from those who came longest ago."""
        for who in [each for each, _ in zip(self._full_at, range(2), strict=False)]:
            if self._full_at[who] <= now or len(self._full_at) > self._limit:
                del self._full_at[who]
