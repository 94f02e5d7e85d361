# SPDX-License-Identifier: Apache-2.0
"""What the encoder writes is what opentelemetry-proto reads, attribute by attribute."""

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from seeother.journey import Finding, Severity
from seeother.telemetry import ATTRIBUTES, ExchangeContext, FindingRow, Row
from seeother.telemetry.otlp import Encoder
from seeother.telemetry.row import BreakerRow

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
MAYBE = st.none() | TEXT
NS = st.integers(0, 2**62)
METHODS = st.sampled_from(["GET", "POST", "DELETE", "BREW", ""])
STATUSES = st.sampled_from([0, 200, 303, 404, 422, 500, 504])
IDS = st.binary(min_size=16, max_size=16)
SPANS = st.binary(min_size=8, max_size=8)
ATTRIBUTE_NAMES = {attribute.name: attribute.type for attribute in ATTRIBUTES}


@st.composite
def contexts(draw: st.DrawFn) -> ExchangeContext:
    """Any exchange: root or child, with a journey or without, with a host's span or without."""
    context = ExchangeContext.of(
        draw(IDS),
        draw(SPANS),
        draw(st.just(b"") | SPANS),
        flags=draw(st.integers(0, 3)),
        journey_id=draw(st.none() | IDS.map(bytes.hex)),
        journey_name=draw(MAYBE),
        step=draw(MAYBE),
    )
    if draw(st.booleans()):
        context.host_trace_id, context.host_span_id = draw(IDS), draw(SPANS)
    return context


ROWS = st.builds(
    Row,
    contexts(),
    NS,
    NS,
    METHODS,
    MAYBE,
    STATUSES,
    st.booleans(),
    st.sampled_from([None, "cut"]),
    st.booleans(),
    st.none() | st.text(st.characters(codec="utf-8"), max_size=200),
)
FINDINGS = st.builds(
    Finding, TEXT, TEXT, st.sampled_from(Severity), TEXT, TEXT, METHODS, TEXT, STATUSES, repaired=st.booleans()
)
FINDING_ROWS = st.builds(FindingRow, NS, FINDINGS, st.none() | contexts(), MAYBE)


def attributes(values: dict[str, str | int | bool | None]) -> list[KeyValue]:
    """The attributes that have a value, as the library writes them."""
    kinds = {bool: "bool_value", int: "int_value", str: "string_value"}
    return [
        KeyValue(key=key, value=AnyValue(**{kinds[type(value)]: value}))  # type: ignore[arg-type]
        for key, value in values.items()
        if value is not None
    ]


def of_exchange(row: Row) -> dict[str, str | int | bool | None]:
    """The attributes of an exchange, as the contract with watch has them."""
    return {
        "http.request.method": row.method if row.method in {"GET", "POST", "DELETE"} else "_OTHER",
        "http.route": row.route,
        "http.response.status_code": row.status or None,
        "error.type": row.error_type or (str(row.status) if row.status >= 500 else None),
        "journey.name": row.context.journey_name,
        "journey.step": row.context.step,
        "journey.failed": row.failed,
        "seeother.replayed": row.replayed,
    }


def ids_of(row: Row) -> dict[str, str | int | bool | None]:
    """Those of them that differ from row to row."""
    claimed_id = None if row.claimed_id is None else row.claimed_id[:128]
    return {"journey.id": row.context.journey_id, "journey.claimed_id": claimed_id}


def span(row: Row) -> Span:
    """The server span that a row becomes where the host has none."""
    context = row.context
    verb = row.method if row.method in {"GET", "POST", "DELETE"} else "HTTP"
    made = Span(
        trace_id=context.trace_id,
        span_id=context.span_id,
        parent_span_id=context.parent_id,
        flags=context.flags | (0x300 if context.parent_id else 0x100),
        name=verb if row.route is None else f"{verb} {row.route}",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=row.start_ns,
        end_time_unix_nano=row.start_ns + row.duration_ns,
        attributes=attributes(of_exchange(row) | ids_of(row)),
    )
    if row.status >= 500 or row.error_type is not None:
        made.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR))
    return made


def step(row: Row) -> LogRecord:
    """The log record that a row becomes where the host has a server span."""
    context = row.context
    return LogRecord(
        time_unix_nano=row.start_ns,
        observed_time_unix_nano=row.start_ns + row.duration_ns,
        severity_number=17 if row.failed else 9,  # type: ignore[arg-type]
        trace_id=context.host_trace_id or b"",
        span_id=context.host_span_id or b"",
        flags=context.flags,
        event_name="journey.step",
        attributes=attributes(of_exchange(row) | {"seeother.duration_ns": row.duration_ns} | ids_of(row)),
    )


