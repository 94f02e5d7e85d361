# SPDX-License-Identifier: Apache-2.0
"""Brings what has come into spans and log records into all that follows: at once if it was quiet, else twice a second.

Each row keeps the number of the block it was inserted with, whatever parts are merged. What is done next is written
down first, as two numbers a table and a token; whoever opens the store after a kill does the same again, and the token
lets in what was missing and nothing twice. What comes next must not be there yet: else what is written down is older
than the tables, for power failed or somebody has put it back, and all is made anew.
"""

import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from logging import getLogger
from pathlib import Path
from threading import Condition, Thread
from uuid import uuid4

from .arrivals import PLAIN
from .fold import remake
from .following import FOLLOWING, RAW, Following, attach, attached, detach
from .port import Engine

FOLLOW_SECONDS = 0.5  # between two beginnings: a quarter of what a purchase may take to appear on the page
PACE_SECONDS = 2.0  # for which it works before whoever writes waits for it: else it would fall behind without end
_LIMIT = 250_000  # raw rows in one statement, which holds in memory what follows from them
_MANY = 8_000  # raw rows at once, after which twice the time passes: under load less of it goes into planning
_PARTS = """
SELECT table, name, toInt64(rows) AS n, toInt64(max_block_number) AS block FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('spans', 'log_records')"""
# What raw rows and those that follow have in common; the moment first, which tells in which parts to look.
_ALIKE = "ts, toString(service), journey_id, trace_id"
_TABLES = {"exchanges": "steps"}  # where rows are kept that go into a table which keeps none
# The engine knows a repetition by its token and its rows: they must come in one block, and (ORDER BY ALL) in one order.
# They are read in small ones all the same (preferred_block_size_bytes): a part may hold millions that are not meant.
_WHOLE = (
    "deduplicate_blocks_in_dependent_materialized_views = 1, max_block_size = 100000000, "
    "min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0"
)

_log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Part:
    """What rows of a raw table are in; `block` is the last that went into it."""

    table: str
    name: str
    rows: int
    block: int


@dataclass(slots=True)
class _State:
    """Up to which block of each raw table all is done, and up to which under which token it is being done."""

    done: dict[str, int] = field(default_factory=dict[str, int])
    until: dict[str, int] = field(default_factory=dict[str, int])
    token: str = ""


