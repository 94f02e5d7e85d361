# SPDX-License-Identifier: Apache-2.0
"""What the page's questions cost over a day of journeys, beside `SELECT 1` and beside DuckDB on the same rows.

Claim: over 24 hours, questions that read counts by minute (heat map, seconds, clients) take at most ten times the CPU
time of a `SELECT 1` asked the same way, and an hour is searched within a second. The matrix, of three tables and with
percentiles, does not: planning alone takes twenty times a `SELECT 1`; it is printed beside the rest. CPU time is that
of all threads, for a neighbour's work would stretch the clock's; that is printed, too.
Those that read one row a journey (funnel, ends) grow with the journeys, and the attempts that broke with the failures;
they are printed beside the rest and beside what DuckDB takes to fold them from the raw rows.

    python bench/bench_questions.py [ROWS [GROWN]]     2 million by default; with GROWN, all again over so many rows

Rows are made in the engine, go through the views that production uses, and all questions take turns in each round.
"""

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clickhouse_connect
import duckdb

from seeother.watch.questions import (
    DIMENSIONS,
    EXCHANGES,
    FUNNEL,
    HEATMAP,
    JOURNEYS,
    MATRIX,
    SECONDS,
    TIMELINE,
    UNREPAIRED,
    Question,
)
from seeother.watch.warehouse import migrate, read_migrations, store_address
from seeother.watch.warehouse.chdb import ChdbEngine

