# SPDX-License-Identifier: Apache-2.0
"""Both feeders give equal rows: bodies taken apart here, and the tables that a Collector's exporter fills."""

import random
from collections.abc import Callable, Generator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from seeother.telemetry import ATTRIBUTES
from seeother.watch.warehouse import Encoding, Migration, Store, Stored, migrate, read_migrations
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.exporter import EXPORTER, exporter_migrations
from seeother.watch.warehouse.fold import fold
from tests.seeother.watch import article
from tests.seeother.watch.conftest import TABLES
from tests.seeother.watch.exporter_tables import OTEL_LOGS, OTEL_TRACES, export, exported_rows
from tests.seeother.watch.otlp import BROWSER, T0, Request, Value, logs, record, span, traces
from tests.seeother.watch.warehouse.test_fold import CHECKOUT
from tests.seeother.watch.warehouse.test_migrations import put

FED = tuple([table for table in TABLES if table not in ("rejections", "routes", "identities")])
Feed = Callable[[str], None]
NUMBERS = ("browser.navigation_timing.dom_complete", "browser.web_vital.value", "browser.web_vital.delta")
TEXTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("url.path", "http.target"), ("/orders/17/pay", "/cart?x=1", "/", "")),
    **dict.fromkeys(("http.route",), ("/cart", "/orders/<int:id>/payments", "/orders/{id}/pay?x=1", "")),
    **dict.fromkeys(("http.request.method", "http.method"), ("GET", "POST")),
    "seeother.message": ("`/pay?card=4111#x`; why?", "grün ☕"),
    "browser.web_vital.name": ("lcp", "cls"),
    "user_agent.original": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1",
        "curl/8.1",
    ),
    "user_agent.synthetic.type": ("", "", "bot"),
}
OTHERS = (
    "server.address",
    "session.id",
    "geo.country.iso_code",
    "exception.type",
    "browser.navigation_timing.type",
)
KINDS = (
    {each.name: each.type for each in ATTRIBUTES}
    | {"http.status_code": "int"}
    | dict.fromkeys((*TEXTS, *OTHERS), "str")
    | dict.fromkeys(NUMBERS, "float")
)


@pytest.fixture
def feed(store: Store, engine: ChdbEngine) -> Generator[Feed]:
    """The empty store, into which a call brings the exporter's tables of one generation; they are gone afterwards."""
    assert store.path.is_dir()  # the engine is a second connection to it
    engine.run("TRUNCATE TABLE folds")
    fold(engine, [CHECKOUT])

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


def every_kind() -> list[Request]:
    """Seeded telemetry with every attribute that is read, and some that are not."""
    rng = random.Random(1002)  # noqa: S311 - a test

    def value(name: str, kind: str) -> Value:
        if kind == "bool":
            return rng.random() < 0.5
        if kind == "int":
            return rng.choice((0, 200, 303, 422, 503, -1, 10**12))
        if kind == "float":
            return rng.choice((900.5, 12, 0.001, 1e9, 8000.4999))
        return rng.choice(TEXTS.get(name, ("", "a", "'\\\"\n")))

    def attributes() -> dict[str, Value]:
        return {name: value(name, kind) for name, kind in KINDS.items() if rng.random() < 0.7}

    def one_span() -> Span:
        made = span(
            attributes(),
            name=rng.choice(("GET /raw?token=1", "pay")),
            at_ns=T0 + rng.randrange(2 * 10**14),
            duration_ns=rng.randrange(10**11),
            trace_id=rng.randbytes(16),
            span_id=rng.randbytes(8),
            parent_id=rng.choice((b"", rng.randbytes(8))),
            state=rng.choice(Status.StatusCode.values()),
        )
        made.kind = rng.choice((*Span.SpanKind.values(), Span.SPAN_KIND_SERVER))
        return made

    events = [
        *("", "journey.step", "seeother.finding", "seeother.breaker.state_changed"),
        *("exception", "browser.navigation_timing", "browser.web_vital"),
    ]
    requests: list[Request] = []
    for resource in (BROWSER, {"service.version": "1.2", "cloud.region": "eu-1"}):
        for scope in ("seeother", "flask"):
            told = [
                record(
                    attributes(),
                    event=rng.choice(events),
                    at_ns=rng.choice((0, T0 + rng.randrange(2 * 10**14))),
                    observed_ns=T0 + rng.randrange(2 * 10**14),
                    trace_id=rng.choice((b"", rng.randbytes(16))),
                    span_id=rng.choice((b"", rng.randbytes(8))),
                )
                for _ in range(150)
            ]
            requests += [traces(*[one_span() for _ in range(150)], scope=scope, resource=resource)]
            requests += [logs(*told, scope=scope, resource=resource)]
    return requests


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
    readable = "REPLACE (finalizeAggregation(error_views) AS error_views)" if table == "page_minutes" else ""
    return f"SELECT * {readable} FROM {table} {merged}"  # noqa: S608 - our own names


