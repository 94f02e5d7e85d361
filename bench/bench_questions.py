# SPDX-License-Identifier: Apache-2.0
"""What the page's questions cost over a month of journeys, beside `SELECT 1` and beside DuckDB on the same rows.

Claim: questions that read counts (matrix, heat map, seconds, clients, what broke, submits, funnel, how journeys ended)
take at most fifteen times the CPU time of a `SELECT 1` asked the same way over a day, twenty times over a month,
whatever the rows; an hour of raw rows is searched within a second, one journey is told within 100 ms, and all this
takes at most 1 GB. Aims that are not claimed are printed beside, met or missed: ten times for all questions of the
page, twenty for those about how journeys end, 20 ms for one journey. CPU time is that of all threads, for a neighbour's
work would stretch the clock's; that is printed, too.

    python bench/bench_questions.py [ROWS [FOLDER]]     half a million by default; in FOLDER the store is kept

Rows are made in the engine and go through the views that production uses; all questions take turns in each round, a
`SELECT 1` after each. A journey is seven to twenty-four exchanges, some twenty seconds apart, of which eight attempt
one of six steps until it drops out. There are more in the evening than in the morning; one in fifty attempts to pay
fails, and is tried again. Each page served is told of by a browser, and one view in forty has an error.
"""

import multiprocessing
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import clickhouse_connect
import duckdb

from seeother.watch.questions import (
    BROKEN,
    DIMENSIONS,
    EXCHANGES,
    FUNNEL,
    HEATMAP,
    JOURNEYS,
    LOST,
    MATRIX,
    SECONDS,
    SUBMITS,
    TIMELINE,
    TOTALS,
    UNREPAIRED,
    UPTIME,
    WHEREABOUTS,
    Question,
    by_step,
    grain_of,
    slots,
    windows,
)
from seeother.watch.warehouse import Rules, migrate, read_migrations, recount, store_address
from seeother.watch.warehouse.chdb import ChdbEngine