ROUNDS = 5
ROWS = 2_000_000
CHUNK = 1_999_998
COUNTED, AD_HOC_MS = 10, 1000  # the claims
SECOND = 1_000_000  # microseconds
SINCE = 1_793_491_200 * SECOND  # 2026-11-01
HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
PERIOD = {"since": SINCE, "until": SINCE + DAY + HOUR}
ENDS = {**PERIOD, "goal": 6, "now": SINCE + 2 * DAY, "abandoned_after": HOUR // 2, "timeout": DAY}
LAST_HOUR = {"since": SINCE + 23 * HOUR, "until": SINCE + DAY}
ALL = {"step": "", "method": "", "route": "", "status": -1, "failed": True, "before_us": 4 * 10**15, "before_id": ""}

# A journey starts at some moment and walks its six steps until it drops out; one in fifty attempts to pay fails.
STEPS = """
INSERT INTO steps (ts, journey, journey_id, step, position, page, service, method, route, status, failed, duration_us,
    browser, browser_version, os, os_version, device, country, version, region, trace_id, span_id)
SELECT
    fromUnixTimestamp64Micro(
        toInt64({since:Int64} + (intHash64(j) % 86000000) * 1000 + st * (5 + h % 30) * 1000000), 'UTC'),
    'checkout', lower(hex(MD5(toString(j)))),
    ['product', 'cart', 'checkout', 'pay', 'callback', 'done'][st + 1], st + 1, '',
    ['shop', 'shop', 'shop', 'pay', 'pay', 'shop'][st + 1],
    if(st IN (0, 5), 'GET', 'POST'),
    ['/products/{}', '/cart/items', '/checkout', '/orders/{}/payments', '/payments/callback', '/orders/{}'][st + 1],
    multiIf(
        h2 % 1000 < bad, [502, 503, 504][h2 % 3 + 1], h2 % 1000 < bad + 10, [400, 409, 422][h2 % 3 + 1],
        st IN (1, 3, 4), 303, 200) AS answered,
    answered >= 400, toUInt64(exp(8 + (h % 4000) / 1000.)),
    ['Chrome', 'Safari', 'Firefox', 'Edge'][hj % 4 + 1] AS browser, toString(100 + intDiv(hj, 16) % 30),
    ['Windows', 'iOS', 'Android', 'macOS', 'Linux'][intDiv(hj, 64) % 5 + 1], toString(10 + intDiv(hj, 128) % 8),
    ['desktop', 'phone', 'tablet'][intDiv(hj, 512) % 3 + 1],
    ['CN', 'US', 'DE', 'JP', 'BR', 'IN', 'FR', 'GB'][intDiv(hj, 4096) % 8 + 1],
    ['3.0', '3.1', '3.2'][intDiv(hj, 32768) % 3 + 1], ['eu-1', 'us-1'][intDiv(hj, 262144) % 2 + 1],
    MD5(toString(hj)), reinterpretAsFixedString(h)
FROM
(
    SELECT
        intDiv(number, 6) AS j, number % 6 AS st, intHash64(number) AS h, intHash64(number * 31 + 7) AS h2,
        intHash64(intDiv(number, 6) + 99) AS hj, if(st = 3, 20, 2) AS bad
    FROM numbers({first:UInt64}, {count:UInt64})
)
WHERE st <= intHash64(j + 5) % 9
"""
PAGES = """
INSERT INTO pages (ts, journey, journey_id, step, service, route, kind, navigation, dom_complete_us, first_screen_us,
    first_screen_delta_us, trace_id, span_id)
SELECT ts, journey, journey_id, step, service, route, kind, 'navigate', if(kind = 'navigation', duration_us * 20, 0),
    if(kind = 'vital', duration_us * 9, 0) AS screen, screen, trace_id, span_id
FROM steps ARRAY JOIN ['navigation', 'vital'] AS kind
WHERE step IN ('product', 'done') AND cityHash64(journey_id) % 5 = 0
"""

# What folds the same from raw rows; journeys over the end of the period are left out on neither side.
DUCK = {
    "matrix": """SELECT step, count(*), count(*) FILTER (failed), avg(duration_us),
        approx_quantile(duration_us, [0.5, 0.95])
        FROM steps GROUP BY step""",
    "heatmap": """SELECT route, status, epoch(ts) // 1800 AS slot, count(*), count(*) FILTER (failed)
        FROM steps GROUP BY ALL""",
    "seconds": "SELECT step, status, least(duration_us // 1000000, 60) AS second, count(*) FROM steps GROUP BY ALL",
    "dimensions": """SELECT browser, os, device, country, version, region, status, count(*) FROM steps
        GROUP BY GROUPING SETS ((browser, status), (os, status), (device, status), (country, status), (version, status),
        (region, status))""",
    "funnel": """SELECT bit_count(tried), count(*) FROM (SELECT journey_id, bit_or(1 << (position - 1)) AS tried
        FROM steps GROUP BY journey_id) GROUP BY ALL""",
    "one journey": "SELECT * FROM steps WHERE journey_id = ? ORDER BY ts",
}


@dataclass(frozen=True, slots=True)
class Asking:
    """One thing that is measured: `ask` answers it, `most` is its claim in times of `SELECT 1`, or in milliseconds."""

    name: str
    ask: Callable[[], object]
    times: float | None = None
    ms: float | None = None


def fill(engine: ChdbEngine, first: int, rows: int) -> int:
    """Make about `rows` more rows, from number `first` on; says where the next would begin."""
    numbers = int(rows / 0.78)  # as many of the numbers are steps that somebody reached
    for start in range(first, first + numbers, CHUNK):
        count = min(CHUNK, first + numbers - start) // 6 * 6
        engine.run(STEPS, since=SINCE, first=start, count=count)
    return (first + numbers) // 6 * 6


def settle(engine: ChdbEngine) -> None:
    """Browser rows for the new steps, and merged tables: what stands there an hour later."""
    engine.run("TRUNCATE TABLE pages")
    engine.run(PAGES)
    for table in (
        "steps",
        "step_minutes",
        "status_minutes",
        "dimension_minutes",
        "page_minutes",
        "bucket_minutes",
        "journeys",
    ):
        engine.run(f"OPTIMIZE TABLE {table} FINAL")


def to_duckdb(engine: ChdbEngine, folder: Path) -> duckdb.DuckDBPyConnection:
    """The same rows in a table of DuckDB's."""
    parquet = folder / "steps.parquet"
    parquet.unlink(missing_ok=True)
    engine.run(f"INSERT INTO FUNCTION file('{parquet}', 'Parquet') SELECT * FROM steps")  # noqa: S608 - our own folder
    path = folder / "steps.duckdb"
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path), config={"threads": 2})
    text = (
        *("journey", "journey_id", "step", "service", "method", "route", "browser", "browser_version", "os"),
        *("os_version", "device", "country", "version", "region"),
    )
    columns = ", ".join(f"{name}::VARCHAR AS {name}" for name in text)
    plain = f"{columns}, ts, status, failed, duration_us, position"
    connection.execute(f"CREATE TABLE steps AS SELECT {plain} FROM read_parquet('{parquet}')")  # noqa: S608 - our own names
    parquet.unlink()
    return connection


