# SPDX-License-Identifier: Apache-2.0
"""One of the writer's connections: inserts a batch, and finds out what became of each body.

One bad body fails the whole insert. Then suspects are tried again alone and the others together; whether a body is bad
is always the engine's word. Where the store is away (its disk is full, nobody answers) no body is searched for: all
senders hear at once that they may come back. The batch keeps its token and goes in first when the store is there again,
for some tables may have had their part of it; whoever comes back finds his body stored.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count
from logging import getLogger
from threading import Lock

from .arrivals import Body, Encoding, insert
from .journal import Journal
from .judge import AWAY, FORMAT_FAULTS, MEMORY_LIMIT, fault_of
from .port import Engine, EngineError
from .receipts import KEPT_SECONDS, digest_of

_PAUSES = (0.1, 0.5)  # seconds before a batch that is nobody's fault is tried again
# Memory is everybody's: what the engine could not do for another thread counts as this insert's trouble, too (chdb.py),
# and a batch that is in must not be parted.
MEMORY_PAUSES = (*_PAUSES, 1.0, 2.0, 4.0, 8.0)

_REJECTIONS = """
SELECT toString(body) AS number, empty, toInt64(records) AS records
FROM rejections WHERE body BETWEEN {first:UInt64} AND {last:UInt64}"""

_log = getLogger(__name__)

Remember = Callable[[Sequence[tuple[bytes, int]]], None]
Find = Callable[[bytes], int | None]


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
class Entry:
    """A body, what it is known by, and who wants to hear of it."""

    body: Body
    digest: bytes
    future: Future[Outcome]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Bodies that were inserted together, and where that stands."""

    bodies: Sequence[Body]
    journal: Journal
    since: float = field(default_factory=time.monotonic)


class Left:
    """Batches that a store which is away has not taken, of all lanes: whoever writes next completes them first."""

    def __init__(self, remember: Remember) -> None:
        """None yet."""
        self._remember = remember
        self._turn = Lock()
        self._batches: list[_Batch] = []

    def add(self, bodies: Sequence[Body], journal: Journal) -> None:
        """Keep a batch, which stays in its journal, too."""
        with self._turn:
            self._batches.append(_Batch(bodies, journal))

    def complete(self, engine: Engine) -> bool:
        """Insert them; tells whether any came in. Raises EngineError when the store is still away."""
        has_come = False
        with self._turn:
            while self._batches:
                batch = self._batches[0]
                try:
                    self.take(engine, batch.bodies)
                    has_come = True
                except EngineError as error:
                    # Its senders do not come back with the same bodies by then, and it must not stop others for ever.
                    if error.code in AWAY and time.monotonic() - batch.since < KEPT_SECONDS:
                        raise
                    _leave(batch.bodies, error)
                batch.journal.clear()
                del self._batches[0]
        return has_come

    def take(self, engine: Engine, bodies: Sequence[Body]) -> None:
        """Insert a batch once more, under the same token, and remember its bodies. Raises EngineError."""
        insert(engine, bodies)
        digests = [digest_of(body.signal, body.encoding, body.content) for body in bodies]
        rejections = _rejections(engine, bodies)
        known = [rejections.get(body.number, (False, 0)) for body in bodies]
        self._remember(
            [(digest, rejected) for digest, (empty, rejected) in zip(digests, known, strict=True) if not empty]
        )