def finding(row: FindingRow) -> LogRecord:
    """The log record that a finding becomes."""
    found, context = row.finding, row.context
    record = LogRecord(
        time_unix_nano=row.time_ns,
        observed_time_unix_nano=row.time_ns,
        severity_number={"error": 17, "warning": 13, "advice": 9}[found.severity],  # type: ignore[arg-type]
        body=AnyValue(string_value=found.message),
        event_name="seeother.finding",
        attributes=attributes(
            {
                "seeother.rule": found.rule,
                "seeother.rule.name": found.name,
                "seeother.severity": str(found.severity),
                "seeother.message": found.message,
                "seeother.repaired": found.repaired,
                "http.request.method": _method(found.method),
                "http.route": row.route,
                "http.response.status_code": found.status or None,
            }
        ),
    )
    if context is not None:
        record.trace_id = context.host_trace_id or context.trace_id
        record.span_id = context.host_span_id or context.span_id
        record.flags = context.flags
        journey: dict[str, str | int | bool | None] = {
            "journey.id": context.journey_id,
            "journey.name": context.journey_name,
            "journey.step": context.step,
        }
        record.attributes.extend(attributes(journey))
    return record


def _method(method: str) -> str | None:
    """A finding about no exchange has none."""
    return (method if method in {"GET", "POST", "DELETE"} else "_OTHER") if method else None


def traces(spans: list[Span]) -> ExportTraceServiceRequest:
    """A whole request of the service `shop`."""
    resource = Resource(attributes=attributes({"service.name": "shop"}))
    scope = ScopeSpans(scope=InstrumentationScope(name="seeother"), spans=spans)
    return ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[scope])])


def logs(records: list[LogRecord]) -> ExportLogsServiceRequest:
    """A whole request of the service `shop`."""
    resource = Resource(attributes=attributes({"service.name": "shop"}))
    scope = ScopeLogs(scope=InstrumentationScope(name="seeother"), log_records=records)
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=resource, scope_logs=[scope])])


@given(st.lists(ROWS | FINDING_ROWS, max_size=6), st.integers(0, 3))
def test_the_library_reads_what_we_write(rows: list[Row | FindingRow], dropped: int) -> None:
    """Every field of every span and record, in their order; a kept shape is as good as a new one."""
    encoder = Encoder("shop")
    spans = [span(row) for row in rows if isinstance(row, Row) and row.context.host_span_id is None]
    records = [
        finding(row) if isinstance(row, FindingRow) else step(row)
        for row in rows
        if isinstance(row, FindingRow) or row.context.host_span_id is not None
    ]
    if dropped:
        gap = attributes({"seeother.dropped": dropped})
        warn = LogRecord(time_unix_nano=7, observed_time_unix_nano=7, event_name="seeother.dropped", attributes=gap)
        warn.severity_number = 13  # type: ignore[assignment]
        records.append(warn)

    first = encoder.encode(rows, dropped=dropped, now_ns=7)
    second = encoder.encode(rows, dropped=dropped, now_ns=7)

    assert first == second
    assert (first.spans, first.records) == (len(spans), len(records))
    assert _sorted_traces(first.traces) == (_normal_traces(traces(spans)) if spans else None)
    assert _sorted_logs(first.logs) == (_normal_logs(logs(records)) if records else None)


def _sorted_traces(encoded: bytes) -> ExportTraceServiceRequest | None:
    return _normal_traces(ExportTraceServiceRequest.FromString(encoded)) if encoded else None


def _sorted_logs(encoded: bytes) -> ExportLogsServiceRequest | None:
    return _normal_logs(ExportLogsServiceRequest.FromString(encoded)) if encoded else None


def _normal_traces(request: ExportTraceServiceRequest) -> ExportTraceServiceRequest:
    """The request with attributes in the order of their names: their order means nothing."""
    for each in request.resource_spans[0].scope_spans[0].spans:
        each.attributes.sort(key=_key)
    return request


def _normal_logs(request: ExportLogsServiceRequest) -> ExportLogsServiceRequest:
    for each in request.resource_logs[0].scope_logs[0].log_records:
        each.attributes.sort(key=_key)
    return request


