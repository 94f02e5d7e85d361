# SPDX-License-Identifier: Apache-2.0
"""Reads what a Collector's exporter had stored before our views stood on its tables, day by day, the newest first.

The views take what comes from then on, so a row that is in already is left out. A row of this very moment can be in
the exporter's table and not yet in ours: parts are read when they have aged. What a reading that was cut off has left
in some tables only is made anew before its day is read again (`mend`).
"""

import re
import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from logging import getLogger

from .exporter import SOURCES, Source
from .fold import Progress, bounds, refill, refold
from .port import Engine

QUIET_SECONDS = 3  # after which a row has gone through the views
_PATIENCE = 60  # attempts at parts that are merged again and again
LARGE = 5_000_000  # rows, beyond which a day is read by the hour: what is in already has to be in memory
_STATE = """
SELECT argMax(state, at) AS state, toString(max(at)) AS since FROM backfills
WHERE source = {source:String} AND day = toDate(0) HAVING count() > 0"""
_TODO = """
SELECT source, toString(b.day) AS day, argMax(state, at) AS state FROM backfills AS b
WHERE b.day > toDate(0) GROUP BY source, b.day HAVING state != 'done' ORDER BY day DESC, source"""
_PARTS = "system.parts WHERE database = currentDatabase() AND table = '{source}'"
_FROM = re.compile(r"\bFROM ((?:(?:`[^`]+`|\w+)\.)?`?(?:otel_traces|otel_logs)`?)(?!\w)")
_BESIDE = {"findings": "findings_from_log_records", "breaker_changes": "breaker_changes_from_log_records"}

_log = getLogger(__name__)


def backfill(
    engine: Engine,
    report: Callable[[Progress], None] = lambda _: None,
    *,
    quiet_seconds: int = QUIET_SECONDS,
    large: int = LARGE,
) -> int:
    """Read all days that have not been read; tells how many these were. What `report` raises ends it.

    A day with more than `large` rows is read by the hour.
    """
    list_days(engine)
    readers = {source.name: _Reader(engine, source, quiet_seconds, large) for source in SOURCES}
    todo = [(date.fromisoformat(str(row["day"])), readers[str(row["source"])]) for row in engine.rows(_TODO)]
    days = list(dict.fromkeys([day for day, _ in todo]))
    for number, day in enumerate(days):
        report(Progress(number, len(days), day))
        for reader in [reader for of, reader in todo if of == day]:
            _note(engine, reader.source, day, "begun")
            reader.read(day, partial(report, Progress(number, len(days), day)))
            _note(engine, reader.source, day, "done")
    return len(days)


def list_days(engine: Engine) -> None:
    """Write down which days have to be read: all of a new source, or those of rows that a pause has kept out."""
    views = {row["name"] for row in engine.rows("SELECT name FROM system.tables WHERE database = currentDatabase()")}
    for source in SOURCES:
        if source.view in views:
            _list_days(engine, source)


def mend(engine: Engine) -> None:
    """Make anew what follows from the days whose reading was cut off; to be called while nobody inserts."""
    cut_off = [row for row in engine.rows(_TODO) if row["state"] == "begun"]
    days = sorted({date.fromisoformat(str(row["day"])) for row in cut_off})
    if days:
        refold(engine, days)
    for day in days:
        for table, view in _BESIDE.items():
            engine.run(f"DELETE FROM {table} WHERE toDate(ts) = {{day:Date}}", day=str(day))  # noqa: S608 - our names
            refill(engine, view, *bounds(day))
    for source in SOURCES:
        for day in days:
            if any(row["source"] == source.name and row["day"] == str(day) for row in cut_off):
                _note(engine, source, day, "listed")


def is_cut_off(engine: Engine) -> bool:
    """Whether there is something to mend."""
    return any(row["state"] == "begun" for row in engine.rows(_TODO))


