# SPDX-License-Identifier: Apache-2.0
"""Folds spans and log records into steps, pages and counts again when the configuration says something else of them.

Rows come in folded already, by views. Only when journeys or their routes change is everything behind `steps` made
anew, day by day, from what raw rows are still kept; counts of days without raw rows stay as they are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from seeother.journey import Journey

from .following import FOLLOWING
from .port import Engine
from .routes import SESSION, digest_of_routes, route_rows, write_routes

BEHIND = {
    "steps": "toDate(ts)",
    "pages": "toDate(ts)",
    "counts": "toDate(start)",
    "status_counts": "toDate(start)",
    "second_counts": "toDate(start)",
    "dimension_counts": "toDate(start)",
    "journeys": "day",
}
_VIEWS = ("exchanges_from_spans", "exchanges_from_log_records", "pages_from_log_records")
_BESIDE = {"findings": "findings_from_log_records", "breaker_changes": "breaker_changes_from_log_records"}
_PARTITIONS = """
SELECT DISTINCT toString(partition) AS day FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('spans', 'log_records') ORDER BY day"""
# Later than the last one, though clocks are set back.
_NOTE = """
INSERT INTO folds (configuration, at)
SELECT {configuration:String}, greatest(now64(6), max(at) + INTERVAL 1 MICROSECOND) FROM folds"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many days of how many are done, and the one that is next."""

    done: int
    total: int
    day: date


Report = Callable[[Progress], None]


def fold(
    engine: Engine, journeys: Iterable[Journey], *, identity: str = SESSION, report: Report = lambda _: None
) -> bool:
    """Make the store's rows follow this configuration; tells whether they had to be made anew.

    Nobody may insert meanwhile. After a crash the next call begins again.
    """
    rows = route_rows(journeys)
    configuration = digest_of_routes(rows, identity)
    if _last(engine) == configuration:
        return False
    note_fold(engine, "")  # whoever is cut off leaves rows that follow no configuration, not the last one either
    write_routes(engine, rows, identity)
    days = _days(engine)
    refold(engine, days, report)
    note_fold(engine, configuration)
    return bool(days)


def is_folded(engine: Engine, journeys: Iterable[Journey], identity: str = SESSION) -> bool:
    """Whether the store's rows follow this configuration already."""
    return _last(engine) == digest_of_routes(route_rows(journeys), identity)


def note_fold(engine: Engine, configuration: str) -> None:
    """Write down which configuration the store's rows follow from now on; empty: none."""
    engine.run(_NOTE, configuration=configuration)


def refold(engine: Engine, days: Sequence[date], report: Report = lambda _: None) -> None:
    """Make everything behind the raw rows of these days anew. Nobody may insert meanwhile."""
    engine.run("TRUNCATE TABLE recounts")  # what was counted from these rows is counted again from the start
    for table, column in BEHIND.items() if days else ():
        listed = ", ".join([f"'{day}'" for day in days])
        engine.run(f"DELETE FROM {table} WHERE {column} IN ({listed})")  # noqa: S608 - our names and dates
    for number, day in enumerate(days):
        report(Progress(number, len(days), day))
        for view in _VIEWS:
            refill(engine, view, *bounds(day))


def remake(engine: Engine) -> None:
    """Make all that follows from raw rows anew, of each day that has any. Nobody may insert meanwhile."""
    days = _days(engine)
    refold(engine, days)
    for day in days:
        for table, view in _BESIDE.items():
            engine.run(f"DELETE FROM {table} WHERE toDate(ts) = '{day}'")  # noqa: S608 - our names and a date
            refill(engine, view, *bounds(day))


def bounds(day: date) -> tuple[datetime, datetime]:
    """When a day begins and when it has ended."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return begin, begin + timedelta(days=1)


def refill(
    engine: Engine,
    view: str,
    since: datetime,
    until: datetime,
    *,
    narrowed: Callable[[str], str] = str,
    unless: str = "0",
) -> None:
    """Send what a view's source has of a time through it once more, and through all views behind it.

    `narrowed` may change the view's statement; rows for which `unless` holds are left out.
    """
    sql, target = _statement(engine, view)
    columns = ", ".join([str(row["name"]) for row in engine.rows(f"DESCRIBE ({sql})")])
    # A token of its own: the same rows may have been here before, and the engine would drop them for it.
    engine.run(
        f"INSERT INTO {target} ({columns}) SELECT * FROM ({narrowed(sql)}) "  # noqa: S608 - the view's own statement
        "WHERE ts >= {since:String}::DateTime64(6, 'UTC') AND ts < {until:String}::DateTime64(6, 'UTC') "
        f"AND NOT ({unless}) "
        f"SETTINGS insert_deduplication_token = '{uuid4()}', deduplicate_blocks_in_dependent_materialized_views = 1",
        since=f"{since:%F %T}",
        until=f"{until:%F %T}",
    )


def _statement(engine: Engine, view: str) -> tuple[str, str]:
    """What a view selects, and into which table."""
    found = engine.rows(
        "SELECT as_select AS sql, "
        "extract(create_table_query, ' TO (?:(?:`[^`]+`|\\\\w+)\\\\.)?`?(\\\\w+)`?') AS target "
        "FROM system.tables WHERE database = currentDatabase() AND name = {view:String}",
        view=view,
    )
    if not found:
        return FOLLOWING[view].select, FOLLOWING[view].target
    return str(found[0]["sql"]), str(found[0]["target"])


def _days(engine: Engine) -> list[date]:
    """The days of which there are raw rows."""
    return [date.fromisoformat(str(row["day"])) for row in engine.rows(_PARTITIONS)]


def _last(engine: Engine) -> object:
    """The configuration that the store's rows follow, None when there was none yet."""
    last = engine.rows("SELECT configuration FROM folds ORDER BY at DESC LIMIT 1")
    return last[0]["configuration"] if last else None
