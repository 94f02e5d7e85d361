# SPDX-License-Identifier: Apache-2.0
"""Group commit: a thread inserts whatever has gathered, and answers only when the rows are in.

An insert costs the same whether it brings one span or ten thousand, so bodies wait a moment for company. The price of
company is shared fate, which lane.py looks after. Who submits bounds how much may wait; the writer takes all it gets.
A body that is in already, or on its way, is not inserted again: its sender is told what became of it.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from itertools import groupby
from logging import getLogger
from pathlib import Path
from threading import Condition, Lock, Thread

from seeother.errors import StoreError

from .arrivals import Body, Encoding, Signal
from .journal import Journal
from .lane import Entry, Lane, Left, Outcome, Stored
from .port import Engine
from .receipts import Receipts, digest_of

LINGER_SECONDS = 0.1  # half of what a person notices; ten commits a second cost a third of a core
BATCH_BYTES = 16 << 20  # about 30,000 spans, beyond which a larger insert is no cheaper by the span
COMPANY_BYTES = 4 << 20  # that are worth an insert already, if
_QUIET_SECONDS = 0.02  # nothing has come for so long: senders that wait for their answers do not send meanwhile

_log = getLogger(__name__)


class Writer:
    """The threads that write, one for each engine; `submit` may be called from any other."""

    def __init__(
        self,
        engines: Sequence[Engine],
        on_commit: Callable[[], None],
        *,
        folder: Path,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        """Write through `engines`, the writer's alone; files go into `folder`; `on_commit` is called after new rows."""
        self._on_commit = on_commit
        self._linger = linger_seconds
        # Numbers of bodies go on where the last process stopped: rejections outlive it.
        self._number = time.time_ns()
        self._waiting: deque[Entry] = deque()
        self._bytes = 0
        self._came = 0.0  # when the last body did
        self._inserting = 0  # threads
        self._underway: dict[bytes, Future[Outcome]] = {}
        self.receipts = Receipts(folder)
        self._turn = Lock()
        self._wake = Condition()
        self._closing = False
        left = Left(self._remember)
        self._lanes = [
            Lane(engine, Journal(folder / f"journal.{index}"), left, self._remember, self._find)
            for index, engine in enumerate(engines)
        ]
        self._threads = [
            Thread(target=self._work, args=(lane,), name=f"watch-writer-{index}", daemon=True)
            for index, lane in enumerate(self._lanes)
        ]

    def start(self) -> None:
        """Complete what a killed process has begun, then begin to work."""
        for lane in self._lanes:
            lane.take_up()
        for thread in self._threads:
            thread.start()

    def submit(self, signal: Signal, encoding: Encoding, content: bytes) -> Future[Outcome]:
        """Hand over a body; the future ends with its outcome, or with a StoreError: a later attempt may succeed."""
        digest = digest_of(signal, encoding, content)
        with self._wake:
            if self._closing:
                raise StoreError("the store is closing", retryable=True)
            # Of an empty body nothing is stored, so nothing can be stored twice.
            if content and (known := self._underway.get(digest)) is not None and not known.done():
                return known
            future: Future[Outcome] = Future()
            future.set_running_or_notify_cancel()  # whoever waits may go away, the body is written all the same
            rejected = self.receipts.find(digest) if content else None
            if rejected is not None:
                future.set_result(Stored(rejected, is_repeated=True))
                return future
            self._number += 1
            self._underway[digest] = future
            self._waiting.append(Entry(Body(self._number, signal, encoding, content), digest, future))
            self._bytes += len(content)
            self._came = time.monotonic()
            self._wake.notify()
        return future

    def close(self) -> None:
        """Write what is waiting, then end."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join()
        for lane in self._lanes:
            lane.journal.close()
        self.receipts.close()

    def _remember(self, bodies: Sequence[tuple[bytes, int]]) -> None:
        with self._wake:
            try:
                self.receipts.add(bodies)
            except OSError as error:  # the rows are in: a sender that is told otherwise would send them again
                _log.warning("what is in is known to this process only: %s", error)

    def _find(self, digest: bytes) -> int | None:
        with self._wake:
            return self.receipts.find(digest)

    def _work(self, lane: Lane) -> None:
        while batch := self._gather():
            stored = False
            for group in _groups(batch):
                try:
                    stored |= lane.write(group)
                except Exception as error:  # noqa: BLE001 - the thread must outlive it, or all senders hang
                    _log.exception("a batch could not be written")
                    for entry in group:
                        if not entry.future.done():
                            entry.future.set_exception(StoreError(f"not stored: {error}", retryable=True))
            with self._wake:
                self._inserting -= 1
                self._wake.notify_all()
                for entry in batch:
                    if self._underway.get(entry.digest) is entry.future:
                        del self._underway[entry.digest]
            if stored:
                self._announce()

    def _announce(self) -> None:
        try:
            self._on_commit()
        except Exception:  # noqa: BLE001 - whoever listens may be gone; the thread must outlive it
            _log.exception("nobody heard that rows are in")

    def _gather(self) -> list[Entry]:
        """The next batch; empty when there will be none."""
        # One thread at a time, or two would linger over the same few bodies.
        with self._turn, self._wake:
            while not self._waiting and not self._closing:
                self._wake.wait()
            deadline = time.monotonic() + self._linger
            while self._bytes < BATCH_BYTES and not self._closing:
                now = time.monotonic()
                end = deadline if self._bytes < COMPANY_BYTES else min(deadline, self._came + _QUIET_SECONDS)
                # While another inserts, only a full batch is worth a second insert beside it.
                if now >= end and not self._inserting:
                    break
                self._wake.wait(end - now if now < end else None)
            batch: list[Entry] = []
            size = 0
            while self._waiting and size < BATCH_BYTES:
                batch.append(self._waiting.popleft())
                size += len(batch[-1].body.content)
            self._bytes -= size
            self._inserting += bool(batch)
            return batch


def _groups(batch: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The batch by kind, for each kind has an insert of its own; within a kind in the order of arrival."""

    def kind(entry: Entry) -> tuple[Signal, Encoding]:
        return entry.body.signal, entry.body.encoding

    for _, group in groupby(sorted(batch, key=kind), kind):
        yield list(group)
