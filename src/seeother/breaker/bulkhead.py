# SPDX-License-Identifier: Apache-2.0
"""The wall between a slow service and everything else: at most so many calls to it at once."""

import threading
from collections import deque
from collections.abc import Callable

Wake = Callable[[], object]


class Bulkhead:
    """Counts who is inside; who finds it full may wait, first come first served, and is woken *with* a place.

    It waits for nothing itself: `wake` is called by the one who leaves, in his thread, and must only pass it on
    (`loop.call_soon_threadsafe`, `threading.Event.set`). How long to wait is for the driver to bound.
    """

    __slots__ = ("_lock", "_queue", "limit", "running", "waiters", "waiting")

    def __init__(self, limit: int, *, waiters: int = 0, lock: "threading.RLock | None" = None) -> None:
        """Let `limit` in and `waiters` wait; a breaker shares its `lock`, so that one decision takes one."""
        self.limit = limit
        self.waiters = waiters
        self.running = 0
        self.waiting = 0
        self._queue: deque[Wake] = deque()
        self._lock = threading.RLock() if lock is None else lock

    def enter(self) -> bool:
        """Take a place if there is one; who took it must `leave`."""
        with self._lock:
            if self.running >= self.limit:
                return False
            self.running += 1
            return True

    def leave(self) -> None:
        """Give the place back, or on to the one who has waited longest."""
        with self._lock:
            wake = self.hand_over()
        self.pass_on(wake)

    def pass_on(self, wake: Wake | None) -> None:
        """Wake who has got a place; if he is gone with his event loop, the next one, and nobody suffers for it."""
        while wake is not None:
            try:
                wake()
            except RuntimeError:  # "Event loop is closed"
                with self._lock:
                    wake = self.hand_over()
            else:
                return

    def hand_over(self) -> Wake | None:
        """As `leave`, for whoever holds the lock: what is returned is to be passed on once it is free."""
        if self._queue:
            self.waiting -= 1
            return self._queue.popleft()
        self.running -= 1
        return None

    def wait(self, wake: Wake) -> bool:
        """Stand in the queue; False when it is full. A place that has become free is given at once."""
        with self._lock:
            if self.running < self.limit:
                self.running += 1
            elif self.waiting < self.waiters:
                self.waiting += 1
                self._queue.append(wake)
                return True
            else:
                return False
        wake()
        return True

    def forget(self, wake: Wake) -> bool:
        """Leave the queue; False when `wake` has been called already: its owner has a place and must `leave` it."""
        with self._lock:
            try:
                self._queue.remove(wake)
            except ValueError:
                return False
            self.waiting -= 1
            return True

    def forked(self, lock: "threading.RLock") -> None:
        """Begin anew in the child of a fork: those inside and those who wait are in the parent."""
        self._lock = lock
        self.running = 0
        self.waiting = 0
        self._queue.clear()
