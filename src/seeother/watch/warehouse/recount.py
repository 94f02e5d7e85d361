# SPDX-License-Identifier: Apache-2.0
"""Counts again what new rows have changed of all that is only known from what came after.

Minutes that are touched by rows which came since the last time, or by the time that has passed, are counted from raw
rows and compared with what is stored; the difference is added. So it does not matter how late a row is, and what is
interrupted or done twice is right all the same.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from seeother.journey import Journey

from .port import Engine

_FOLDER = Path(__file__).with_name("recounts")
_US = timedelta(microseconds=1)
_DAY = 86_400_000_000  # microseconds, as are all moments here
_HOUR = 3_600_000_000  # by which raw rows are ordered: what is closer is read all the same
_MINUTE = 60_000_000
_LIMIT = 300_000  # rows in one statement, which holds in memory what it makes of them
_DAYS = 1  # in one statement
_TABLES = ("steps", "pages")
# In one block, for only that is inserted whole; what does not fit into memory goes to the disk.
_WHOLE = (
    " SETTINGS min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0, max_threads = 1, "
    "max_bytes_before_external_group_by = 100000000, max_bytes_before_external_sort = 100000000"
    # On a cluster: the next recount has to see it, and it may be equal to an earlier one.
    ", distributed_foreground_insert = 1, insert_deduplicate = 0, distributed_product_mode = 'global'"
)
_LAST = (
    "SELECT toInt64(toUnixTimestamp64Micro(at)) AS at, * EXCEPT (at, number) FROM recounts ORDER BY number DESC LIMIT 1"
)
_NOTE = """
INSERT INTO recounts (at, steps_block, pages_block, rules, number)
SELECT
    fromUnixTimestamp64Micro({at:Int64}, 'UTC'), {steps_block:Int64}, {pages_block:Int64}, {rules:String},
    greatest(toUInt64(toUnixTimestamp64Micro(now64(6))), (SELECT max(number) + 1 FROM recounts))  -- clocks are set back
