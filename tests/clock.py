# SPDX-License-Identifier: Apache-2.0
"""A clock that a test sets."""


class FakeClock:
    """Stands still until it is advanced; wall time and monotonic time run apart by a constant."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        """Begin at `now`, seconds since the Unix epoch."""
        self.now = now
        self._started = now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def time(self) -> float:
        """Seconds since the Unix epoch."""
        return self.now

    def time_ns(self) -> int:
        """Nanoseconds since the Unix epoch."""
        return int(self.now * 1_000_000_000)

    def monotonic(self) -> float:
        """Seconds since some time before the clock was made."""
        return 1000.0 + self.now - self._started
