# SPDX-License-Identifier: Apache-2.0
"""The numbers of a breaker. The defaults are the article's (chapter 3.3) and, where it is silent, those of Hystrix."""

from dataclasses import dataclass

from seeother.errors import CallerError

from .outcome import FAILING


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens, for how long, and what may be out meanwhile; raises CallerError for what cannot work."""

    timeout_seconds: float | None = 0.8  # of a call with its content; None: as long as it takes
    concurrent: int = 100  # calls at once; the bulkhead
    waiters: int = 0  # callers that may wait for a place; the driver bounds for how long
    window_seconds: float = 10.0  # Hystrix: ten buckets of a second
    window_calls: int | None = None  # look at so many last calls instead, however old
    minimum_calls: int = 20  # fewer in the window prove nothing
    failure_rate: float = 0.5  # share of calls at which it opens
    slow_seconds: float = 0.4  # half the timeout: what is slower is late although it succeeds
    slow_rate: float = 1.0  # share of calls at which it opens; Resilience4j's default
    open_seconds: float = 30.0  # until the first probe
    open_growth: float = 1.0  # factor for each opening in a row; 2 doubles
    open_most_seconds: float = 300.0  # however often it grew, and whatever Retry-After asked for
    probes: int = 1  # permits of half-open
    probe_seconds: float = 10.0  # a probe of which nothing is heard for so long gives its permit back
    back_pressure_most_seconds: float = 30.0  # longest that a 429's Retry-After holds calls back; 0: not at all
    failing: frozenset[int] = FAILING  # statuses that count as failures

    def __post_init__(self) -> None:
        """Refuse what would never open, never close or divide by nothing."""
        positive = {
            "timeout_seconds": 1.0 if self.timeout_seconds is None else self.timeout_seconds,
            "concurrent": self.concurrent,
            "window_seconds": self.window_seconds,
            "window_calls": 1 if self.window_calls is None else self.window_calls,
            "minimum_calls": self.minimum_calls,
            "slow_seconds": self.slow_seconds,
            "open_seconds": self.open_seconds,
            "probes": self.probes,
            "probe_seconds": self.probe_seconds,
        }
        for name, value in positive.items():
            if not value > 0:
                raise CallerError(f"{name} = {value!r}: must be greater than 0")
        for name, value in {"failure_rate": self.failure_rate, "slow_rate": self.slow_rate}.items():
            if not 0 < value <= 1:
                raise CallerError(f"{name} = {value!r}: a share of calls, greater than 0 and at most 1")
        if not self.open_growth >= 1:
            raise CallerError(f"open_growth = {self.open_growth!r}: must be at least 1")
        if not self.open_most_seconds >= self.open_seconds:
            raise CallerError(f"open_most_seconds = {self.open_most_seconds!r}: must be at least open_seconds")
        if self.window_calls is not None and self.window_calls < self.minimum_calls:
            raise CallerError(f"window_calls = {self.window_calls!r}: must hold minimum_calls, or it never opens")
