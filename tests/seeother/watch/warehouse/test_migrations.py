# SPDX-License-Identifier: Apache-2.0
"""What the views make of OTLP, seen in the tables."""

import json
import random

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from seeother.telemetry import ATTRIBUTES
from seeother.watch.warehouse import Encoding, Signal, Store, Stored, read_migrations
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.seeother.watch.otlp import SPAN_ID, T0, TRACE_ID, Request, Value, logs, record, span, to_json, traces

STEP: dict[str, Value] = {
    "http.request.method": "POST",
    "http.route": "/orders",
    "http.response.status_code": 503,
    "journey.id": "0af7651916cd43dd8448eb211c80319c",
    "journey.name": "checkout",
    "journey.step": "submit_order",
    "journey.claimed_id": "mine",
    "journey.failed": True,
    "error.type": "503",
    "seeother.replayed": True,
}
CLIENT = dict.fromkeys(("browser", "browser_version", "os", "os_version", "device"), "")
PLACE = dict.fromkeys(("country", "version", "region", "synthetic"), "")
EXCHANGE_ROW = {
    "ts": "2027-01-15 08:00:00.000000",
    "journey": "checkout",
    "journey_id": "0af7651916cd43dd8448eb211c80319c",
    "claimed_id": "mine",
    "step": "submit_order",
    "service": "shop",
    "method": "POST",
    "route": "/orders",
    "status": 503,
    "failed": True,
    "error_type": "503",
    "replayed": True,
    "duration_us": 1234,
    "trace_id": TRACE_ID.hex(),
    "span_id": SPAN_ID.hex(),
    **PLACE,
}
STEP_ROW = EXCHANGE_ROW | CLIENT | {"position": 0, "page": ""}
FINDING: dict[str, Value] = {
    "seeother.rule": "RED001",
    "seeother.rule.name": "post-answered-with-found",
    "seeother.severity": "error",
    "seeother.message": "`POST /orders` was answered 302 to `/pay?card=4111#x`; why?",
    "seeother.repaired": True,
    "http.request.method": "POST",
    "http.route": "/orders",
    "http.response.status_code": 302,
}


def put(store: Store, request: Request, encoding: Encoding = Encoding.PROTOBUF) -> Stored:
    """Store one request; the outcome must be that it is in."""
    signal = Signal.TRACES if "Trace" in type(request).__name__ else Signal.LOGS
    content = request.SerializeToString() if encoding is Encoding.PROTOBUF else to_json(request)
    outcome = store.submit(signal, encoding, content).result(timeout=30)
    assert isinstance(outcome, Stored), outcome
    return outcome


def rows(engine: ChdbEngine, table: str) -> list[dict[str, object]]:
    """All rows of a table, ids as hex."""
    return engine.rows(
        "SELECT * REPLACE (lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id) "  # noqa: S608 - our own name
        f"FROM {table} ORDER BY ts, span_id"
    )


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_span_keeps_every_known_attribute(store: Store, engine: ChdbEngine, encoding: Encoding) -> None:
    """Texts, numbers, flags, ids and times arrive as they were sent."""
    attributes: dict[str, Value] = STEP | {"server.address": "shop.example", "url.path": "/orders", "a.double": 1.5}
    sent = span(attributes, duration_ns=1_234_567, parent_id=b"12345678", state=Status.STATUS_CODE_ERROR)

    put(store, traces(sent), encoding)

    (row,) = rows(engine, "spans")
    assert row | {"parent_id": b"12345678".hex()} == EXCHANGE_ROW | {
        "parent_id": b"12345678".hex(),
        "scope": "seeother",
        "name": "a span",
        "kind": "Server",
        "state": "Error",
        "path": "",
        "peer": "shop.example",
        "session": "",
        "user_agent": "",
    }
    assert engine.rows("SELECT hex(parent_id) AS parent FROM spans") == [{"parent": b"12345678".hex()}]


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_step_comes_from_our_span_or_from_our_event(store: Store, engine: ChdbEngine, encoding: Encoding) -> None:
    """Both ways of recording an exchange give the same row."""
    event = STEP | {"seeother.duration_ns": 1_234_567}
    put(store, traces(span(STEP, duration_ns=1_234_567)), encoding)
    put(store, logs(record(event, event="journey.step")), encoding)

    assert rows(engine, "steps") == [STEP_ROW, STEP_ROW]


