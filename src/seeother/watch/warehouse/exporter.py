# SPDX-License-Identifier: Apache-2.0
"""The tables that an OpenTelemetry Collector's clickhouseexporter fills, as a source of ours."""

from dataclasses import replace
from pathlib import Path

from .migrate import Migration, read_migrations
from .port import Engine

EXPORTER = Path(__file__).with_name("exporter")
EXPORTER_NUMBERS = frozenset([migration.number for migration in read_migrations(EXPORTER)])
_COLUMNS = """
SELECT table, name FROM system.columns
WHERE database = currentDatabase() AND table IN ('otel_traces', 'otel_logs')"""
_OLDER_NAME = "l.LogAttributes['event.name'] AS event"


def exporter_migrations(engine: Engine) -> list[Migration]:
    """The migrations for those of the exporter's tables that are there."""
    columns = {(row["table"], row["name"]) for row in engine.rows(_COLUMNS)}
    tables = {table for table, _ in columns}
    found = [migration for migration in read_migrations(EXPORTER) if migration.name in tables]
    if ("otel_logs", "EventName") in columns:
        return found
    return [replace(each, adapted=each.sql.replace("l.EventName AS event", _OLDER_NAME)) for each in found]
