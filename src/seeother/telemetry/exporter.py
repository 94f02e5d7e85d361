# SPDX-License-Identifier: Apache-2.0
"""Sends what the recorder keeps, from a thread of its own, and keeps whatever goes wrong there to itself.

The thread starts with the first row, so each worker of a forking server has its own, and ends with `close`. While
there is nothing to send it sleeps without a timer; the row that ends the silence wakes it.
"""

import atexit
import gzip
import os
import random
import threading
import uuid
import weakref

from seeother.clock import SYSTEM_CLOCK, Clock

from .collector import Collector
from .metrics import Called, Found, encode_findings
from .otlp import Encoder
from .recorder import Recorder
from .row import AnyRow

_GATHER = 0.25  # seconds a row may wait for company: half of the 0.5 s after which it is to be on its way
_BATCH = 1024  # rows in one body: some 0.3 MB before compression, and a few ms of encoding that others wait for
_TIMEOUT = 5.0  # seconds for a collector to take or answer
_PATIENCE = 60.0  # seconds that one batch is tried again, while the queue behind it fills
_FIRST_DELAY = 0.25  # seconds; doubled with each attempt
_LONGEST_DELAY = 8.0  # seconds
_LEVEL = 1  # of gzip: rows are alike, a higher level costs more than it saves

_EXPORTERS: "weakref.WeakSet[Exporter]" = weakref.WeakSet()


class Exporter:
    """Batches of rows on their way to a collector; `sent` and `failed` count rows, the recorder counts the dropped."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        endpoint: str,
        service: str,
        token: str | None = None,
        timeout: float = _TIMEOUT,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Send the rows of `service` to `endpoint`, showing `token`; raises SettingsError for what is no address."""
        self._clock = clock
        self._collector = Collector(endpoint, token=token, timeout=timeout, clock=clock)
        self._encoder = Encoder(service)
        self._service = service
        self._recorder = recorder
        self._begin()
        _EXPORTERS.add(self)

    def _begin(self) -> None:
        """The state of an exporter without a thread: at first, and in the child of a fork, where locks may be held."""
        self.sent = 0
        self.failed = 0
        self._reported = 0  # of the dropped rows, those that the collector knows of
        self._instance = uuid.uuid4().hex
        self._told: dict[Found | Called, int] = {}  # the counts that the collector knows of
        self._counts_wanted = True
        self._away = False  # as far as the last post can tell
        self._busy = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._ready = threading.Event()
        self._hurry = threading.Event()
        self._closing = threading.Event()
        self._recorder.wake = self._wake
        self._recorder.asleep = True

    def flush(self, timeout: float = 2.0) -> bool:
        """Send what waits; False when it was not all dealt with within `timeout` seconds. Blocks."""
        if len(self._recorder):
            self._hurry.set()
            self._wake()
        with self._idle:
            return self._idle.wait_for(self._is_idle, timeout)

    def close(self, timeout: float = 2.0) -> bool:
        """Send what waits, give up what cannot be sent now, end the thread; False when that took too long. Blocks.

        A row recorded later starts another thread.
        """
        if len(self._recorder):
            self._wake()
        with self._lock:
            thread = self._thread
            if thread is None:
                return not len(self._recorder)
            self._closing.set()
            self._hurry.set()
            self._ready.set()
        thread.join(timeout)
        return not thread.is_alive()

    def forked(self) -> None:
        """Start over in the child of a fork, with an empty queue and a connection of its own."""
        self._collector.close()
        self._recorder.clear()
        self._begin()

    def _is_idle(self) -> bool:
        return not self._busy and not len(self._recorder)

    def _wake(self) -> None:
        """Called by the row that found nobody watching."""
        with self._lock:
            self._recorder.asleep = False
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="seeother-exporter", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # no more threads to be had, or the interpreter is on its way out
                    self._recorder.asleep = True
                    return
                self._thread = thread
            self._ready.set()

    def _run(self) -> None:
        while True:
            self._gather()
            self._busy = True
            while rows := self._recorder.drain(_BATCH):
                try:
                    self._send(rows)
                except Exception:  # noqa: BLE001 - nothing that goes wrong here may end the thread
                    self.failed += len(rows)
            self._send_counts()
            with self._idle:
                self._busy = False
                self._hurry.clear()
                self._idle.notify_all()
                if self._closing.is_set() and self._is_ended():
                    return

    def _is_ended(self) -> bool:
        """Whether the thread may go; it says so first and looks again, so that no row falls between."""
        self._recorder.asleep = True
        if len(self._recorder):
            self._recorder.asleep = False
            return False
        self._collector.close()
        self._closing.clear()
        self._thread = None
        return True

    def _gather(self) -> None:
        """Wait for a row, then a moment for others."""
        if not len(self._recorder):
            self._recorder.asleep = True
            if not len(self._recorder) and not self._closing.is_set():
                self._ready.wait()
            self._recorder.asleep = False
        self._ready.clear()
        self._hurry.wait(_GATHER)

    def _send(self, rows: list[AnyRow]) -> None:
        dropped = self._recorder.dropped - self._reported
        batch = self._encoder.encode(rows, dropped=dropped, now_ns=self._clock.time_ns())
        if batch.traces:
            self._deliver("/v1/traces", batch.traces, batch.spans)
        if batch.logs and self._deliver("/v1/logs", batch.logs, len(rows) - batch.spans):
            self._reported += dropped

    def _send_counts(self) -> None:
        """Send the counts that have changed, once: they add up, so the next ones make good for these."""
        counts = self._recorder.counts()
        if self._away or not self._counts_wanted or counts == self._told:
            return
        try:
            body = encode_findings(
                counts,
                service=self._service,
                instance=self._instance,
                started_ns=self._recorder.started_ns,
                now_ns=self._clock.time_ns(),
            )
            delivery = self._collector.post("/v1/metrics", gzip.compress(body, _LEVEL, mtime=0))
        except Exception:  # noqa: BLE001 - nothing that goes wrong here may end the thread
            return
        self._counts_wanted = not delivery.unknown
        if delivery.accepted:
            self._told = counts

    def _deliver(self, path: str, body: bytes, count: int) -> bool:
        """Post one body until it is taken or refused or patience ends; always the same bytes, so that a copy shows."""
        packed = gzip.compress(body, _LEVEL, mtime=0)
        until = self._clock.monotonic() + _PATIENCE
        delay = _FIRST_DELAY
        while True:
            closing = self._closing.is_set()
            delivery = self._collector.post(path, packed)
            self._away = delivery.again
            if delivery.accepted:
                self.failed += min(delivery.rejected, count)
                self.sent += count - min(delivery.rejected, count)
                return True
            pause = delay * random.random()  # noqa: S311 - spreads attempts, guards nothing
            pause = max(pause, delivery.retry_after or 0.0)
            if closing or not delivery.again or self._clock.monotonic() + pause > until:
                self.failed += count
                return False
            self._closing.wait(pause)
            delay = min(2 * delay, _LONGEST_DELAY)


def _after_fork() -> None:
    """In the child: no thread came along, and what waits is the parent's to send."""
    for exporter in _EXPORTERS:
        exporter.forked()


def _at_exit() -> None:
    for exporter in list(_EXPORTERS):
        exporter.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