class _Reader:
    """Reads the days of one source: whatever was there when it was made, and what else has aged."""

    def __init__(self, engine: Engine, source: Source, quiet_seconds: int, large: int) -> None:
        self.source = source
        self._engine = engine
        self._large = large
        self._aged = f"modification_time <= now() - {quiet_seconds}"
        # Numbers of blocks grow with each insert, and a merged part has those of all that it was made of.
        blocks = f"SELECT partition_id, max(max_block_number) AS block FROM {_PARTS.format(source=source.name)}"  # noqa: S608
        rows = engine.rows(f"{blocks} AND active GROUP BY partition_id")
        self._blocks = {str(row["partition_id"]): int(str(row["block"])) for row in rows}

    def read(self, day: date, go_on: Callable[[], None]) -> None:
        """Bring in the day's rows that are not in yet; `go_on` is called before each statement that may take long."""
        days = f"SELECT DISTINCT _partition_id AS id FROM {self.source.name} WHERE {_within(*bounds(day))}"  # noqa: S608
        partitions = [str(row["id"]) for row in self._engine.rows(days)]
        for _ in range(_PATIENCE):
            before = self._parts(partitions)
            if False in before.values():
                time.sleep(1)
                continue
            self._bring(day, self._aged, go_on)
            # Had they been merged meanwhile, the new part would have been left out for its youth.
            if self._parts(partitions) == before:
                return
        _log.warning("%s is merged without a pause; %s is read as it is", self.source.name, day)
        self._bring(day, "1", go_on)

    def _bring(self, day: date, aged: str, go_on: Callable[[], None]) -> None:
        """Bring in the day's rows that stand in aged parts and are not in yet."""
        source, (begin, end) = self.source, bounds(day)
        (row,) = self._engine.rows(f"SELECT count() AS n FROM {source.name} WHERE {_within(begin, end)}")  # noqa: S608
        pieces = 24 if int(str(row["n"])) > self._large else 1
        length = (end - begin) / pieces
        for since in [begin + number * length for number in range(pieces)]:
            until = since + length
            if pieces > 1:
                go_on()
            names = f"SELECT name FROM {_PARTS.format(source=source.name)} AND {aged}"  # noqa: S608 - our own names
            where = f"_part IN ({names}) AND {_within(since, until)}"

            def narrowed(sql: str, where: str = where) -> str:
                return _FROM.sub(lambda found: f"FROM (SELECT * FROM {found[1]} WHERE {where})", sql)  # noqa: S608

            known = f"SELECT {source.key} FROM {source.target} WHERE ts >= '{since:%F %T}' AND ts < '{until:%F %T}'"  # noqa: S608
            unless = f"({source.key}) IN ({known})"
            refill(self._engine, source.view, since, until, narrowed=narrowed, unless=unless)

    def _parts(self, partitions: list[str]) -> dict[str, bool]:
        """Where the rows now are that were there at first, and whether these parts have aged."""
        ours = " OR ".join(
            [f"(partition_id = '{each}' AND min_block_number <= {self._blocks.get(each, -1)})" for each in partitions]
        )
        listing = f"SELECT name, {self._aged} AS aged FROM {_PARTS.format(source=self.source.name)}"  # noqa: S608
        rows = self._engine.rows(f"{listing} AND active AND ({ours or '0'})")
        return {str(row["name"]): bool(row["aged"]) for row in rows}


def _list_days(engine: Engine, source: Source) -> None:
    """Those of one source."""
    known = engine.rows(_STATE, source=source.name)
    which = "1"
    if known:
        if known[0]["state"] != "paused":
            return
        names = f"SELECT name FROM {_PARTS.format(source=source.name)}"  # noqa: S608 - our own names
        which = f"_part IN ({names} AND modification_time >= toDateTime('{known[0]['since']}', 'UTC'))"
    days = f"SELECT groupUniqArray(toDate(Timestamp, 'UTC')) FROM {source.name} WHERE {which}"  # noqa: S608 - as above
    engine.run(
        "INSERT INTO backfills (source, day, state) "
        f"SELECT '{source.name}', arrayJoin(arrayConcat([toDate(0)], ({days}))), 'listed'"
    )


def _within(since: datetime, until: datetime) -> str:
    ends = [f"toDateTime64('{moment:%F %T}', 9, 'UTC')" for moment in (since, until)]
    return f"Timestamp >= {ends[0]} AND Timestamp < {ends[1]}"


def _note(engine: Engine, source: Source, day: date, state: str) -> None:
    engine.run(
        "INSERT INTO backfills (source, day, state) SELECT {source:String}, {day:Date}, {state:String}",
        source=source.name,
        day=str(day),
        state=state,
    )
