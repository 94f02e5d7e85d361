# SPDX-License-Identifier: Apache-2.0
"""Where the hot path leaves its rows: a bounded queue, and a count of the findings that may have no room in it."""

import threading
from collections import Counter, deque
from collections.abc import Callable

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.journey import Finding

from .context import ExchangeContext
from .metrics import Called, Found
from .row import AnyRow, BreakerRow, FindingRow, Row

_COUNTED = 4096  # things that are counted; names of hosts may come from strangers
LIMIT = 65_536  # rows; some 30 MB, and a good second of what two cores can serve


class Recorder:
    """Takes rows from any thread and keeps them for the exporter; a full queue drops and counts.

    `asleep` is True while nobody watches the queue: the row that finds it so calls `wake`.
    """

    __slots__ = (
        "_clock", "_counting", "_found", "_limit", "_queue", "asleep", "dropped", "started_ns", "wake"
    )  # fmt: skip

    def __init__(self, *, limit: int = LIMIT, clock: Clock = SYSTEM_CLOCK) -> None:
        """Keep at most `limit` rows."""
        self._clock = clock
        self._limit = limit
        self._queue: deque[AnyRow] = deque()
        self.asleep = False
        self.dropped = 0
        self.wake: Callable[[], None] | None = None
        self._start_counting()

    def __len__(self) -> int:
        """How many rows wait."""
        return len(self._queue)

    def record(self, row: Row) -> None:
        """Keep the row of one exchange."""
        queue = self._queue
        row.context.recorded = True
        if len(queue) >= self._limit:
            self.dropped += 1
            return
        queue.append(row)
        if self.asleep:
            self._rouse()

    def finding(self, finding: Finding, context: ExchangeContext | None = None, route: str | None = None) -> None:
        """Keep a finding and count it, with its route template and the exchange it is about, if it is about one."""
        found = Found(finding.rule, finding.severity, finding.repaired)
        with self._counting:  # adding to a number takes several steps, between which another thread may run
            self._found[found] += 1
        queue = self._queue
        if len(queue) >= self._limit:
            self.dropped += 1
            return
        queue.append(FindingRow(self._clock.time_ns(), finding, context, route))
        if self.asleep:
            self._rouse()

    def called(self, called: Called) -> None:
        """Count what happened to a call."""
        with self._counting:
            if called in self._found or len(self._found) < _COUNTED:
                self._found[called] += 1
        if self.asleep:
            self._rouse()

    def changed(self, name: str, before: str, state: str, open_ms: int, context: ExchangeContext | None) -> None:
        """Keep a breaker's change of state."""
        queue = self._queue
        if len(queue) >= self._limit:
            self.dropped += 1
            return
        queue.append(BreakerRow(self._clock.time_ns(), name, before, state, open_ms, context))
        if self.asleep:
            self._rouse()

    def counts(self) -> dict[Found | Called, int]:
        """How many findings and calls there were since `started_ns`, dropped ones among them."""
        with self._counting:
            return dict(self._found)

    def drain(self, most: int) -> list[AnyRow]:
        """Take out the oldest rows, at most `most` of them."""
        popleft = self._queue.popleft
        rows: list[AnyRow] = []
        for _ in range(min(most, len(self._queue))):
            rows.append(popleft())  # noqa: PERF401 - a row popped must not be lost if a later pop fails
        return rows

    def clear(self) -> None:
        """Forget what waits: after a fork the parent's rows are the parent's to send."""
        self._queue.clear()
        self.dropped = 0
        self._start_counting()  # another thread may have held the lock when the process forked

    def _start_counting(self) -> None:
        self.started_ns = self._clock.time_ns()
        self._counting = threading.Lock()
        self._found: Counter[Found | Called] = Counter()

    def _rouse(self) -> None:
        if self.wake is not None:
            self.wake()