def _key(attribute: KeyValue) -> str:
    return attribute.key


@given(ROWS | FINDING_ROWS)
def test_every_attribute_is_in_the_table(row: Row | FindingRow) -> None:
    """No name goes out that the table does not explain, and each has the type it says."""
    batch = Encoder("shop").encode([row], dropped=1)

    sent = [*ExportLogsServiceRequest.FromString(batch.logs).resource_logs[0].scope_logs[0].log_records[0].attributes]
    for each in ExportTraceServiceRequest.FromString(batch.traces).resource_spans:
        sent += each.scope_spans[0].spans[0].attributes
    types = {attribute.key: (attribute.value.WhichOneof("value") or "").partition("_")[0] for attribute in sent}

    short = {"string": "str", "int": "int", "bool": "bool"}
    assert {key: short[kind] for key, kind in types.items()} == {key: ATTRIBUTE_NAMES[key] for key in types}


def test_a_breaker_that_opens_is_a_log_record() -> None:
    """With the exchange whose call was one too many, and how long it stays open."""
    context = ExchangeContext.of(b"t" * 16, b"s" * 8)

    batch = Encoder("shop").encode([BreakerRow(5, "stock", "closed", "open", 30_000, context)])

    (made,) = ExportLogsServiceRequest.FromString(batch.logs).resource_logs[0].scope_logs[0].log_records
    assert (made.event_name, made.severity_number, made.trace_id) == ("seeother.breaker.state_changed", 13, b"t" * 16)
    assert made.body.string_value == "the breaker of stock is open, and was closed"
    sent = {each.key: each.value for each in made.attributes}
    assert {key: value.string_value or value.int_value for key, value in sent.items()} == {
        "seeother.breaker.name": "stock",
        "seeother.breaker.state": "open",
        "seeother.breaker.state.before": "closed",
        "seeother.breaker.open_ms": 30_000,
    }
    assert sent.keys() <= ATTRIBUTE_NAMES.keys()


def test_a_clock_that_went_back_makes_no_negative_duration() -> None:
    """A span ends no earlier than it began."""
    context = ExchangeContext.of(b"t" * 16, b"s" * 8)

    batch = Encoder("shop").encode([Row(context, 100, -5, "GET", None, 200)])

    (made,) = ExportTraceServiceRequest.FromString(batch.traces).resource_spans[0].scope_spans[0].spans
    assert (made.start_time_unix_nano, made.end_time_unix_nano) == (100, 100)


def test_a_wrong_id_spoils_no_batch() -> None:
    """An id of another length, or no Unicode, leaves its neighbours readable."""
    contexts_ = [
        ExchangeContext.of(b"t" * 16, b"s" * 8, journey_id=each) for each in ("x", "ä" * 40, "\udce9", "a" * 32)
    ]
    rows = [Row(context, 1, 1, "GET", "/caf\udce9", 200) for context in contexts_]

    batch = Encoder("shop").encode(rows)

    made = ExportTraceServiceRequest.FromString(batch.traces).resource_spans[0].scope_spans[0].spans
    ids = [each.value.string_value for one in made for each in one.attributes if each.key == "journey.id"]
    assert ids == ["x".ljust(32, "?"), "?" * 32, "?" * 32, "a" * 32]
    assert {each.name for each in made} == {"GET /caf?"}


def test_a_long_message_is_cut() -> None:
    """A finding's message may hold what a stranger sent."""
    found = Finding("RED001", "name", Severity.ERROR, "x" * 5000, "source", "POST", "u", 302)

    batch = Encoder("shop").encode([FindingRow(1, found, None, None)])

    (record,) = ExportLogsServiceRequest.FromString(batch.logs).resource_logs[0].scope_logs[0].log_records
    assert record.body.string_value == "x" * 2048


def test_shapes_are_kept_within_bounds() -> None:
    """More shapes than any site has are encoded all the same."""
    encoder = Encoder("shop")
    context = ExchangeContext.of(b"t" * 16, b"s" * 8)
    rows = [Row(context, 1, 1, "GET", f"/{number}", 200) for number in range(5000)]

    batch = encoder.encode([*rows, *rows])

    made = ExportTraceServiceRequest.FromString(batch.traces).resource_spans[0].scope_spans[0].spans
    assert [each.name for each in made] == [f"GET /{number}" for number in range(5000)] * 2