class Lane:
    """One connection, and the file that remembers what it is inserting; for one thread at a time."""

    def __init__(self, engine: Engine, journal: Journal, left: Left, remember: Remember, find: Find) -> None:
        """`left` is shared with the other lanes; `find` tells what is in already."""
        self._engine = engine
        self.journal = journal
        self._left = left
        self._remember = remember
        self._find = find

    def take_up(self) -> None:
        """Insert once more what a killed process was inserting: the same bodies under the same token."""
        bodies = self.journal.take_up()
        if not bodies:
            return
        try:
            self._left.take(self._engine, bodies)
        except EngineError as error:
            if error.code in AWAY:
                self.journal.put_back()
                self._left.add(bodies, self.journal)
                return
            _leave(bodies, error)
        self.journal.clear()

    def write(self, group: Sequence[Entry]) -> bool:
        """Insert bodies of one kind and settle their futures; tells whether any got in."""
        try:
            has_come = self._left.complete(self._engine)
        except EngineError as error:
            _refuse(group, error)
            return False
        return self._write(self._fresh(group)) or has_come

    def _fresh(self, group: Sequence[Entry]) -> list[Entry]:
        """Those that are not in yet: a batch that was left may have brought them while they waited."""
        fresh: list[Entry] = []
        for entry in group:
            rejected = self._find(entry.digest) if entry.body.content else None
            if rejected is None:
                fresh.append(entry)
            else:
                entry.future.set_result(Stored(rejected, is_repeated=True))
        return fresh

    def _write(self, group: Sequence[Entry]) -> bool:
        if not group:
            return False
        bodies = [entry.body for entry in group]
        try:
            self.journal.write(bodies, [entry.digest for entry in group])
        except OSError as trouble:  # after a kill nobody would know of it
            _log.error("a batch of %d cannot be written down: %s", len(bodies), trouble)
            _refuse(group, EngineError(f"not stored: {trouble}"))
            return False
        error = self._insert(bodies)
        if error is None:
            stored = self._settle(group)
            self.journal.clear()
            return stored
        if error.code in AWAY:
            self._left.add(bodies, self.journal)
            _log.error("a batch of %d waits for the store: %s", len(bodies), error)
            _refuse(group, error)
            return False
        if len(group) > 1:
            return True in [self.write(part) for part in _parts(group)]
        self.journal.clear()
        fault = fault_of(group[0].body, error.code)
        if fault is None:
            _log.error("a well-formed body could not be stored: %s", error)
            _refuse(group, error)
        else:
            group[0].future.set_result(Malformed(fault))
        return False

    def _insert(self, bodies: Sequence[Body]) -> EngineError | None:
        """Insert; when it is nobody's fault, again under the same token, for some views may have had their part."""
        for tried in count():
            try:
                insert(self._engine, bodies)
            except EngineError as error:
                pauses = MEMORY_PAUSES if error.code == MEMORY_LIMIT else _PAUSES
                is_theirs = error.code in FORMAT_FAULTS or any(fault_of(body) is not None for body in bodies)
                if tried >= len(pauses) or error.code in AWAY or is_theirs:
                    return error
                time.sleep(pauses[tried])
            else:
                break
        return None

    def _settle(self, group: Sequence[Entry]) -> bool:
        """Tell each sender what became of its body."""
        unread = False
        try:
            rejections = _rejections(self._engine, [entry.body for entry in group])
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


def _leave(bodies: Sequence[Body], error: EngineError) -> None:
    """Give up a batch: none of it was acknowledged, so its senders send it again, and hear what is wrong with it."""
    _log.warning("a batch of %d that was cut off is left to its senders: %s", len(bodies), error)


def _refuse(group: Sequence[Entry], error: EngineError) -> None:
    for entry in group:
        entry.future.set_exception(error)


def _rejections(engine: Engine, bodies: Sequence[Body]) -> dict[int, tuple[bool, int]]:
    """What was refused of these bodies, by number."""
    rows = engine.rows(_REJECTIONS, first=bodies[0].number, last=bodies[-1].number)
    return {int(str(row["number"])): (bool(row["empty"]), int(str(row["records"]))) for row in rows}


def _parts(group: Sequence[Entry]) -> list[Sequence[Entry]]:
    """A group that failed together, to be tried again apart: each suspect alone, the others together, or by halves."""
    suspects: list[Entry] = []
    others: list[Entry] = []
    for entry in group:
        (others if fault_of(entry.body) is None else suspects).append(entry)
    if suspects and others:
        return [others, *[[suspect] for suspect in suspects]]
    half = len(group) // 2
    return [group[:half], group[half:]]