class Follower:
    """The thread, and the file that remembers how far it is."""

    def __init__(
        self,
        engine: Engine,
        path: Path,
        on_change: Callable[[], None],
        *,
        seconds: float = FOLLOW_SECONDS,
        limit: int = _LIMIT,
        many: int = _MANY,
    ) -> None:
        """Work through `engine`, which is the follower's alone; `on_change` is called when rows have come.

        So many `seconds` pass from one beginning to the next, twice as many when there were more than `many` raw rows;
        more than `limit` are followed in portions.
        """
        self._engine = engine
        self._path = path
        self._on_change = on_change
        self._seconds = seconds
        self._limit = limit
        self._many = many
        found = _read(path)
        self._is_lost = found is None
        self._state = found or _State()
        self._named: dict[str, str] = {}
        self._wake = Condition()
        self._asked = self._answered = 0
        self._hurry = self._closing = False
        self._began: float | None = None  # when it works
        self._parts: Sequence[_Part] = ()  # when it was last looked
        self._rows = 0  # raw ones that were new then
        self._fed: set[str] = set()  # tables that got rows when it was last asked
        self._thread = Thread(target=self._work, name="watch-follower", daemon=True)

    def take_over(self) -> None:
        """Complete what a killed process has begun, and take the views' place if they have done it so far.

        Where neither they nor a follower's file tell what has followed, or the file tells less than is there, all of it
        is made anew from raw rows.
        """
        self._parts = self._look()
        self._complete()
        ends = self._ends()
        if attached(self._engine):
            self._state = _State(ends)
            self._save(self._state)
            detach(self._engine)
        elif self._is_lost:
            self._remake("is gone or cannot be read")
        # Numbers begin anew behind the last block that is there.
        self._state = _State({table: min(self._state.done.get(table, 0), end) for table, end in ends.items()})
        try:
            self.follow(checks=True)
        except _OldError:
            self._remake("is older than the tables")
        self._save(self._state)

    def hand_back(self) -> None:
        """Let views do it again, from here on."""
        self.take_over()
        attach(self._engine)
        self._path.unlink(missing_ok=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self) -> None:
        """Rows have come; called by whoever writes, who waits here while it cannot keep pace with him."""
        with self._wake:
            self._asked += 1
            self._wake.notify_all()
            if self._began is not None and time.monotonic() - self._began > PACE_SECONDS:
                began = self._began
                self._wake.wait_for(lambda: self._began != began)

    def has_followed(self) -> bool:
        """Whether everything has followed that is in, and listeners have heard of it."""
        with self._wake:
            return self._answered >= self._asked

    def settle(self) -> None:
        """Return when everything has followed that was in before."""
        with self._wake:
            self._asked += 1
            mine, self._hurry = self._asked, True
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._answered >= mine or not self._thread.is_alive())

    def close(self) -> None:
        """Bring all to its end, as far as that is possible now, then end."""
        with self._wake:
            self._asked += 1
            self._closing = True
            self._wake.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
            with suppress(OSError):  # else the last that is written down is done again, under the same token
                self._save(self._state)

    def follow(self, *, checks: bool = False) -> bool:
        """Bring up to date what is in by now; tells whether there was anything to do. Raises EngineError.

        With `checks` it ends with _OldError where that has followed before.
        """
        followed = bool(self._state.token)
        self._complete()
        ends = self._ends()  # once: under load there is always more, and the next time is soon enough for it
        while self._begin(ends, checks=checks):
            self._complete()
            followed = True
        return followed

    def _begin(self, ends: Mapping[str, int], *, checks: bool) -> bool:
        """Write down what is done next; tells whether there is anything."""
        until = {table: self._portion(table, end) for table, end in ends.items() if end > self._after(table)}
        if until:
            if checks and self._has_followed_before(until):
                raise _OldError
            state = _State(self._state.done, until, str(uuid4()))
            self._save(state)  # first: what is not written down must not be done
            self._state = state
        return bool(until)

    def _has_followed_before(self, until: Mapping[str, int]) -> bool:
        """Whether any rows are there already that would follow up to these blocks."""
        fresh = {table: self._fresh(table, block) for table, block in until.items()}
        return any(
            self._engine.rows(
                f"SELECT 1 FROM {_TABLES.get(each.target, each.target)} "  # noqa: S608 - our own statements
                f"WHERE ({_ALIKE}) IN (SELECT {_ALIKE} FROM ({each.where(fresh[each.source])})) LIMIT 1"
            )
            for each in FOLLOWING.values()
            if each.source in fresh
        )

    def _remake(self, why: str) -> None:
        _log.warning("%s %s: what follows from raw rows is made anew", self._path, why)
        remake(self._engine)
        self._state = _State(self._ends())

    def _portion(self, table: str, end: int) -> int:
        """Up to which block a table's rows can be done at once."""
        after = self._after(table)
        if sum([part.rows for part in self._parts if part.table == table and part.block > after]) <= self._limit:
            return end
        blocks = self._engine.rows(
            f"SELECT toInt64(_block_number) AS block, toInt64(count()) AS n FROM {table} "  # noqa: S608 - our own names
            f"WHERE {self._fresh(table, end)} GROUP BY block ORDER BY block"
        )
        total = 0
        for number, row in enumerate(blocks):
            total += int(str(row["n"]))
            if total > self._limit:
                return int(str(blocks[max(number - 1, 0)]["block"]))
        return end

    def _after(self, table: str) -> int:
        return self._state.done.get(table, 0)

    def _complete(self) -> None:
        """Do what is written down."""
        if not self._state.token:
            return
        fresh = {table: self._fresh(table, until) for table, until in self._state.until.items()}
        targets = dict.fromkeys([each.target for each in FOLLOWING.values() if each.source in fresh])
        for target in targets:
            self._bring(
                target, [each for each in FOLLOWING.values() if each.target == target and each.source in fresh], fresh
            )
        self._state = _State(self._state.done | self._state.until)  # written down with what is done next

    def _bring(self, target: str, following: Sequence[Following], fresh: dict[str, str]) -> None:
        select = " UNION ALL ".join([each.where(fresh[each.source]) for each in following])
        # Few rows of all may be meant, often none, and the chain behind is dear to plan. Under load it is not asked.
        if self._rows <= self._many or target not in self._fed:
            (row,) = self._engine.rows(f"SELECT toInt64(count()) AS n FROM ({select})")  # noqa: S608 - our own statements
            if not row["n"]:
                self._fed.discard(target)
                return
            self._fed.add(target)
        self._engine.run(
            f"INSERT INTO {target} ({self._columns(following[0])}) SELECT * FROM ({select}) ORDER BY ALL "  # noqa: S608 - our own statements
            f"SETTINGS insert_deduplication_token = '{self._state.token}-{target}', {_WHOLE}, {PLAIN}"
        )

    def _columns(self, following: Following) -> str:
        """The names of what a statement selects, which are those of the target."""
        if following.target not in self._named:
            found = self._engine.rows(f"DESCRIBE ({following.select})")
            self._named[following.target] = ", ".join([str(row["name"]) for row in found])
        return self._named[following.target]

    def _fresh(self, table: str, until: int) -> str:
        """The condition for a raw table's rows that come next, up to a block."""
        after = self._after(table)
        old = [part.name for part in self._parts if part.table == table and part.block <= after]
        # Named are the parts that need no look: one that is merged meanwhile has another name and is looked into.
        parts = ", ".join(["''", *[f"'{name}'" for name in old]])
        return f"_part NOT IN ({parts}) AND _block_number > {after} AND _block_number <= {until}"

    def _ends(self) -> dict[str, int]:
        """The last block of each raw table."""
        self._parts = self._look()
        self._rows = sum([part.rows for part in self._parts if part.block > self._after(part.table)])
        return {table: max([part.block for part in self._parts if part.table == table], default=0) for table in RAW}

    def _look(self) -> list[_Part]:
        return [
            _Part(str(row["table"]), str(row["name"]), int(str(row["n"])), int(str(row["block"])))
            for row in self._engine.rows(_PARTS)
        ]

    def _save(self, state: _State) -> None:
        young = self._path.with_suffix(".new")
        young.write_text(json.dumps(asdict(state)))
        young.replace(self._path)

    def _work(self) -> None:
        began = 0.0
        while (asked := self._next(began)) is not None:
            began = time.monotonic()
            try:
                with self._working(began):
                    self.follow()
            except Exception:  # noqa: BLE001 - the thread must outlive it; the same is tried again
                _log.exception("what follows from new rows is not there yet")
                with self._wake:
                    if self._closing:
                        return
                    self._hurry = False
                    continue
            self._announce()
            with self._wake:
                self._answered = asked
                self._wake.notify_all()

    @contextmanager
    def _working(self, began: float) -> Generator[None]:
        with self._wake:
            self._began = began
        try:
            yield
        finally:
            with self._wake:
                self._began = None
                self._wake.notify_all()

    def _next(self, began: float) -> int | None:
        """Wait until there is something to do and it is time; which request that answers, None at the end."""
        pause = self._seconds * (2 if self._rows > self._many else 1)
        with self._wake:
            self._wake.wait_for(lambda: self._asked > self._answered or self._closing)
            while not (self._hurry or self._closing) and (left := began + pause - time.monotonic()) > 0:
                self._wake.wait(left)
            self._hurry = False
            return self._asked if self._asked > self._answered else None

    def _announce(self) -> None:
        try:
            self._on_change()
        except Exception:  # noqa: BLE001 - whoever listens may be gone; the thread must outlive it
            _log.exception("nobody heard that rows are in")


class _OldError(Exception):
    """What is written down is older than the tables."""


def _read(path: Path) -> _State | None:
    """What a follower has written down; None when there is nothing, or (power failed) something else."""
    try:
        found = json.loads(path.read_text())
        return _State(dict(found["done"]), dict(found["until"]), str(found["token"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
