# SPDX-License-Identifier: Apache-2.0
"""Holds the two feeders against each other: bodies taken apart here, and tables that a Collector's exporter fills."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from seeother.watch.warehouse import migrate, read_migrations
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.exporter import exporter_migrations
from seeother.watch.warehouse.fold import fold
from tests.seeother.watch.conftest import TABLES
from tests.seeother.watch.exporter_tables import OTEL_LOGS, OTEL_TRACES

FED = tuple([table for table in TABLES if table not in ("rejections", "routes", "identities")])
Feed = Callable[[str], None]


@contextmanager
def exporters_tables(engine: ChdbEngine) -> Generator[Feed]:
    """A call brings the exporter's tables of one generation into the store; they are gone afterwards."""

    def make(generation: str) -> None:
        engine.run(OTEL_TRACES)
        engine.run(OTEL_LOGS[generation])
        applied = migrate(engine, [*read_migrations(), *exporter_migrations(engine)])
        assert [each.name for each in applied] == ["otel_traces", "otel_logs"]

    yield make
    for name in ("spans_from_otel_traces", "log_records_from_otel_logs", "otel_traces", "otel_logs"):
        engine.run(f"DROP TABLE IF EXISTS {name}")
    for table in (*FED, "folds"):
        engine.run(f"TRUNCATE TABLE {table}")
    engine.run("DELETE FROM migrations WHERE number > 1000")
    fold(engine, [])
    engine.run("TRUNCATE TABLE folds")


def keep(engine: ChdbEngine) -> None:
    """Set all rows aside and empty the tables."""
    for table in FED:
        engine.run(f"DROP TABLE IF EXISTS kept_{table}")
        engine.run(f"CREATE TABLE kept_{table} ENGINE = Memory AS {_all(table)}")
        engine.run(f"TRUNCATE TABLE {table}")


def differences(engine: ChdbEngine) -> dict[str, object]:
    """The tables whose rows are not those that were kept, duplicates counted; what was kept is let go."""
    found: dict[str, object] = {}
    for table in FED:
        counted = "SELECT *, count() AS times FROM ({}) GROUP BY ALL"
        now, kept = counted.format(_all(table)), counted.format(f"SELECT * FROM kept_{table}")  # noqa: S608 - our names
        (row,) = engine.rows(
            f"SELECT (SELECT count() FROM kept_{table}) AS kept, "  # noqa: S608 - our own names
            f"(SELECT count() FROM ({now} EXCEPT {kept})) AS added, (SELECT count() FROM ({kept} EXCEPT {now})) AS lost"
        )
        if row["added"] != 0 or row["lost"] != 0 or row["kept"] == 0:
            found[table] = row
        engine.run(f"DROP TABLE kept_{table}")
    return found


def _all(table: str) -> str:
    """All rows of a table, those of a rollup merged."""
    merged = "" if table in ("spans", "log_records", "steps", "pages", "findings", "breaker_changes") else "FINAL"
    return f"SELECT * FROM {table} {merged}"  # noqa: S608 - our own names
