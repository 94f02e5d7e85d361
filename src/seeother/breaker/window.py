# SPDX-License-Identifier: Apache-2.0
"""The last calls, counted: those of the last seconds or the last so many. Adding one allocates no container.

Good calls have a short way, since they are nearly all calls: as long as `seen + 1` is less than `look_at` and the time
is before `until`, adding 1 to `seen` is all there is to do. A good call makes no rate worse, so there is no need to
judge, but where it completes the minimum or where older calls are dropped; `look_at` and `until` say when that is.
"""

from math import inf
from typing import Protocol

_BUCKETS = 10  # Hystrix


class Window(Protocol):
    """How many calls there were, and how many failed or were slow; whoever adds to it holds the breaker's lock."""

    seen: int
    look_at: float
    until: float  # seconds on the monotonic clock
    failures: int
    slow: int

    @property
    def calls(self) -> int:
        """How many calls are in the window."""
        ...

    def add(self, now: float, *, failed: bool, slow: bool) -> None:
        """Count one call, and drop what is too old."""
        ...

    def turn(self, now: float) -> None:
        """Drop what is too old."""
        ...

    def clear(self, now: float) -> None:
        """Forget everything."""
        ...


class TimeWindow:
    """The calls of the last seconds, in ten buckets: the oldest is dropped as a whole."""

    __slots__ = ("_base", "_minimum", "_past", "_position", "_width", "failures", "look_at", "seen", "slow", "until")

    def __init__(self, seconds: float, minimum: int, now: float) -> None:
        """Begin a window of so many seconds; fewer calls than the minimum are not judged."""
        self._width = seconds / _BUCKETS
        self._minimum = minimum
        self.clear(now)

    @property
    def calls(self) -> int:
        """How many calls are in the window."""
        return self.seen

    def clear(self, now: float) -> None:
        """Forget everything."""
        self.seen = self.failures = self.slow = 0
        self.until = now + self._width
        self.look_at: float = self._minimum
        self._position = 0
        self._past = [(0, 0, 0)] * _BUCKETS  # what each bucket held when it was left
        self._base = (0, 0, 0)  # the sums when the present bucket was begun

    def add(self, now: float, *, failed: bool, slow: bool) -> None:
        """Count one call, and drop what is too old."""
        self.turn(now)
        self.seen += 1
        self.failures += failed
        self.slow += slow
        self.look_at = self._minimum if self.seen < self._minimum else inf

    def turn(self, now: float) -> None:
        """Go on to the bucket of `now`, and drop what the buckets up to it held the last time."""
        if now < self.until:
            return
        steps = int((now - self.until) / self._width) + 1
        if steps >= _BUCKETS:
            self.clear(now)
            return
        seen, failures, slow = self._base
        self._past[self._position] = (self.seen - seen, self.failures - failures, self.slow - slow)
        for _ in range(steps):
            self._position = (self._position + 1) % _BUCKETS
            seen, failures, slow = self._past[self._position]
            self._past[self._position] = (0, 0, 0)
            self.seen -= seen
            self.failures -= failures
            self.slow -= slow
        self._base = (self.seen, self.failures, self.slow)
        self.until += steps * self._width
        self.look_at = self._minimum if self.seen < self._minimum else inf


class CountWindow:
    """The last so many calls. Only bad ones are written down, each with its number, so that good ones cost nothing."""

    __slots__ = ("_bad", "_first", "_held", "_minimum", "_size", "failures", "look_at", "seen", "slow", "until")
    _FAILED, _SLOW = 1, 2  # the two lowest bits of what is written down; above them stands the number

    def __init__(self, size: int, minimum: int, now: float) -> None:
        """Begin a window of so many calls; fewer calls than the minimum are not judged."""
        self._size = size
        self._minimum = minimum
        self._bad = [0] * size  # a ring
        self.until = inf
        self.clear(now)

    @property
    def calls(self) -> int:
        """How many calls are in the window."""
        return min(self.seen, self._size)

    def clear(self, now: float) -> None:  # noqa: ARG002 - as the port has it
        """Forget everything."""
        self.seen = self.failures = self.slow = 0
        self.look_at: float = self._minimum
        self._first = self._held = 0  # where the ring begins, and how many are in it

    def turn(self, now: float) -> None:
        """Nothing grows too old by time."""

    def add(self, now: float, *, failed: bool, slow: bool) -> None:  # noqa: ARG002 - as the port has it
        """Count one call, and drop what it pushes out."""
        self.seen += 1
        while self._held and self._bad[self._first] >> 2 <= self.seen - self._size:
            self.failures -= self._bad[self._first] & self._FAILED
            self.slow -= (self._bad[self._first] & self._SLOW) >> 1
            self._first = (self._first + 1) % self._size
            self._held -= 1
        if failed or slow:
            flags = failed * self._FAILED | slow * self._SLOW
            self._bad[(self._first + self._held) % self._size] = self.seen << 2 | flags
            self._held += 1
            self.failures += failed
            self.slow += slow
        leaves = (self._bad[self._first] >> 2) + self._size if self._held else inf
        self.look_at = min(self._minimum if self.seen < self._minimum else inf, leaves)


def make_window(seconds: float, calls: int | None, minimum: int, now: float) -> Window:
    """A window of the last `calls` calls where given, else of the last seconds."""
    return TimeWindow(seconds, minimum, now) if calls is None else CountWindow(calls, minimum, now)
