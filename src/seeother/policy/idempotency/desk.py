# SPDX-License-Identifier: Apache-2.0
"""What the actions of one guard share: how many duplicates wait for an answer, and what was said once already."""

import threading
from collections import Counter

from ..claim import LedgerKey

PER_KEY = 64  # more clicks on one button than any person makes
MOST = 256  # each asks the ledger twice a second
_MOST_TOLD = 4096


class Desk:
    """Seats for duplicates that wait; a thread or a task each, so that they are counted.

    A duplicate without a seat is not held: it gets 409 and when to come again.
    """

    __slots__ = ("_lock", "_told", "_waiting", "most", "per_key")

    def __init__(self, *, per_key: int = PER_KEY, most: int = MOST) -> None:
        """Hold at most so many duplicates of one action, and so many of all together."""
        self.per_key = per_key
        self.most = most
        self._waiting: Counter[LedgerKey] = Counter()
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def take(self, key: LedgerKey) -> bool:
        """Take a seat to wait for the answer of `key`; False when there is none."""
        with self._lock:
            if self._waiting[key] >= self.per_key or self._waiting.total() >= self.most:
                if not self._waiting[key]:
                    del self._waiting[key]
                return False
            self._waiting[key] += 1
            return True

    def leave(self, key: LedgerKey) -> None:
        """Give the seat back."""
        with self._lock:
            self._waiting[key] -= 1
            if self._waiting[key] <= 0:
                del self._waiting[key]

    def is_news(self, what: str) -> bool:
        """Whether this was not said before; what is said with each request nobody reads."""
        with self._lock:
            if what in self._told or len(self._told) >= _MOST_TOLD:
                return False
            self._told.add(what)
            return True
