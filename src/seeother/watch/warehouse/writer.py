# SPDX-License-Identifier: Apache-2.0
"""Group commit: a thread inserts whatever has gathered, and answers only when the rows are in.

An insert costs the same whether it brings one span or ten thousand, so bodies wait a moment for company. The price of
company is shared fate: one bad body fails the whole insert. Then suspects are tried again alone and the others
together; whether a body is bad is always the engine's word. Who submits bounds how much may wait; the writer takes
all it gets. A body that is in already, or on its way, is not inserted again: its sender is told what became of it.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby
from logging import getLogger
from pathlib import Path
from threading import Condition, Lock, Thread

from seeother.errors import StoreError

from .arrivals import Body, Encoding, Signal, insert
from .journal import Journal
from .judge import FORMAT_FAULTS, fault_of
from .port import Engine, EngineError
from .receipts import Receipts, digest_of

LINGER_SECONDS = 0.1  # half of what a person notices; ten commits a second cost a third of a core
BATCH_BYTES = 16 << 20  # about 30,000 spans, beyond which a larger insert is no cheaper by the span
COMPANY_BYTES = 4 << 20  # that are worth an insert already, if
_QUIET_SECONDS = 0.02  # nothing has come for so long: senders that wait for their answers do not send meanwhile
_PAUSES = (0.1, 0.5)  # seconds before a batch that is nobody's fault is tried again

_REJECTIONS = """
SELECT toString(body) AS number, empty, toInt64(records) AS records
FROM rejections WHERE body BETWEEN {first:UInt64} AND {last:UInt64}"""

_log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """The body is in; `rejected` of its records were refused because they cannot be placed in a trace or in time."""

    rejected: int = 0
    is_repeated: bool = False  # it was in before


@dataclass(frozen=True, slots=True)
class Malformed:
    """The body is no OTLP; nothing of it is in, and sending it again is useless."""

    reason: str


Outcome = Stored | Malformed


@dataclass(frozen=True, slots=True)
class _Entry:
    """A body, what it is known by, and who wants to hear of it."""

    body: Body
    digest: bytes
    future: Future[Outcome]


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
        self._waiting: deque[_Entry] = deque()
        self._bytes = 0
        self._came = 0.0  # when the last body did
        self._inserting = 0  # threads
        self._underway: dict[bytes, Future[Outcome]] = {}
        self.receipts = Receipts(folder)
        self._turn = Lock()
        self._wake = Condition()
        self._closing = False
        self._lanes = [
            _Lane(engine, Journal(folder / f"journal.{index}"), self._remember) for index, engine in enumerate(engines)
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
            self._waiting.append(_Entry(Body(self._number, signal, encoding, content), digest, future))
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
            self.receipts.add(bodies)

    def _work(self, lane: "_Lane") -> None:
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

    def _gather(self) -> list[_Entry]:
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
            batch: list[_Entry] = []
            size = 0
            while self._waiting and size < BATCH_BYTES:
                batch.append(self._waiting.popleft())
                size += len(batch[-1].body.content)
            self._bytes -= size
            self._inserting += bool(batch)
            return batch


class _Lane:
    """One connection, and the file that remembers what it is inserting."""

    def __init__(
        self, engine: Engine, journal: Journal, remember: Callable[[Sequence[tuple[bytes, int]]], None]
    ) -> None:
        self._engine = engine
        self.journal = journal
        self._remember = remember

    def take_up(self) -> None:
        """Insert once more what a killed process was inserting: the same bodies under the same token."""
        bodies = self.journal.take_up()
        if not bodies:
            return
        try:
            insert(self._engine, bodies)
            digests = [digest_of(body.signal, body.encoding, body.content) for body in bodies]
            rejections = self._rejections(bodies[0].number, bodies[-1].number)
        except EngineError as error:
            # None of it was acknowledged: its senders send it again, and hear what is wrong with it.
            _log.warning("a batch of %d that was cut off is left to its senders: %s", len(bodies), error)
        else:
            known = [rejections.get(body.number, (False, 0)) for body in bodies]
            self._remember(
                [(digest, rejected) for digest, (empty, rejected) in zip(digests, known, strict=True) if not empty]
            )
        self.journal.clear()

    def write(self, group: Sequence[_Entry]) -> bool:
        """Insert bodies of one kind and settle their futures; tells whether any got in."""
        self.journal.write([entry.body for entry in group], [entry.digest for entry in group])
        error = self._insert(group)
        if error is None:
            stored = self._settle(group)
            self.journal.clear()
            return stored
        if len(group) > 1:
            return True in [self.write(part) for part in _parts(group)]
        self.journal.clear()
        fault = fault_of(group[0].body, error.code)
        if fault is None:
            _log.error("a well-formed body could not be stored: %s", error)
            group[0].future.set_exception(error)
        else:
            group[0].future.set_result(Malformed(fault))
        return False

    def _insert(self, group: Sequence[_Entry]) -> EngineError | None:
        """Insert; when it is nobody's fault, again under the same token, for some views may have had their part."""
        bodies = [entry.body for entry in group]
        for pause in (*_PAUSES, None):
            try:
                insert(self._engine, bodies)
            except EngineError as error:
                is_ours = error.code not in FORMAT_FAULTS and all(fault_of(body) is None for body in bodies)
                if pause is None or not is_ours:
                    return error
                time.sleep(pause)
            else:
                break
        return None

    def _settle(self, group: Sequence[_Entry]) -> bool:
        """Tell each sender what became of its body."""
        unread = False
        try:
            rejections = self._rejections(group[0].body.number, group[-1].body.number)
        except EngineError:
            # The rows are in: a sender that is told otherwise would send them again, and double them.
            _log.exception("what was refused of a stored batch cannot be read")
            rejections, unread = {}, True
        outcomes = [self._outcome(entry.body, *rejections.get(entry.body.number, (unread, 0))) for entry in group]
        pairs = list(zip(group, outcomes, strict=True))
        self._remember([(entry.digest, outcome.rejected) for entry, outcome in pairs if isinstance(outcome, Stored)])
        for entry, outcome in pairs:
            entry.future.set_result(outcome)
        return unread or not all(rejections.get(entry.body.number, (False, 0))[0] for entry in group)

    @staticmethod
    def _outcome(body: Body, is_empty: bool, rejected: int) -> Outcome:  # noqa: FBT001 - a row of the table
        """What became of one body of a batch that is in."""
        # An empty protobuf body is an empty request; of JSON the engine has read nothing, for whatever reason.
        fault = fault_of(body) if is_empty and body.encoding is Encoding.JSON else None
        return Stored(rejected) if fault is None else Malformed(fault)

    def _rejections(self, first: int, last: int) -> dict[int, tuple[bool, int]]:
        """What was refused of the bodies numbered `first` to `last`, by number."""
        rows = self._engine.rows(_REJECTIONS, first=first, last=last)
        return {int(str(row["number"])): (bool(row["empty"]), int(str(row["records"]))) for row in rows}


def _parts(group: Sequence[_Entry]) -> list[Sequence[_Entry]]:
    """A group that failed together, to be tried again apart: each suspect alone, the others together, or by halves."""
    suspects: list[_Entry] = []
    others: list[_Entry] = []
    for entry in group:
        (others if fault_of(entry.body) is None else suspects).append(entry)
    if suspects and others:
        return [others, *[[suspect] for suspect in suspects]]
    half = len(group) // 2
    return [group[:half], group[half:]]


def _groups(batch: Sequence[_Entry]) -> Iterator[list[_Entry]]:
    """The batch by kind, for each kind has an insert of its own; within a kind in the order of arrival."""

    def kind(entry: _Entry) -> tuple[Signal, Encoding]:
        return entry.body.signal, entry.body.encoding

    for _, group in groupby(sorted(batch, key=kind), kind):
        yield list(group)
