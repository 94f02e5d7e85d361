# SPDX-License-Identifier: Apache-2.0
"""Reads what a Collector's exporter had stored before our views stood on its tables, day by day.

The views take what comes from then on, so a row that is in already is left out. A day whose reading was cut off is
emptied and read from its start, for its last block may be in some tables only.
"""

from collections.abc import Callable
from datetime import date

from .exporter import EXPORTER
from .fold import BEHIND, Progress, refill
from .migrate import read_migrations
from .port import Engine

_TARGETS = {
    "otel_traces": ("spans_from_otel_traces", "spans"),
    "otel_logs": ("log_records_from_otel_logs", "log_records"),
}
_DIRECT = {
    "spans": "toDate(ts)",
    "log_records": "toDate(ts)",
    "findings": "toDate(ts)",
    "breaker_changes": "toDate(ts)",
}
_DONE = "SELECT toString(day) AS day, max(is_done) AS is_done FROM backfills GROUP BY day"


def backfill(engine: Engine, report: Callable[[Progress], None] = lambda _: None) -> int:
    """Read all days that have not been read; tells how many these were."""
    applied = {row["name"] for row in engine.rows("SELECT name FROM migrations")}
    sources = [each.name for each in read_migrations(EXPORTER) if each.name in applied]
    if not sources:
        return 0
    union = " UNION DISTINCT ".join([f"SELECT toDate(Timestamp, 'UTC') AS day FROM {source}" for source in sources])  # noqa: S608
    begun = {str(row["day"]): bool(row["is_done"]) for row in engine.rows(_DONE)}
    listing = f"SELECT DISTINCT toString(day) AS day FROM ({union}) ORDER BY day"  # noqa: S608
    found = [str(row["day"]) for row in engine.rows(listing)]
    days = [day for day in found if not begun.get(day)]
    for number, day in enumerate(days):
        report(Progress(number, len(days), date.fromisoformat(day)))
        if day in begun:
            for table, column in (_DIRECT | BEHIND).items():
                engine.run(f"DELETE FROM {table} WHERE {column} = {{day:Date}}", day=day)  # noqa: S608 - our names
        _note(engine, day, is_done=False)
        for source in sources:
            view, target = _TARGETS[source]
            refill(engine, view, date.fromisoformat(day), unless_in=target)
        _note(engine, day, is_done=True)
    return len(days)


def _note(engine: Engine, day: str, *, is_done: bool) -> None:
    engine.run(
        "INSERT INTO backfills (day, is_done) SELECT {day:Date}, {done:Bool}", day=day, done=str(is_done).lower()
    )
