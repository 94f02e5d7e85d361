# SPDX-License-Identifier: Apache-2.0
"""How long rows are kept: raw ones for weeks, counts and folded journeys for more than a year.

The engine drops what is older by itself, whole parts of the raw tables at once.
"""

from datetime import timedelta

from .port import Engine

RAW_DAYS = timedelta(days=30)
COUNT_DAYS = timedelta(days=400)  # a year, to compare with, and the month that it takes to look
_RAW = ("spans", "log_records", "steps", "pages", "findings", "breaker_changes")
_COUNTS = (
    *("counts", "status_counts", "second_counts", "dimension_counts"),
    *("attempt_counts", "journey_counts"),
)
_LONGEST = timedelta(days=10_000)  # beyond 2106 the engine's DateTime begins anew, and everything would be too old
_SECOND = timedelta(seconds=1)
_ENGINE = """
SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = {table:String}"""


def keep(engine: Engine, raw: timedelta = RAW_DAYS, counts: timedelta = COUNT_DAYS) -> list[str]:
    """Have the engine keep rows for so long; the names of the tables for which that is new."""
    raw, counts = min(raw, _LONGEST), min(counts, _LONGEST)
    wanted = {
        **dict.fromkeys(_RAW, f"toDateTime(ts) + toIntervalSecond({raw // _SECOND})"),
        **dict.fromkeys(_COUNTS, f"start + toIntervalSecond({counts // _SECOND})"),
        "journeys": f"toDateTime(day) + toIntervalSecond({counts // _SECOND})",
    }
    changed: list[str] = []
    for table, expression in wanted.items():
        (row,) = engine.rows(_ENGINE, table=table)
        if f"TTL {expression} " not in f"{row['engine_full']} ":
            engine.run(f"ALTER TABLE {table} MODIFY SETTING ttl_only_drop_parts = {int(table in _RAW)}")
            engine.run(f"ALTER TABLE {table} MODIFY TTL {expression}")
            changed.append(table)
    return changed
