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
from logging import getLogger

from .exporter import SOURCES, Source
from .fold import Progress, bounds, refill, refold
from .port import Engine

QUIET_SECONDS = 3  # after which a row has gone through the views
_PATIENCE = 60  # looks at parts that do not age, for they are merged again and again
_LARGE = 5_000_000  # rows, beyond which a day is read by the hour: what is in already has to be in memory
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
    engine: Engine, report: Callable[[Progress], None] = lambda _: None, *, quiet_seconds: int = QUIET_SECONDS
) -> int:
    """Read all days that have not been read; tells how many these were."""
    views = {row["name"] for row in engine.rows("SELECT name FROM system.tables WHERE database = currentDatabase()")}
    for source in SOURCES:
        if source.view in views:
            _list_days(engine, source)
    named = {source.name: source for source in SOURCES}
    todo = [(date.fromisoformat(str(row["day"])), named[str(row["source"])]) for row in engine.rows(_TODO)]
    days = list(dict.fromkeys([day for day, _ in todo]))
    later = [_Later(engine, source, quiet_seconds) for source in SOURCES if source in {each for _, each in todo}]
    touched = {(day, each.source) for each in later for day in each.days}
    old = f"modification_time <= now() - {quiet_seconds}"
    for number, day in enumerate(days):
        report(Progress(number, len(days), day))
        for source in [source for of, source in todo if of == day]:
            _note(engine, source, day, "begun")
            _read(engine, source, day, old)
            if (day, source) not in touched:
                _note(engine, source, day, "done")
    for each in later:
        aged = each.wait()
        for day in [day for day, source in todo if source is each.source and (day, source) in touched]:
            _read(engine, each.source, day, old if aged else "1")
            _note(engine, each.source, day, "done")
    return len(days)


def mend(engine: Engine) -> None:
    """Make anew what follows from the days whose reading was cut off; to be called while nobody inserts."""
    cut_off = [row for row in engine.rows(_TODO) if row["state"] == "begun"]
    days = sorted({date.fromisoformat(str(row["day"])) for row in cut_off})
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


class _Later:
    """The rows of one source that are too young to be read, and the days that they are of."""

    def __init__(self, engine: Engine, source: Source, quiet_seconds: int) -> None:
        self.source = source
        self._engine = engine
        self._parts = _PARTS.format(source=source.name)
        self._young = f"active AND modification_time > now() - {quiet_seconds}"
        blocks = f"SELECT partition_id, max(max_block_number) AS block FROM {self._parts} AND {self._young}"  # noqa: S608
        self._blocks = engine.rows(f"{blocks} GROUP BY partition_id")
        self.days: list[date] = []
        if self._blocks:
            names = f"SELECT name FROM {self._parts} AND {self._young}"  # noqa: S608 - our own names
            listing = f"SELECT DISTINCT toString(toDate(Timestamp, 'UTC')) AS day FROM {source.name}"  # noqa: S608
            self.days = [
                date.fromisoformat(str(row["day"])) for row in engine.rows(f"{listing} WHERE _part IN ({names})")
            ]

    def wait(self) -> bool:
        """Wait until all of them have aged, in whatever parts they now are; tells whether they have."""
        if not self._blocks:
            return True
        ours = " OR ".join(
            [f"(partition_id = '{row['partition_id']}' AND min_block_number <= {row['block']})" for row in self._blocks]
        )
        for _ in range(_PATIENCE):
            (row,) = self._engine.rows(f"SELECT count() AS n FROM {self._parts} AND {self._young} AND ({ours})")  # noqa: S608
            if row["n"] == 0:
                return True
            time.sleep(1)
        _log.warning("%s is merged without a pause; its newest rows are read as they are", self.source.name)
        return False


def _list_days(engine: Engine, source: Source) -> None:
    """Write down which days have to be read: all when the source is new, else those of rows that a pause kept out."""
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


def _read(engine: Engine, source: Source, day: date, aged: str) -> None:
    """Bring in the day's rows that stand in aged parts and are not in yet."""
    begin, end = bounds(day)
    (row,) = engine.rows(f"SELECT count() AS n FROM {source.name} WHERE {_within(begin, end)}")  # noqa: S608
    pieces = 24 if int(str(row["n"])) > _LARGE else 1
    length = (end - begin) / pieces
    for since in [begin + number * length for number in range(pieces)]:
        until = since + length
        names = f"SELECT name FROM {_PARTS.format(source=source.name)} AND {aged}"  # noqa: S608 - our own names
        where = f"_part IN ({names}) AND {_within(since, until)}"

        def narrowed(sql: str, where: str = where) -> str:
            return _FROM.sub(lambda found: f"FROM (SELECT * FROM {found[1]} WHERE {where})", sql)  # noqa: S608

        known = f"SELECT {source.key} FROM {source.target} WHERE ts >= '{since:%F %T}' AND ts < '{until:%F %T}'"  # noqa: S608
        refill(engine, source.view, since, until, narrowed=narrowed, unless=f"({source.key}) IN ({known})")


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