@pytest.mark.parametrize("generation", list(OTEL_LOGS))
def test_every_kind_of_row_is_the_same_by_both_ways(
    store: Store, engine: ChdbEngine, feed: Feed, generation: str
) -> None:
    """With the exporter's log table of today, of last year, and of before it knew the names of events."""
    sent = every_kind()
    for request in sent:
        put(store, request)
    keep(engine)

    feed(generation)
    export(engine, sent, nameless=generation == "nameless")

    assert differences(engine) == {}


@pytest.mark.timeout(300)  # a quarter of a million records, once as a Collector would write them
def test_the_articles_matrix_comes_back_digit_for_digit_by_both_ways(
    store: Store, engine: ChdbEngine, feed: Feed
) -> None:
    """100,000 attempts as raw bodies, then in the exporter's tables; rates and means are exact, not of buckets."""
    fold(engine, [article.JOURNEY])
    bodies = list(article.bodies())
    waiting = [store.submit(signal, Encoding.PROTOBUF, content) for signal, content in bodies]
    assert {future.result(timeout=300) for future in waiting} == {Stored()}
    raw = matrix(engine)
    keep(engine)

    feed("new")
    for signal, lines in article.exported(exported_rows).items():
        engine.insert(f"INSERT INTO otel_{signal}", "JSONEachRow", lines)

    assert (
        raw
        == matrix(engine)
        == [(r.step, r.http_errors, r.js_errors, r.abandoned, r.first_screen_ms) for r in article.MATRIX]
    )
    found = differences(engine)
    nothing = {"kept": 0, "added": 0, "lost": 0}  # the article has no findings, breakers and user agents
    assert found == dict.fromkeys(("findings", "breaker_changes", "dimension_minutes"), nothing)


def matrix(engine: ChdbEngine) -> list[tuple[object, ...]]:
    """The article's columns from the rollups, by place of the step: the least that a question can ask."""
    rows = engine.rows(
        """
        WITH lost AS
        (
            SELECT bitAnd(bitShiftRight(last, 1), 127) AS position, count() AS journeys
            FROM
            (
                SELECT max(last_attempt) AS last, groupBitOr(succeeded) AS won
                FROM journeys GROUP BY journey_id HAVING bitAnd(won, 8) = 0
            )
            GROUP BY position
        ),
        tried AS (SELECT step, sum(attempts) AS n, sum(http_errors) AS errors FROM step_minutes GROUP BY step),
        seen AS
        (
            SELECT
                step, sum(views) AS n, uniqExactMerge(error_views) AS errors,
                sum(first_screen_us) / sum(first_screens) / 1000 AS screen
            FROM page_minutes GROUP BY step
        )
        SELECT DISTINCT steps.step AS step, tried.errors / tried.n AS http, seen.errors / seen.n AS js,
            lost.journeys / tried.n AS gone, screen
        FROM steps JOIN tried USING step JOIN seen USING step JOIN lost ON lost.position = steps.position
        ORDER BY steps.position
        """
    )
    return [(row["step"], row["http"], row["js"], row["gone"], row["screen"]) for row in rows]


def test_a_store_without_the_exporters_tables_is_none_of_its(engine: ChdbEngine) -> None:
    """Nothing is applied for a table that is not there."""
    known: list[Migration] = read_migrations(EXPORTER)

    assert exporter_migrations(engine) == []
    assert [each.number for each in known] == [1001, 1002]
