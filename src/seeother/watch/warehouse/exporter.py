# SPDX-License-Identifier: Apache-2.0
"""The tables that an OpenTelemetry Collector's clickhouseexporter fills, as a source of ours.

Our views on them can be taken off for a while: what is made anew of old rows must not meet new ones on their way. Rows
that came meanwhile are read afterwards (see backfill), for the exporter's tables have them.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from seeother.errors import StoreError

from .migrate import Migration, read_migrations
from .port import Engine

EXPORTER = Path(__file__).with_name("exporter")
EXPORTER_NUMBERS = frozenset([migration.number for migration in read_migrations(EXPORTER)])
_COLUMNS = """
SELECT table, name, type FROM system.columns
WHERE database = currentDatabase() AND table IN ('otel_traces', 'otel_logs')"""
_OLDER_NAME = "l.LogAttributes['event.name'] AS event"
_THERE = "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = {view:String}"
_INSERTS = """
SELECT query_id FROM system.processes
WHERE query_kind IN ('Insert', 'AsyncInsertFlush')
    AND (current_database = currentDatabase() OR query LIKE '%otel_traces%' OR query LIKE '%otel_logs%')"""
_OVER_SECONDS = 300  # after which an insert is somebody's endless one, not the exporter's (which gives up after 10)


@dataclass(frozen=True, slots=True)
class Source:
    """A table of the exporter's, our view on it, the table that this fills, and what tells rows of that apart."""

    name: str
    view: str
    target: str
    key: str


SOURCES = (
    Source("otel_traces", "spans_from_otel_traces", "spans", "ts, trace_id, span_id"),
    Source(
        "otel_logs",
        "log_records_from_otel_logs",
        "log_records",
        "ts, trace_id, span_id, service, scope, event, severity",
    ),
)


def exporter_migrations(engine: Engine) -> list[Migration]:
    """The migrations for those of the exporter's tables that are there; raises StoreError for its JSON ones."""
    columns = {(row["table"], row["name"]): str(row["type"]) for row in engine.rows(_COLUMNS)}
    if "JSON" in {columns.get(("otel_traces", "SpanAttributes")), columns.get(("otel_logs", "LogAttributes"))}:
        raise StoreError(
            "the Collector's exporter writes its experimental JSON columns: watch reads maps (json: false)"
        )
    tables = {table for table, _ in columns}
    found = [migration for migration in read_migrations(EXPORTER) if migration.name in tables]
    if ("otel_logs", "EventName") in columns:
        return found
    return [replace(each, adapted=each.sql.replace("l.EventName AS event", _OLDER_NAME)) for each in found]


def pause(engine: Engine) -> None:
    """Take our views off the exporter's tables; returns when the last rows that they have passed on are in."""
    for source in SOURCES:
        if engine.rows(_THERE, view=source.view):
            engine.run(
                "INSERT INTO backfills (source, day, state) SELECT {source:String}, toDate(0), 'paused'",
                source=source.name,
            )
            engine.run(f"DROP VIEW IF EXISTS {source.view} SYNC")
    await_inserts(engine)


def resume(engine: Engine, migrations: Iterable[Migration]) -> None:
    """Put those that are missing on again; from when it returns they get every row that is inserted."""
    for migration in migrations:
        for statement in migration.statements:
            engine.run(statement)
    await_inserts(engine)


def await_inserts(engine: Engine) -> None:
    """Wait until those inserts are over that are under way now: they know only the views that there were."""
    waited = time.monotonic() + _OVER_SECONDS
    left = {row["query_id"] for row in engine.rows(_INSERTS)}
    while left and time.monotonic() < waited:
        time.sleep(0.05)
        left &= {row["query_id"] for row in engine.rows(_INSERTS)}