def askings(address: str, some_id: str, duck: duckdb.DuckDBPyConnection) -> list[Asking]:
    """Everything that takes turns."""
    client = clickhouse_connect.get_client(dsn=address, settings={"readonly": 2})

    def asked(question: Question, **parameters: Any) -> Callable[[], object]:  # noqa: ANN401 - parameters of questions
        return lambda: [*client.query(question.sql, parameters=parameters).result_rows]

    def folded(name: str) -> Callable[[], object]:
        values = [some_id] if "?" in DUCK[name] else []
        return lambda: duck.execute(DUCK[name], values).fetchall()

    checkout = {"journey": "checkout"}
    listed = {**checkout, **ALL, "count": 101}
    return [
        Asking("SELECT 1", lambda: [*client.query("SELECT 1").result_rows]),
        Asking("matrix", asked(MATRIX, **checkout, **PERIOD)),
        Asking("heatmap", asked(HEATMAP, **checkout, **PERIOD, slot=30 * 60 * SECOND), times=COUNTED),
        Asking("seconds", asked(SECONDS, **checkout, **PERIOD), times=COUNTED),
        Asking("dimensions", asked(DIMENSIONS, **checkout, **PERIOD, step="pay"), times=COUNTED),
        Asking("funnel", asked(FUNNEL, **checkout, **ENDS)),
        Asking("ends", asked(JOURNEYS, **checkout, **ENDS)),
        Asking("unrepaired", asked(UNREPAIRED, **checkout, **PERIOD, now=ENDS["now"])),
        Asking("unrepaired, an hour", asked(UNREPAIRED, **checkout, **LAST_HOUR, now=ENDS["now"]), ms=AD_HOC_MS),
        Asking("failed exchanges, an hour", asked(EXCHANGES, **listed, **LAST_HOUR), ms=AD_HOC_MS),
        Asking("one journey", asked(TIMELINE, journey_id=some_id, since=0, until=4_102_444_800_000_000, count=1001)),
        *[Asking(f"duckdb: {name}", folded(name)) for name in DUCK],
    ]


def measure(engine: ChdbEngine, address: str, folder: Path) -> tuple[dict[str, float], list[str]]:
    """Medians in milliseconds, and the claims that did not hold."""
    (counted,) = engine.rows(
        "SELECT count() AS n, uniqExact(journey_id) AS journeys, min(journey_id) AS some FROM steps"
    )
    print(f"{int(str(counted['n'])):,} attempts of {int(str(counted['journeys'])):,} journeys in 24 hours")
    with to_duckdb(engine, folder) as duck:
        every = askings(address, str(counted["some"]), duck)
        taken: dict[str, list[tuple[float, float]]] = {each.name: [] for each in every}
        for number in range(ROUNDS + 1):
            for each in every:
                wall, cpu = time.perf_counter(), time.process_time()
                each.ask()
                if number:  # the first warms up
                    spent = (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000
                    taken[each.name].append(spent)
    medians = {name: statistics.median([cpu for cpu, _ in times]) for name, times in taken.items()}
    floor = medians["SELECT 1"]
    missed: list[str] = []
    for each in every:
        mine, all_of_them = medians[each.name], [cpu for cpu, _ in taken[each.name]]
        wall = statistics.median([wall for _, wall in taken[each.name]])
        duck_ms = medians.get(f"duckdb: {each.name}")
        beside = f"  {mine / duck_ms:5.2f} x DuckDB" if duck_ms else ""
        apart = f"{min(all_of_them):.1f} to {max(all_of_them):.1f}"
        print(
            f"{each.name:28} {mine:8.1f} ms CPU ({apart:>16})  {wall:8.1f} ms  {mine / floor:7.1f} x SELECT 1{beside}"
        )
        if (each.times and mine > each.times * floor) or (each.ms and wall > each.ms):
            missed.append(each.name)
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB, both engines")
    return medians, missed


def main(rows: int = ROWS, grown: int = 0) -> int:
    """Measure over `rows`, then over `grown`; 1 when a claim does not hold."""
    with tempfile.TemporaryDirectory(prefix="bench-questions-") as name:
        folder = Path(name)
        store = folder / "store"
        engine = ChdbEngine(store)
        migrate(engine, read_migrations())
        first = fill(engine, 0, rows)
        settle(engine)
        before, missed = measure(engine, store_address(store), folder)
        if grown:
            fill(engine, first, grown - rows)
            settle(engine)
            after, also = measure(engine, store_address(store), folder)
            missed += also
            ratios = {name: round(after[name] / before[name], 2) for name in before}
            print(f"grown {grown / rows:.1f} times, each takes so many times as long: {json.dumps(ratios)}")
        engine.close()
    if missed:
        print(f"does not hold: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*[int(float(argument)) for argument in sys.argv[1:]]))
