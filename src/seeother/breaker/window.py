# SPDX-License-Identifier: Apache-2.0
"""The last calls, counted: those of the last seconds or the last so many. Nothing is allocated when one is added."""

from math import inf
from typing import Protocol

_BUCKETS = 10  # Hystrix


class Window(Protocol):
    """How many calls, failures and slow calls there were; whoever adds to it holds the breaker's lock.

    Before `until`, seconds on the monotonic clock, a good call may be added by adding 1 to `calls`, which saves a call.
    """

    calls: int
    failures: int
    slow: int
    until: float

    def add(self, now: float, *, failed: bool, slow: bool) -> None:
        """Count one call."""
        ...

    def turn(self, now: float) -> None:
        """Forget what is too old."""
        ...

    def clear(self, now: float) -> None:
        """Forget everything."""
        ...


class TimeWindow:
    """The calls of the last seconds, in ten buckets: the oldest is dropped as a whole."""

    __slots__ = ("_base", "_past", "_position", "_width", "calls", "failures", "slow", "until")

    def __init__(self, seconds: float, now: float) -> None:
        """Begin a window of so many seconds."""
        self._width = seconds / _BUCKETS
        self.clear(now)

    def clear(self, now: float) -> None:
        """Forget everything."""
        self.calls = self.failures = self.slow = 0
        self.until = now + self._width
        self._position = 0
        self._past = [(0, 0, 0)] * _BUCKETS  # what each bucket held when it was left
        self._base = (0, 0, 0)  # the sums when the present bucket was begun

    def add(self, now: float, *, failed: bool, slow: bool) -> None:
        """Count one call."""
        if now >= self.until:
            self.turn(now)
        self.calls += 1
        self.failures += failed
        self.slow += slow

    def turn(self, now: float) -> None:
        """Go on to the bucket of `now`, and forget each that it is reused for."""
        if now < self.until:
            return
        steps = int((now - self.until) / self._width) + 1
        if steps >= _BUCKETS:
            self.clear(now)
            return
        calls, failures, slow = self._base
        self._past[self._position] = (self.calls - calls, self.failures - failures, self.slow - slow)
        for _ in range(steps):
            self._position = (self._position + 1) % _BUCKETS
            calls, failures, slow = self._past[self._position]
            self._past[self._position] = (0, 0, 0)
            self.calls -= calls
            self.failures -= failures
            self.slow -= slow
        self._base = (self.calls, self.failures, self.slow)
        self.until += steps * self._width


class CountWindow:
    """The last so many calls, a byte each."""

    __slots__ = ("_position", "_ring", "calls", "failures", "slow", "until")
    _FAILED, _SLOW = 1, 2  # bits

    def __init__(self, size: int, now: float) -> None:
        """Begin a window of so many calls."""
        self._ring = bytearray(size)
        self.until = -inf  # each call has a place of its own: there is no short way
        self.clear(now)

    def clear(self, now: float) -> None:  # noqa: ARG002 - as the port has it
        """Forget everything."""
        self.calls = self.failures = self.slow = self._position = 0
        self._ring[:] = bytes(len(self._ring))

    def turn(self, now: float) -> None:
        """Nothing grows too old here."""

    def add(self, now: float, *, failed: bool, slow: bool) -> None:  # noqa: ARG002 - as the port has it
        """Count one call in place of the oldest."""
        ring, position = self._ring, self._position
        old = ring[position]  # 0 where there was none yet
        ring[position] = failed * self._FAILED + slow * self._SLOW
        self.failures += failed - (old & self._FAILED)
        self.slow += slow - (old >> 1)
        self._position = position + 1 if position + 1 < len(ring) else 0
        if self.calls < len(ring):
            self.calls += 1


def make_window(seconds: float, calls: int | None, now: float) -> Window:
    """A window of the last `calls` calls where given, else of the last seconds."""
    return TimeWindow(seconds, now) if calls is None else CountWindow(calls, now)
