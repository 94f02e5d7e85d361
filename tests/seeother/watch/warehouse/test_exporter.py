# SPDX-License-Identifier: Apache-2.0
"""Both feeders give equal rows: bodies taken apart here, and the tables that a Collector's exporter fills."""

import random
from collections.abc import Generator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from seeother.telemetry import ATTRIBUTES
from seeother.watch.warehouse import Migration, Store, read_migrations
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.exporter import EXPORTER, exporter_migrations
from seeother.watch.warehouse.fold import fold
from tests.seeother.watch.exporter_tables import OTEL_LOGS, export
from tests.seeother.watch.feeders import Feed, differences, exporters_tables, keep
from tests.seeother.watch.otlp import BROWSER, T0, Request, Value, logs, record, span, traces
from tests.seeother.watch.warehouse.test_fold import CHECKOUT
from tests.seeother.watch.warehouse.test_migrations import put

NUMBERS = ("browser.navigation_timing.dom_complete", "browser.web_vital.value", "browser.web_vital.delta")
PERSONAL = ("/reset/3f1a77c0b2de4f5a9c1e/ann@example.org", "/phone/+49 30 123456/%40", "/a-segment-of-many-words/2026")
TEXTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("url.path", "http.target"), ("/orders/17/pay", "/cart?x=1", "/", "", *PERSONAL)),
    **dict.fromkeys(("http.route",), ("/cart", "/orders/<int:id>/payments", "/orders/{id}/pay?x=1", "")),
    **dict.fromkeys(("http.request.method", "http.method"), ("GET", "POST")),
    "seeother.message": ("`/pay?card=4111#x`; why?", "grün ☕"),
    "browser.web_vital.name": ("lcp", "cls"),
    "user_agent.original": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1",
        "curl/8.1",
        "Shop/1.0 (ann@example.org)",
    ),
    "error.type": ("TimeoutError", "org.acme.api.v2.OrderNotFound", "no ann@example.org", "503"),
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
    with exporters_tables(engine) as make:
        yield make


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
            name=rng.choice(("GET /raw?token=1", "pay", *[f"GET {path}" for path in PERSONAL])),
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


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("/orders/17/pay?card=4111", "/orders/17/pay"),
        ("/orders/4711008", "/orders/{}"),
        ("/u/ann@example.org/ann%40example.org/x", "/u/{}/{}/x"),
        ("/reset/3f1a77c0b2de4f5a9c1e", "/reset/{}"),
        ("/call/+49 30-12.34", "/call/{}"),
        ("/a-very-long-word-about-nobody", "/a-very-long-word-about-nobody"),
    ],
)
def test_of_a_path_without_a_route_nothing_about_anybody_is_kept(
    store: Store, engine: ChdbEngine, sent: str, kept: str
) -> None:
    """Nor of a span's name made of it; the exporter's rows are the same (above)."""
    put(store, traces(span({"url.path": sent}, name=f"GET {sent}")))
    put(store, traces(span({"url.path": sent, "http.route": "/x"}, name="GET /x")))

    assert engine.rows("SELECT DISTINCT path, name FROM spans ORDER BY path") == [
        {"path": "", "name": "GET /x"},
        {"path": kept, "name": f"GET {kept}"},
    ]


def test_nobodys_mail_address_is_kept(store: Store, engine: ChdbEngine) -> None:
    """Whether in an agent's name or an error's; names of classes stay as they are."""
    agent = {"user_agent.original": "Shop/1.0 (ann@example.org) x"}
    put(store, traces(span(agent | {"error.type": "org.acme.api.v2.OrderNotFound"})))
    put(store, logs(record(agent | {"exception.type": "no ann@example.org"}, event="exception")))

    assert engine.rows("SELECT user_agent, error_type FROM spans") == [
        {"user_agent": "Shop/1.0 {} x", "error_type": "org.acme.api.v2.OrderNotFound"}
    ]
    assert engine.rows("SELECT user_agent, error_type FROM log_records") == [
        {"user_agent": "Shop/1.0 {} x", "error_type": "{}"}
    ]


def test_a_store_without_the_exporters_tables_is_none_of_its(engine: ChdbEngine) -> None:
    """Nothing is applied for a table that is not there."""
    known: list[Migration] = read_migrations(EXPORTER)

    assert exporter_migrations(engine) == []
    assert [each.number for each in known] == [1001, 1002]