def test_what_is_no_row_of_ours_makes_no_step(store: Store, engine: ChdbEngine) -> None:
    """Host spans stamped with a journey, other events, and exchanges outside a journey count for nothing."""
    nowhere = {name: value for name, value in STEP.items() if name != "journey.id"}

    put(store, traces(span(STEP), scope="fastapi"))
    put(store, traces(span(nowhere)))
    put(store, logs(record(STEP, event="journey.step"), scope="fastapi"))
    put(store, logs(record(STEP, event="seeother.finding"), record(STEP), record(nowhere, event="journey.step")))

    assert rows(engine, "steps") == []
    assert engine.rows("SELECT count() AS n FROM spans") == [{"n": 2}]
    assert engine.rows("SELECT count() AS n FROM log_records") == [{"n": 4}]


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_finding_becomes_a_row_without_query_strings(store: Store, engine: ChdbEngine, encoding: Encoding) -> None:
    """The message keeps its words and loses what stood in a URL's query."""
    put(store, logs(record(FINDING, event="seeother.finding")), encoding)

    (row,) = rows(engine, "findings")
    expected = {
        "ts": "2027-01-15 08:00:00.000000",
        "rule": "RED001",
        "name": "post-answered-with-found",
        "severity": "error",
        "message": "`POST /orders` was answered 302 to `/pay?…`; why?",
        "repaired": True,
        "service": "shop",
        "method": "POST",
        "route": "/orders",
        "status": 302,
        "journey": "",
        "journey_id": "",
        "step": "",
        "trace_id": TRACE_ID.hex(),
        "span_id": SPAN_ID.hex(),
    }
    assert row == expected


def test_a_path_is_kept_only_without_a_route_and_never_its_query(store: Store, engine: ChdbEngine) -> None:
    """Personal data stand in paths and queries."""
    put(
        store,
        traces(
            span({"url.path": "/reset/ada@example.org?token=1"}, span_id=b"00000001"),
            span({"url.path": "/reset/ada@example.org", "http.route": "/reset/{who}"}, span_id=b"00000002"),
            span({"http.route": "/raw?token=1"}, name="GET /raw?token=1", span_id=b"00000003"),
        ),
    )

    assert [(row["name"], row["route"], row["path"]) for row in rows(engine, "spans")] == [
        ("a span", "", "/reset/{}"),
        ("a span", "/reset/{who}", ""),
        ("GET /raw", "/raw", ""),
    ]


def test_bodies_of_log_records_are_nowhere(store: Store, engine: ChdbEngine) -> None:
    """Free text is not kept."""
    put(store, logs(record()))

    assert "free text" not in json.dumps(rows(engine, "log_records"))


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize(
    ("trace_id", "span_id", "at_ns"),
    [
        (b"", SPAN_ID, T0),
        (TRACE_ID[:15], SPAN_ID, T0),
        (TRACE_ID * 2 + b"x", SPAN_ID, T0),
        (TRACE_ID, SPAN_ID * 3, T0),
        (TRACE_ID, b"", T0),
        (TRACE_ID, SPAN_ID, 0),
        (TRACE_ID, SPAN_ID, 1 << 63),
    ],
)
def test_a_span_that_cannot_be_placed_is_refused_alone(
    store: Store, engine: ChdbEngine, encoding: Encoding, trace_id: bytes, span_id: bytes, at_ns: int
) -> None:
    """Partial success: the others of its request are stored, and the sender learns how many are not."""
    bad = span(trace_id=trace_id, span_id=span_id, at_ns=at_ns)

    outcome = put(store, traces(span(), bad, span(span_id=b"other id")), encoding)

    assert outcome == Stored(rejected=1)
    assert engine.rows("SELECT count() AS n FROM spans") == [{"n": 2}]


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_log_record_needs_a_time_but_no_trace(store: Store, engine: ChdbEngine, encoding: Encoding) -> None:
    """Its own time, or else the time it was observed; a wrong id is no id."""
    observed = record(at_ns=0, observed_ns=T0, trace_id=b"", span_id=b"abc")

    outcome = put(store, logs(observed, record(at_ns=0), record(at_ns=1)), encoding)

    assert outcome == Stored(rejected=2)
    (row,) = rows(engine, "log_records")
    assert (row["ts"], row["trace_id"], row["span_id"]) == ("2027-01-15 08:00:00.000000", "0" * 32, "0" * 16)


