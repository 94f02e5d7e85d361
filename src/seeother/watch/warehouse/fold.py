# SPDX-License-Identifier: Apache-2.0
"""Folds spans and log records into steps, pages and counts again when the configuration says something else of them.

Rows come in folded already, by views. Only when journeys or their routes change is everything behind `steps` made
anew, day by day, from what raw rows are still kept; counts of days without raw rows stay as they are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from seeother.journey import Journey

from .port import Engine
from .routes import SESSION, digest_of_routes, route_rows, write_routes

BEHIND = {
    "steps": "toDate(ts)",
    "pages": "toDate(ts)",
    "step_minutes": "toDate(minute)",
    "status_minutes": "toDate(minute)",
    "dimension_minutes": "toDate(minute)",
    "page_minutes": "toDate(minute)",
    "bucket_minutes": "toDate(minute)",
    "journeys": "day",
}
_VIEWS = ("exchanges_from_spans", "exchanges_from_log_records", "pages_from_log_records")
_PARTITIONS = """
SELECT DISTINCT toString(partition) AS day FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('spans', 'log_records') ORDER BY day"""


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
    last = engine.rows("SELECT configuration FROM folds ORDER BY at DESC LIMIT 1")
    if last and last[0]["configuration"] == configuration:
        return False
    write_routes(engine, rows, identity)
    days = [date.fromisoformat(str(row["day"])) for row in engine.rows(_PARTITIONS)]
    for table, column in BEHIND.items() if days else ():
        listed = ", ".join([f"'{day}'" for day in days])
        engine.run(f"DELETE FROM {table} WHERE {column} IN ({listed})")  # noqa: S608 - our names and dates
    for number, day in enumerate(days):
        report(Progress(number, len(days), day))
        for view in _VIEWS:
            refill(engine, view, day)
    engine.run("INSERT INTO folds (configuration) SELECT {configuration:String}", configuration=configuration)
    return bool(days)


def refill(engine: Engine, view: str, day: date, *, unless_in: str | None = None) -> None:
    """Send a day's rows of a view's source through it once more, and through all views behind it.

    With `unless_in`, leave out those that this table has already, by time and ids.
    """
    rest = ""
    if unless_in is not None:
        known = f"SELECT ts, trace_id, span_id FROM {unless_in}"  # noqa: S608 - our own name
        rest = f"AND (ts, trace_id, span_id) NOT IN ({known} WHERE toDate(ts) = '{day}') "
    (found,) = engine.rows(
        "SELECT as_select AS sql, "
        "extract(create_table_query, ' TO (?:`?[A-Za-z0-9_]+`?\\\\.)?`?([A-Za-z0-9_]+)`?') AS target "
        "FROM system.tables WHERE database = currentDatabase() AND name = {view:String}",
        view=view,
    )
    columns = ", ".join([str(row["name"]) for row in engine.rows(f"DESCRIBE ({found['sql']})")])
    # A token of its own: the same rows may have been here before, and the engine would drop them for it.
    engine.run(
        f"INSERT INTO {found['target']} ({columns}) SELECT * FROM ({found['sql']}) "  # noqa: S608 - the view's own statement
        "WHERE ts >= {since:String}::DateTime64(6, 'UTC') AND ts < {until:String}::DateTime64(6, 'UTC') "
        f"{rest}"
        f"SETTINGS insert_deduplication_token = '{uuid4()}', deduplicate_blocks_in_dependent_materialized_views = 1",
        since=f"{day} 00:00:00",
        until=f"{day + timedelta(days=1)} 00:00:00",
    )
