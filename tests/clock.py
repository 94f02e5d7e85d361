# SPDX-License-Identifier: Apache-2.0
"""A clock that a test sets."""


class FakeClock:
    """Stands still until it is advanced; wall time and monotonic time run apart by a constant."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        """Begin at `now`, seconds since the Unix epoch."""
        self.now = now
        self._started = now
        self._set = 0.0  # by how much the wall clock has been set

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def jump(self, seconds: float) -> None:
        """Have somebody set the wall clock; monotonic time goes on as if nothing were."""
        self._set += seconds

    def time(self) -> float:
        """Seconds since the Unix epoch."""
        return self.now + self._set

    def time_ns(self) -> int:
        """Nanoseconds since the Unix epoch."""
        return int(self.time() * 1_000_000_000)

    def monotonic(self) -> float:
        """Seconds since some time before the clock was made."""
        return 1000.0 + self.now - self._started
