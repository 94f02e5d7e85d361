# SPDX-License-Identifier: Apache-2.0
"""Group commit: one thread inserts whatever has gathered, and answers only when the rows are in.

An insert costs the same whether it brings one span or ten thousand, so bodies wait a moment for company. The price of
company is shared fate: one bad body fails the whole insert. Then suspects are tried again alone and the others
together; whether a body is bad is always the engine's word. Who submits bounds how much may wait; the writer takes
all it gets.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby
from logging import getLogger
from threading import Condition, Thread

from seeother.errors import StoreError

from .arrivals import Body, Encoding, Signal, insert
from .judge import fault_of
from .port import Engine, EngineError

LINGER_SECONDS = 0.1  # half of what a person notices; ten commits a second cost a third of a core
BATCH_BYTES = 16 << 20  # about 30,000 spans, beyond which a larger insert is no cheaper by the span

_REJECTIONS = """
SELECT toString(body) AS number, max(empty) AS empty, toInt64(sum(records)) AS records
FROM rejections WHERE body BETWEEN {first:UInt64} AND {last:UInt64} GROUP BY body"""

_log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """The body is in; `rejected` of its records were refused because they cannot be placed in a trace or in time."""

    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Malformed:
    """The body is no OTLP; nothing of it is in, and sending it again is useless."""

    reason: str


Outcome = Stored | Malformed
_Entry = tuple[Body, Future[Outcome]]


class Writer:
    """The one thread that writes; `submit` may be called from any other."""

    def __init__(
        self, engine: Engine, on_commit: Callable[[], None], *, linger_seconds: float = LINGER_SECONDS
    ) -> None:
        """Write through `engine`, which is the writer's alone; `on_commit` is called in its thread after new rows."""
        self._engine = engine
        self._on_commit = on_commit
        self._linger = linger_seconds
        # Numbers of bodies go on where the last process stopped: rejections outlive it.
        self._number = time.time_ns()
        self._waiting: list[_Entry] = []
        self._bytes = 0
        self._wake = Condition()
        self._closing = False
        self._thread = Thread(target=self._work, name="watch-writer", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def submit(self, signal: Signal, encoding: Encoding, content: bytes) -> Future[Outcome]:
        """Hand over a body; the future ends with its outcome, or with a StoreError: a later attempt may succeed."""
        future: Future[Outcome] = Future()
        future.set_running_or_notify_cancel()  # whoever waits may go away, the body is written all the same
        with self._wake:
            if self._closing:
                raise StoreError("the store is closing", retryable=True)
            self._number += 1
            self._waiting.append((Body(self._number, signal, encoding, content), future))
            self._bytes += len(content)
            self._wake.notify()
        return future

    def close(self) -> None:
        """Write what is waiting, then end."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _work(self) -> None:
        while batch := self._gather():
            stored = False
            for group in _groups(batch):
                try:
                    stored |= self._write(group)
                except Exception as error:  # noqa: BLE001 - the thread must outlive it, or all senders hang
                    _log.exception("a batch could not be written")
                    for _, future in group:
                        if not future.done():
                            future.set_exception(StoreError(f"not stored: {error}", retryable=True))
            if stored:
                self._announce()

    def _announce(self) -> None:
        try:
            self._on_commit()
        except Exception:  # noqa: BLE001 - whoever listens may be gone; the thread must outlive it
            _log.exception("nobody heard that rows are in")

    def _gather(self) -> list[_Entry]:
        """The next batch; empty when there will be none."""
        with self._wake:
            while not self._waiting and not self._closing:
                self._wake.wait()
            deadline = time.monotonic() + self._linger
            while self._bytes < BATCH_BYTES and not self._closing and (left := deadline - time.monotonic()) > 0:
                self._wake.wait(left)
            batch, self._waiting, self._bytes = self._waiting, [], 0
            return batch

    def _write(self, group: Sequence[_Entry]) -> bool:
        """Insert bodies of one kind and settle their futures; tells whether any got in."""
        bodies = [body for body, _ in group]
        try:
            insert(self._engine, bodies)
        except EngineError as error:
            if len(group) > 1:
                return True in [self._write(part) for part in _parts(group)]
            body, future = group[0]
            fault = fault_of(body, error.code)
            if fault is None:
                _log.error("a well-formed body could not be stored: %s", error)
                future.set_exception(error)
            else:
                future.set_result(Malformed(fault))
            return False
        return self._settle(group)

    def _settle(self, group: Sequence[_Entry]) -> bool:
        """Tell each sender what became of its body."""
        unread = False
        try:
            rejections = self._rejections(group[0][0].number, group[-1][0].number)
        except EngineError:
            # The rows are in: a sender that is told otherwise would send them again, and double them.
            _log.exception("what was refused of a stored batch cannot be read")
            rejections, unread = {}, True
        stored = unread
        for body, future in group:
            is_empty, rejected = rejections.get(body.number, (unread, 0))
            # An empty protobuf body is an empty request; of JSON the engine has read nothing, for whatever reason.
            fault = fault_of(body) if is_empty and body.encoding is Encoding.JSON else None
            stored |= not is_empty
            future.set_result(Stored(rejected) if fault is None else Malformed(fault))
        return stored

    def _rejections(self, first: int, last: int) -> dict[int, tuple[bool, int]]:
        """What was refused of the bodies numbered `first` to `last`, by number."""
        rows = self._engine.rows(_REJECTIONS, first=first, last=last)
        return {int(str(row["number"])): (bool(row["empty"]), int(str(row["records"]))) for row in rows}


def _parts(group: Sequence[_Entry]) -> list[Sequence[_Entry]]:
    """A group that failed together, to be tried again apart: each suspect alone, the others together, or by halves."""
    suspects: list[_Entry] = []
    others: list[_Entry] = []
    for entry in group:
        (others if fault_of(entry[0]) is None else suspects).append(entry)
    if suspects and others:
        return [others, *[[suspect] for suspect in suspects]]
    half = len(group) // 2
    return [group[:half], group[half:]]


def _groups(batch: Sequence[_Entry]) -> Iterator[list[_Entry]]:
    """The batch by kind, for each kind has an insert of its own; within a kind in the order of arrival."""

    def kind(entry: _Entry) -> tuple[Signal, Encoding]:
        return entry[0].signal, entry[0].encoding

    for _, group in groupby(sorted(batch, key=kind), kind):
        yield list(group)