"""
_ENDS = """
SELECT table, toInt64(max(max_block_number)) AS block FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('steps', 'pages') GROUP BY table"""
_OLD = """
SELECT name FROM system.parts
WHERE database = currentDatabase() AND active AND table = {table:String} AND max_block_number <= {block:Int64}"""
_THERE = """
SELECT DISTINCT what, toInt64(day) AS day FROM
(
    SELECT 'raw' AS what, YYYYMMDDToDate(toUInt32(_partition_id)) AS day FROM spans
    UNION ALL SELECT 'raw', YYYYMMDDToDate(toUInt32(_partition_id)) FROM log_records
    UNION ALL SELECT 'row', YYYYMMDDToDate(toUInt32(_partition_id)) FROM steps
    UNION ALL SELECT 'row', YYYYMMDDToDate(toUInt32(_partition_id)) FROM pages
    UNION ALL SELECT 'counted', toDate(start) FROM attempt_counts WHERE grain = 1440
    UNION ALL SELECT 'journey', day FROM journeys
    UNION ALL SELECT 'journey', toDate(start) FROM journey_counts WHERE grain = 1440
)"""

Span = tuple[int, int]  # from the first until just before the second


@dataclass(frozen=True, slots=True)
class Rules:
    """When the journeys of each name have ended."""

    abandoned_after: dict[str, int]
    timeout: dict[str, int]

    @classmethod
    def of(cls, journeys: Iterable[Journey]) -> "Rules":
        """As these journeys are defined."""
        journeys = tuple(journeys)
        return cls(
            {journey.name: journey.abandoned_after // _US for journey in journeys},
            {journey.name: journey.timeout // _US for journey in journeys},
        )

    @property
    def idle(self) -> int:
        """For so long an attempt says something of the minutes behind it."""
        return max(self.abandoned_after.values(), default=0)

    @property
    def reach(self) -> int:
        """For so long a row says something of the minutes behind it: an attempt, or an error of a page view."""
        return max(self.idle, _HOUR)

    @property
    def days(self) -> int:
        """Within so many days around the one on which it began a journey may have exchanges."""
        return -(-max(self.timeout.values(), default=0) // _DAY)

    @property
    def digest(self) -> str:
        """Tells one set of rules from another."""
        return sha256(json.dumps([self.abandoned_after, self.timeout], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Done:
    """As of which moment all is counted, and up to which block of each table."""

    at: int
    steps_block: int
    pages_block: int
    rules: str


def recount(
    engine: Engine,
    rules: Rules,
    now: int,
    *,
    since: int = 0,
    late: int = 0,
    limit: int = _LIMIT,
    go_on: Callable[[], None] = lambda: None,
) -> bool:
    """Count everything as of `now`; tells whether there was anything to count. Raises EngineError.

    Rows of before `since` may have gone, so what was counted of them stays. Where nobody knows which rows are new, any
    that are `late` by up to so long are looked for. One statement reads about `limit` attempts, and `go_on` is called
    before it: what it raises ends this. Only one may do it at a time.
    """
    last = _last(engine)
    ends = _ends(engine)
    if last is None or last.rules != rules.digest:
        minutes, days = _everything(engine)
    elif not late and ends == (last.steps_block, last.pages_block) and now // _MINUTE <= last.at // _MINUTE:
        return False
    else:
        touched = [
            _touched(engine, *each) for each in zip(_TABLES, (last.steps_block, last.pages_block), ends, strict=True)
        ]
        changed = sorted({minute for each in touched for minute in each})
        earlier, later = sorted((last.at, now))  # clocks are set back, too
        minutes = [(earlier - max(late, _MINUTE), later), *[(minute, minute + _MINUTE) for minute in changed]]
        days = [(earlier - rules.idle, later + 1), *minutes]
    latest = max(now, now if last is None else last.at)
    newest = max([latest, *[end for _, end in minutes]])
    spans = _joined(_around(minutes, rules.reach, since, -(-latest // _MINUTE) * _MINUTE), _HOUR)
    for part in reversed([part for span in spans for part in _parts(engine, span, limit)]):
        go_on()
        _count_attempts(engine, rules, now, part)
    last_day = newest // _DAY + 1
    whole_days = [(begin // _DAY - rules.days, min(-(-end // _DAY) + rules.days, last_day)) for begin, end in days]
    for first, end in _joined(whole_days):
        for day in reversed(range(first, end, _DAYS)):
            go_on()
            _count_journeys(engine, rules, now, (day, min(day + _DAYS, end)))
    steps_block, pages_block = ends
    engine.run(_NOTE, at=now, steps_block=steps_block, pages_block=pages_block, rules=rules.digest)
    return True


def _around(minutes: Iterable[Span], reach: int, since: int, until: int) -> Iterator[Span]:
    """Of which minutes something else may be known, as whole ones, from `since` on and, of what follows, to `until`."""
    begin = -(-since // _MINUTE) * _MINUTE
    for first, end in minutes:
        # A minute before it an attempt may have been waiting for it; behind it, the time of those who wait has changed.
        behind = max(end, min(end + reach + _MINUTE, until))
        yield max(first // _MINUTE * _MINUTE - _MINUTE, begin), -(-behind // _MINUTE) * _MINUTE


def _joined(spans: Iterable[Span], gap: int = 0) -> list[Span]:
    """The same in order, without those that are empty; what is at most a `gap` apart is one."""
    found: list[Span] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if found and begin <= found[-1][1] + gap:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found


def _parts(engine: Engine, span: Span, limit: int) -> Iterator[Span]:
    """A span in parts with about `limit` attempts, each of whole minutes."""
    begin, end = span
    rows = engine.rows(
        "SELECT toInt64(toUnixTimestamp(toStartOfMinute(ts))) * 1000000 AS minute, toInt64(count()) AS n FROM steps "
        "WHERE step != '' AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') "
        "AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC') GROUP BY minute ORDER BY minute",
        since=begin,
        until=end,
    )
    total = 0
    for row in rows:
        total += int(str(row["n"]))
        if total > limit and (cut := int(str(row["minute"]))) > begin:
            yield begin, cut
            begin, total = cut, int(str(row["n"]))
    yield begin, end


def _count_attempts(engine: Engine, rules: Rules, now: int, span: Span) -> None:
    engine.run(
        _statement("attempts"),
        since=span[0],
        until=span[1],
        now=now,
        abandoned_after=json.dumps(rules.abandoned_after),
        longest=rules.idle,
    )


def _count_journeys(engine: Engine, rules: Rules, now: int, days: Span) -> None:
    first, last = [str(date(1970, 1, 1) + timedelta(days=day)) for day in (days[0], days[1] - 1)]
    engine.run(
        _statement("journeys"),
        first=first,
        last=last,
        now=now,
        abandoned_after=json.dumps(rules.abandoned_after),
        timeout=json.dumps(rules.timeout),
        longest=rules.days,
    )


def _statement(name: str) -> str:
    lines = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    return "\n".join([line for line in lines if not line.lstrip().startswith("--")]) + _WHOLE


def _last(engine: Engine) -> _Done | None:
    rows = engine.rows(_LAST)
    if not rows:
        return None
    row = rows[0]
    return _Done(int(str(row["at"])), int(str(row["steps_block"])), int(str(row["pages_block"])), str(row["rules"]))


def _ends(engine: Engine) -> tuple[int, int]:
    """The last block of each table."""
    found = {str(row["table"]): int(str(row["block"])) for row in engine.rows(_ENDS)}
    return found.get("steps", 0), found.get("pages", 0)


def _touched(engine: Engine, table: str, block: int, end: int) -> list[int]:
    """The minutes of a table's rows that came behind a block."""
    if end == block:
        return []
    after = block if end > block else 0  # numbers begin anew where all rows had gone
    old = engine.rows(_OLD, table=table, block=after)
    # Named are the parts that need no look: one that is merged meanwhile has another name and is looked into.
    parts = ", ".join(["''", *[f"'{row['name']}'" for row in old]])
    rows = engine.rows(
        f"SELECT DISTINCT toInt64(toUnixTimestamp(toStartOfMinute(ts))) * 1000000 AS minute FROM {table} "  # noqa: S608 - our own names
        f"WHERE _part NOT IN ({parts}) AND _block_number > {after}"
    )
    return [int(str(row["minute"])) for row in rows]


def _everything(engine: Engine) -> tuple[list[Span], list[Span]]:
    """All days of which there is anything, counted or to be counted: of attempts, and of journeys.

    One by one, for a single row may be of a clock that stood years from here. What is counted of days before the first
    raw row stays: their rows have gone.
    """
    found: dict[str, set[int]] = {"raw": set(), "row": set(), "counted": set(), "journey": set()}
    for row in engine.rows(_THERE):
        found[str(row["what"])].add(int(str(row["day"])))
    first = min(found["raw"] | found["row"], default=None)
    counted = {day for day in found["counted"] if first is not None and day >= first}
    minutes, days = found["row"] | counted, found["journey"]
    return _of_days(minutes), _of_days(days)


def _of_days(days: Iterable[int]) -> list[Span]:
    return [(day * _DAY, (day + 1) * _DAY) for day in sorted(days)]