SECOND = 1_000_000  # microseconds
HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
SINCE = 1_793_491_200 * SECOND  # 2026-11-01
DAYS = 30
UNTIL = SINCE + DAYS * DAY
_EXCHANGES, _LEFT = 24, 0.835  # numbers a journey, and how many of them are exchanges that somebody reached
_CHUNK = 100_000 * _EXCHANGES
ROUNDS = 5
ROWS = 500_000
CLAIMED = {"a day": 15, "a month": 20}  # times a SELECT 1
PAGE, FUNNELS = 10, 20  # what is aimed at
AD_HOC_MS, ONE_JOURNEY_MS, ONE_JOURNEY_AIM_MS = 1000, 100, 20
MEMORY_MIB = 1000
MINUTE = HOUR // 60
PERIODS = {"a day": (UNTIL - DAY + 7 * MINUTE, UNTIL), "a month": (SINCE + 7 * MINUTE, UNTIL)}
ENDS = {"goal": 6, "now": UNTIL, "abandoned_after": HOUR // 2, "timeout": DAY}
LISTED = {"before_us": 4 * 10**15, "before_id": "", "count": 101}
RANKED = ("answer", "dom_complete", "first_screen", "submit", "complete")
CELL = {"step": "", "method": "", "route": "", "status": -1, "failed": True}

_STEPS = """
INSERT INTO steps (ts, journey, journey_id, step, position, page, service, method, route, status, failed, duration_us,
    browser, browser_version, os, os_version, device, country, version, region, trace_id, span_id)
SELECT
    fromUnixTimestamp64Micro(
        toInt64({since:Int64} + toInt64(began) * 1000 + k * (5 + hj % 30) * 1000000 + h % 1000000), 'UTC'),
    'checkout', lower(hex(MD5(toString(j)))),
    ['', 'product', 'cart', 'checkout', 'pay', 'callback', 'done'][st + 1] AS step, st, if(st IN (1, 6), step, ''),
    if(st IN (4, 5), 'pay', 'shop'),
    if(st IN (0, 1, 6), 'GET', 'POST'),
    if(st = 0,
        ['/', '/products/{}', '/search', '/categories/{}', '/cart', '/account', '/help', '/api/stock/{}'][h % 8 + 1],
        ['/products/{}', '/cart/items', '/checkout', '/orders/{}/payments', '/payments/callback', '/orders/{}'][st]),
    multiIf(
        st = 0, if(h2 % 1000 < 3, 404, 200),
        h2 % 1000 < bad, [502, 503, 504][h2 % 3 + 1], h2 % 1000 < bad + 10, [400, 409, 422][h2 % 3 + 1],
        st IN (2, 4, 5), 303, 200) AS answered,
    answered >= 400 AND st > 0, toUInt64(exp(8 + (h % 8000) / 1000.)),
    ['Chrome', 'Safari', 'Firefox', 'Edge'][hj % 4 + 1] AS browser, toString(100 + intDiv(hj, 16) % 30),
    ['Windows', 'iOS', 'Android', 'macOS', 'Linux'][intDiv(hj, 64) % 5 + 1], toString(10 + intDiv(hj, 128) % 8),
    ['desktop', 'phone', 'tablet'][intDiv(hj, 512) % 3 + 1],
    ['CN', 'US', 'DE', 'JP', 'BR', 'IN', 'FR', 'GB'][intDiv(hj, 4096) % 8 + 1],
    ['3.0', '3.1', '3.2'][intDiv(hj, 32768) % 3 + 1], ['eu-1', 'us-1'][intDiv(hj, 262144) % 2 + 1],
    MD5(toString(h)), reinterpretAsFixedString(h)
FROM
(
    SELECT
        intDiv(number, 24) AS j, number % 24 AS k, intHash64(number) AS h, intHash64(number * 31 + 7) AS h2,
        intHash64(j + 99) AS hj, intHash64(j + 5) AS hd,
        intDiv(hj, 7) % {days:UInt64} * 86400000
            + least(toUInt64(sqrt(toFloat64(hd % 1000000)) * 86400), 86399999) AS began,
        [0, 1, 0, 0, 1, 0, 0, 2, 0, 2, 0, 3, 0, 0, 4, 4, 0, 5, 6, 0, 0, 0, 0, 6][k + 1] AS st, if(st = 4, 20, 2) AS bad
    FROM numbers({first:UInt64}, {count:UInt64})
)
WHERE k <= 6 + intDiv(hd, 1000) % 40
"""
_PAGES = """
INSERT INTO pages (ts, journey, journey_id, step, service, route, kind, navigation, dom_complete_us, first_screen_us,
    first_screen_delta_us, error_type, trace_id, span_id)
SELECT
    ts + 2, journey, journey_id, page, service, route, kind, 'navigate',
    if(kind = 'navigation', duration_us * 20, 0), if(kind = 'vital', duration_us * 9, 0) AS screen, screen,
    if(kind = 'error', 'TypeError', ''), trace_id, span_id
FROM steps ARRAY JOIN
    if(cityHash64(span_id) % 40 = 0, ['navigation', 'vital', 'error'], ['navigation', 'vital']) AS kind
WHERE page != '' AND toDate(ts) = {day:String}
"""
_BEHIND = ("counts", "status_counts", "second_counts", "dimension_counts", "journeys")
_COUNTED_AGAIN = ("attempt_counts", "journey_counts")
RULES = Rules({"checkout": HOUR // 2}, {"checkout": DAY})

# What folds the same from raw rows.
DUCK = {
    "matrix": """SELECT step, count(*), count(*) FILTER (failed), avg(duration_us),
        approx_quantile(duration_us, [0.5, 0.95]) FROM steps WHERE {period} AND step != '' GROUP BY step""",
    "heat map": """SELECT route, method, status, epoch(ts) // 1800 AS slot, count(*), count(*) FILTER (failed)
        FROM steps WHERE {period} GROUP BY ALL""",
    "seconds": """SELECT step, status, least(duration_us // 1000000, 60) AS second, count(*)
        FROM steps WHERE {period} GROUP BY ALL""",
    "clients": """SELECT browser, os, device, country, version, region, status, count(*) FROM steps
        WHERE {period} AND step != '' GROUP BY GROUPING SETS ((browser, status), (os, status), (device, status),
        (country, status), (version, status), (region, status))""",
    "funnel": """SELECT bit_count(tried), count(*) FROM (SELECT journey_id, bit_or(1 << (position - 1)) AS tried
        FROM steps WHERE {period} AND position > 0 GROUP BY journey_id) GROUP BY ALL""",
    "one journey": "SELECT * FROM steps WHERE journey_id = ? ORDER BY ts",
}


def fill(store: Path, rows: int) -> None:
    """A store with about `rows` exchanges, merged: what stands there an hour later."""
    engine = ChdbEngine(store)
    migrate(engine, read_migrations())
    numbers = int(rows / _LEFT) // _EXCHANGES * _EXCHANGES
    for first in range(0, numbers, _CHUNK):
        engine.run(_STEPS, since=SINCE, first=first, count=min(_CHUNK, numbers - first), days=DAYS)
    for row in engine.rows("SELECT DISTINCT toString(toDate(ts)) AS day FROM steps ORDER BY day"):
        engine.run(_PAGES, day=row["day"])
    for table in (*_BEHIND, "steps", "pages"):
        engine.run(f"OPTIMIZE TABLE {table} FINAL")
    began = time.process_time()
    recount(engine, RULES, UNTIL)
    print(f"what came after was counted within {time.process_time() - began:.0f} s of CPU")
    for table in _COUNTED_AGAIN:
        engine.run(f"OPTIMIZE TABLE {table} FINAL")
    engine.close()


def to_duckdb(engine: ChdbEngine, folder: Path) -> duckdb.DuckDBPyConnection:
    """The same exchanges in a table of DuckDB's, in `folder`."""
    parquet, path = folder / "steps.parquet", folder / "steps.duckdb"
    for each in (parquet, path):
        each.unlink(missing_ok=True)
    columns = (
        *("journey", "journey_id", "step", "service", "method", "route", "browser", "browser_version", "os"),
        *("os_version", "device", "country", "version", "region"),
    )
    text = ", ".join([f"toString({name}) AS {name}" for name in columns])
    plain = f"SELECT ts, status, failed, duration_us, position, {text} FROM steps"  # noqa: S608 - our own names
    engine.run(
        f"INSERT INTO FUNCTION file('{parquet}', 'Parquet') {plain} SETTINGS output_format_parquet_string_as_string = 1"
    )
    connection = duckdb.connect(str(path), config={"threads": 2})
    connection.execute(f"CREATE TABLE steps AS SELECT * FROM read_parquet('{parquet}')")  # noqa: S608 - our own folder
    parquet.unlink()
    return connection


@dataclass(frozen=True, slots=True)
class Asking:
    """One thing that is measured; claimed and aimed at in times of `SELECT 1`, or in milliseconds on the clock."""

    name: str
    ask: Callable[[], object]
    times: float | None = None
    aim: float | None = None
    ms: float | None = None
    aim_ms: float | None = None


class Asker:
    """Asks as the page does, on one connection."""

    def __init__(self, address: str) -> None:
        """Connect to the store."""
        self.client = clickhouse_connect.get_client(dsn=address, settings={"readonly": 2})

    def asked(self, question: Question, **parameters: Any) -> Callable[[], object]:  # noqa: ANN401 - of questions
        """A question about the journey checkout, ready to be asked."""
        about = {"journey": "checkout", **parameters}
        return lambda: self.client.query(question.sql, parameters=about).result_rows

    def ranked(self, question: Question, **parameters: Any) -> Callable[[], object]:  # noqa: ANN401 - of questions
        """The same with the percentiles, which are found in Python."""
        about = {"journey": "checkout", **parameters}

        def tell() -> object:
            rows = self.client.query(question.sql, parameters=about).named_results()
            found = by_step(rows)
            return [of.rank(measure, part) for of in found.values() for measure in RANKED for part in (0.5, 0.75, 0.95)]

        return tell

    def journey(self, journey_id: str) -> Callable[[], object]:
        """The timeline of one journey, as the page finds it."""

        def tell() -> object:
            (seen,) = self.client.query(WHEREABOUTS.sql, parameters={"journey_id": journey_id}).result_rows
            bounds = {"since": seen[0], "until": seen[1], "journey_id": journey_id, "count": 1001}
            return self.client.query(TIMELINE.sql, parameters=bounds).result_rows

        return tell


def of_counts(asker: Asker, name: str) -> list[Asking]:
    """Questions that read counts, over one of the periods."""
    since, until = PERIODS[name]
    covered = {"slots": slots(since, until)}
    slot = DAY if until - since > DAY else HOUR // 2
    ended = {**covered, "goal": ENDS["goal"]}
    heat = {"since": since // slot * slot, "until": until, "slot": slot, "grain": grain_of(slot)}
    return [
        Asking(f"matrix, {name}", asker.ranked(MATRIX, **covered), CLAIMED[name], PAGE),
        Asking(f"heat map, {name}", asker.asked(HEATMAP, **heat), CLAIMED[name], PAGE),
        Asking(f"seconds, {name}", asker.asked(SECONDS, **covered), CLAIMED[name], PAGE),
        Asking(f"clients, {name}", asker.asked(DIMENSIONS, **covered, step=""), CLAIMED[name], PAGE),
        Asking(f"clients of a step, {name}", asker.asked(DIMENSIONS, **covered, step="pay"), CLAIMED[name], PAGE),
        Asking(f"unrepaired, {name}", asker.asked(UNREPAIRED, **covered), CLAIMED[name], PAGE),
        Asking(f"submits, {name}", asker.ranked(SUBMITS, **covered), CLAIMED[name], PAGE),
        Asking(f"funnel, {name}", asker.asked(FUNNEL, **ended), CLAIMED[name], FUNNELS),
        Asking(f"ends, {name}", asker.asked(JOURNEYS, **ended), CLAIMED[name], FUNNELS),
        Asking(f"uptime, {name}", asker.asked(UPTIME, **windows(since, until)), aim=PAGE),
    ]


def of_rows(asker: Asker, journey_id: str) -> list[Asking]:
    """Questions that read a row a journey, or raw rows."""
    day = dict(zip(("since", "until"), PERIODS["a day"], strict=True))
    hour = {"since": UNTIL - HOUR, "until": UNTIL}
    return [
        Asking("totals", asker.asked(TOTALS), aim=PAGE),
        Asking("lost, a day", asker.asked(LOST, **day, **ENDS, **LISTED, position=4), aim=FUNNELS),
        Asking("broken, an hour", asker.asked(BROKEN, **hour, **LISTED, step="", now=UNTIL), ms=AD_HOC_MS),
        Asking("failed exchanges, an hour", asker.asked(EXCHANGES, **hour, **LISTED, **CELL), ms=AD_HOC_MS),
        Asking("one journey", asker.journey(journey_id), ms=ONE_JOURNEY_MS, aim_ms=ONE_JOURNEY_AIM_MS),
    ]


def of_duckdb(connection: duckdb.DuckDBPyConnection, journey_id: str) -> dict[str, Asking]:
    """The same by DuckDB, by the name of what it stands beside."""

    def folded(sql: str, since: int, until: int) -> Callable[[], object]:
        bounds = f"epoch_us(ts) >= {since} AND epoch_us(ts) < {until}"
        return lambda: connection.execute(sql.format(period=bounds), [journey_id] if "?" in sql else []).fetchall()

    found: dict[str, Asking] = {}
    for name, sql in DUCK.items():
        for period, bounds in PERIODS.items() if "{period}" in sql else {"": (0, 0)}.items():
            of = f"{name}, {period}" if period else name
            found[of] = Asking(f"duckdb: {of}", folded(sql, *bounds))
    return found


def take_turns(floor: Asking, askings: list[Asking]) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of CPU and on the clock in each round, by name; the floor is asked after each of the others."""
    taken: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for number in range(ROUNDS + 1):
        for each in chain.from_iterable(zip(askings, repeat(floor), strict=False)):
            wall, cpu = time.perf_counter(), time.process_time()
            each.ask()
            if number:  # the first warms up
                spent = (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000
                taken[each.name].append(spent)
    return taken


def tell(each: Asking, taken: dict[str, list[tuple[float, float]]], beside: Asking | None) -> bool:
    """Print what one took; whether its claim holds."""
    cpus, walls = zip(*taken[each.name], strict=True)
    cpu, wall = statistics.median(cpus), statistics.median(walls)
    times = cpu / statistics.median([cpu for cpu, _ in taken["SELECT 1"]])
    verdict = ""
    for mine, aim, unit in ((times, each.aim, "x"), (wall, each.aim_ms or each.ms, "ms")):
        if aim is not None:
            verdict = f"aim {aim:g} {unit}: {'met' if mine <= aim else 'missed'}"
    ratio = f"{cpu / statistics.median([cpu for cpu, _ in taken[beside.name]]):6.2f} x DuckDB" if beside else ""
    apart = f"{min(cpus):.1f} to {max(cpus):.1f}"
    print(f"{each.name:28} {cpu:7.1f} ms CPU ({apart:>14}) {wall:7.1f} ms {times:6.1f} x  {verdict:20} {ratio}")
    return (each.times is None or times <= each.times) and (each.ms is None or wall <= each.ms)


def memory_mib() -> float:
    """The most that this process has held so far."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure(store: Path, folder: Path) -> list[str]:
    """The claims that do not hold."""
    asker = Asker(store_address(store))
    counted = "SELECT count() AS rows, uniqExact(journey_id) AS journeys, max(journey_id) AS some FROM steps"
    ((rows, journeys, journey_id),) = asker.client.query(counted).result_rows
    print(f"{rows:,} exchanges of {journeys:,} journeys in thirty days")
    floor = Asking("SELECT 1", lambda: asker.client.query("SELECT 1").result_rows)
    askings = [*of_counts(asker, "a day"), *of_counts(asker, "a month"), *of_rows(asker, journey_id)]
    take_turns(floor, askings)
    held = memory_mib()
    engine = ChdbEngine(store)
    with to_duckdb(engine, folder) as connection:
        beside = of_duckdb(connection, journey_id)
        taken = take_turns(floor, [*askings, *beside.values()])
    engine.close()
    missed = [each.name for each in (floor, *askings) if not tell(each, taken, beside.get(each.name))]
    print(f"memory at most {held:.0f} MiB, before DuckDB was there")
    return [*missed, *(["memory"] if held > MEMORY_MIB else [])]


def main(rows: int = ROWS, kept: str = "") -> int:
    """Measure over `rows`; 1 when a claim does not hold."""
    with tempfile.TemporaryDirectory(prefix="bench-questions-", dir=kept or None) as name:
        store = Path(kept or name) / "store"
        if not store.exists():
            # In a process of its own, whose memory does not count.
            filling = multiprocessing.get_context("spawn").Process(target=fill, args=(store, rows))
            filling.start()
            filling.join()
        missed = measure(store, Path(name))
    if missed:
        print(f"does not hold: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(int(float(given[0])) if given else ROWS, given[1] if len(given) > 1 else ""))