def test_both_encodings_give_equal_rows(store: Store, engine: ChdbEngine) -> None:
    """Seeded telemetry of every kind, once in protobuf and once in JSON: each table holds every row twice."""
    rng = random.Random(303)  # noqa: S311 - a test
    names = {attribute.name: attribute.type for attribute in ATTRIBUTES} | {"url.path": "str", "server.address": "str"}

    def value(kind: str) -> Value:
        if kind == "bool":
            return rng.random() < 0.5
        return rng.randrange(700) if kind == "int" else rng.choice(["", "a", "grün ☕", "'\\\"\n", "/x?y=1"])

    def attributes() -> dict[str, Value]:
        return {name: value(kind) for name, kind in names.items() if rng.random() < 0.8}

    sent = [
        span(
            attributes(),
            at_ns=T0 + rng.randrange(10**15),
            duration_ns=rng.randrange(10**11),
            trace_id=rng.randbytes(16),
            span_id=rng.randbytes(8),
            parent_id=rng.choice([b"", rng.randbytes(8)]),
            state=rng.choice(Status.StatusCode.values()),
        )
        for _ in range(200)
    ]
    told = [
        record(
            attributes(),
            event=rng.choice(["", "journey.step", "seeother.finding"]),
            at_ns=rng.choice([0, T0 + rng.randrange(10**15)]),
            observed_ns=T0 + rng.randrange(10**15),
            trace_id=rng.choice([b"", rng.randbytes(16)]),
        )
        for _ in range(200)
    ]
    for encoding in Encoding:
        put(store, traces(*sent), encoding)
        put(store, logs(*told), encoding)

    for table in ("spans", "log_records", "steps", "findings"):
        counts = engine.rows(f"SELECT n, count() AS rows FROM (SELECT count() AS n FROM {table} GROUP BY *) GROUP BY n")  # noqa: S608
        assert [row["n"] for row in counts] == [2], table
    assert engine.rows("SELECT count() > 50 AS many FROM steps") == [{"many": 1}]


def test_the_rollup_counts_what_the_steps_say(store: Store, engine: ChdbEngine) -> None:
    """Attempts, failures, errors and durations by minute, before the engine has merged anything."""
    rng = random.Random(7)  # noqa: S311 - a test
    for _ in range(3):
        sent = [
            span(
                STEP
                | {
                    "journey.step": rng.choice(["", "cart", "pay"]),
                    "journey.failed": rng.random() < 0.3,
                    "http.response.status_code": rng.choice([200, 303, 422, 503]),
                },
                at_ns=T0 + rng.randrange(300) * 10**9,
                duration_ns=rng.randrange(10**9),
                span_id=rng.randbytes(8),
            )
            for _ in range(100)
        ]
        put(store, traces(*sent))

    rolled = engine.rows(
        "SELECT start AS minute, step, sumIf(n, measure = 'answer') AS a, sumIf(n, measure = 'failed') AS f, "
        "sumIf(n, measure = 'http_error') AS h, sumIf(n, measure = 'replayed') AS r, "
        "sumIf(n, measure = 'answer_us') AS d "
        "FROM counts WHERE grain = 1 GROUP BY minute, step ORDER BY minute, step"
    )
    counted = engine.rows(
        "SELECT toStartOfMinute(toDateTime(ts)) AS minute, step, count() AS a, countIf(failed) AS f, "
        "countIf(failed AND status >= 400) AS h, countIf(replayed) AS r, sum(duration_us) AS d "
        "FROM steps WHERE step != '' GROUP BY minute, step ORDER BY minute, step"
    )
    assert len(rolled) > 5
    assert rolled == counted


def test_every_attribute_of_ours_has_a_column() -> None:
    """What the guard sends is read by some view."""
    sql = "".join([migration.sql for migration in read_migrations()])

    unread = [attribute.name for attribute in ATTRIBUTES if f"'{attribute.name}'" not in sql]

    # On metrics only, which are counted and not kept.
    assert unread == ["service.instance.id", "seeother.breaker.event", "seeother.breaker.reason"]
