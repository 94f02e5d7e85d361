# SPDX-License-Identifier: Apache-2.0
"""Where the hot path leaves its rows: a bounded queue, and nothing else."""

from collections import deque
from collections.abc import Callable

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.journey import Finding

from .context import ExchangeContext
from .row import FindingRow, Row

LIMIT = 65_536  # rows; some 30 MB, and a good second of what two cores can serve


class Recorder:
    """Takes rows from any thread and keeps them for the exporter; a full queue drops and counts.

    `asleep` is True while nobody watches the queue: the row that finds it so calls `wake`.
    """

    __slots__ = ("_clock", "_limit", "_queue", "asleep", "dropped", "wake")

    def __init__(self, *, limit: int = LIMIT, clock: Clock = SYSTEM_CLOCK) -> None:
        """Keep at most `limit` rows."""
        self._clock = clock
        self._limit = limit
        self._queue: deque[Row | FindingRow] = deque()
        self.asleep = False
        self.dropped = 0
        self.wake: Callable[[], None] | None = None

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
        """Keep a finding, with the exchange it is about and its route template."""
        queue = self._queue
        if len(queue) >= self._limit:
            self.dropped += 1
            return
        queue.append(FindingRow(self._clock.time_ns(), finding, context, route))
        if self.asleep:
            self._rouse()

    def drain(self, most: int) -> list[Row | FindingRow]:
        """Take out the oldest rows, at most `most` of them."""
        popleft = self._queue.popleft
        rows: list[Row | FindingRow] = []
        for _ in range(min(most, len(self._queue))):
            rows.append(popleft())  # noqa: PERF401 - a row popped must not be lost if a later pop fails
        return rows

    def clear(self) -> None:
        """Forget what waits: after a fork the parent's rows are the parent's to send."""
        self._queue.clear()
        self.dropped = 0

    def _rouse(self) -> None:
        if self.wake is not None:
            self.wake()
