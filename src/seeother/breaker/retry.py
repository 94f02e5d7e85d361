# SPDX-License-Identifier: Apache-2.0
"""Whether to try again, and when: only what may be done twice, within a budget, and not in step with the others."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from .deadline import Deadline
from .forking import tell_when_forked
from .outcome import Outcome


class RetryBudget:
    """Tokens for retries: each call brings a share of one, each retry takes a whole one.

    However little is called, one retry per `floor_seconds` is free to go; it is on the account all the same, so that
    the load grows by no more than `ratio` where there is load. `most` bounds what quiet times save up.
    """

    __slots__ = ("__weakref__", "_floor_at", "_lock", "_tokens", "floor_seconds", "most", "ratio")

    def __init__(self, *, ratio: float = 0.1, floor_seconds: float = 1.0, most: float = 10.0) -> None:
        """Begin empty: 10 % of the calls may be tried again, and one a second where that is less."""
        self.ratio = ratio
        self.floor_seconds = floor_seconds
        self.most = most
        self._tokens = 0.0
        self._floor_at = float("-inf")
        self.forked()
        tell_when_forked(self)

    def forked(self) -> None:
        """Begin with a lock of its own."""
        self._lock = threading.Lock()

    def call(self) -> None:
        """Note a call, not a retry."""
        with self._lock:
            self._tokens = min(self._tokens + self.ratio, self.most)

    def take(self, now: float) -> bool:
        """Whether a retry may go at `now`, seconds on the monotonic clock; if so it is on the account."""
        with self._lock:
            if self._tokens < 1.0 - 1e-9:  # ten tenths are a little less than one
                if now < self._floor_at:
                    return False
                self._floor_at = now + self.floor_seconds
            self._tokens = max(self._tokens - 1.0, -self.most)
            return True


@dataclass(frozen=True, slots=True)
class Retry:
    """How a call is tried again. Delays are drawn evenly from nothing to the longest (full jitter, AWS 2015)."""

    tries: int = 3  # the first one included
    base_seconds: float = 0.05  # longest delay before the second try; doubles with each
    most_seconds: float = 2.0  # longest delay
    retry_after_most_seconds: float = 2.0  # who is asked to wait longer does not try again within this call
    budget: RetryBudget = field(default_factory=RetryBudget)
    uniform: Callable[[float, float], float] = random.uniform

    def delay(
        self,
        tried: int,
        outcome: Outcome,
        *,
        may_repeat: bool,
        now: float,
        retry_after: float | None = None,
        deadline: Deadline | None = None,
    ) -> float | None:
        """Seconds until the next try, after so many; None: leave it.

        `may_repeat` says that the method is safe or the call carries a key that makes it happen once. `retry_after` is
        what the answer asked for, in seconds: the least delay, and the jitter comes on top, so that not all come back
        at once. The budget is asked last, and only where all else allows.
        """
        if not may_repeat or tried >= self.tries or not (outcome.is_failure or outcome is Outcome.BACK_PRESSURE):
            return None
        if retry_after is not None and retry_after > self.retry_after_most_seconds:
            return None
        longest = min(self.most_seconds, self.base_seconds * 2.0 ** min(tried - 1, 64))
        seconds = (retry_after or 0.0) + self.uniform(0.0, longest)
        if deadline is not None and seconds >= deadline.left(now):
            return None
        return seconds if self.budget.take(now) else None
