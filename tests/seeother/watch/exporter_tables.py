# SPDX-License-Identifier: Apache-2.0
"""The tables of the OpenTelemetry Collector's clickhouseexporter, and rows as it writes them.

Names and types are the exporter's (contrib, Map variant); indexes and codecs change no row and are left out.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from seeother.watch.warehouse import Engine
from tests.seeother.watch.otlp import Request

_ATTRIBUTES = "Map(LowCardinality(String), String)"
OTEL_TRACES = f"""
CREATE TABLE otel_traces (
    Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, TraceState String,
    SpanName LowCardinality(String), SpanKind LowCardinality(String), ServiceName LowCardinality(String),
    ResourceAttributes {_ATTRIBUTES}, ScopeName String, ScopeVersion String, SpanAttributes {_ATTRIBUTES},
    Duration UInt64, StatusCode LowCardinality(String), StatusMessage String,
    Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes {_ATTRIBUTES}),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes {_ATTRIBUTES})
)
ENGINE = MergeTree PARTITION BY toDate(Timestamp)
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)"""
_LOGS = f"""
    TraceId String, SpanId String, TraceFlags UInt8, SeverityText LowCardinality(String), SeverityNumber UInt8,
    ServiceName LowCardinality(String), Body String, ResourceSchemaUrl LowCardinality(String),
    ResourceAttributes {_ATTRIBUTES}, ScopeSchemaUrl LowCardinality(String), ScopeName String,
    ScopeVersion LowCardinality(String), ScopeAttributes {_ATTRIBUTES}, LogAttributes {_ATTRIBUTES}"""
# By generation: since April 2026 without TimestampTime; before some day in 2025 without EventName.
OTEL_LOGS = {
    "new": f"""
CREATE TABLE otel_logs (Timestamp DateTime64(9), {_LOGS}, EventName String,
    `__otel_materialized_k8s.pod.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.pod.name'])
ENGINE = MergeTree PARTITION BY toDate(Timestamp)
ORDER BY (toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp)""",
    "old": f"""
CREATE TABLE otel_logs (
    Timestamp DateTime64(9), TimestampTime DateTime DEFAULT toDateTime(Timestamp), {_LOGS}, EventName String)
ENGINE = MergeTree PARTITION BY toDate(TimestampTime)
ORDER BY (ServiceName, TimestampTime, Timestamp)""",
    "nameless": f"""
CREATE TABLE otel_logs (Timestamp DateTime64(9), TimestampTime DateTime DEFAULT toDateTime(Timestamp), {_LOGS})
ENGINE = MergeTree PARTITION BY toDate(TimestampTime)
ORDER BY (ServiceName, TimestampTime, Timestamp)""",
}
_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
_STATES = ("Unset", "Ok", "Error")


def export(engine: Engine, requests: Iterable[Request], *, nameless: bool = False) -> None:
    """Insert what the exporter would insert; `nameless` puts an event's name among its attributes, as it once did."""
    lines: dict[str, list[bytes]] = {"otel_traces": [], "otel_logs": []}
    for request in requests:
        table = "otel_traces" if isinstance(request, ExportTraceServiceRequest) else "otel_logs"
        lines[table] += [json.dumps(row).encode() + b"\n" for row in exported_rows(request, nameless=nameless)]
    for table, rows in lines.items():
        engine.insert(f"INSERT INTO {table}", "JSONEachRow", rows)


def exported_rows(request: Request, *, nameless: bool = False) -> Iterator[dict[str, Any]]:
    """A request's rows as the exporter writes them, by column."""
    if isinstance(request, ExportTraceServiceRequest):
        return _spans(request)
    return _records(request, nameless=nameless)


def _spans(request: ExportTraceServiceRequest) -> Iterator[dict[str, Any]]:
    for of in request.resource_spans:
        resource = _texts(of.resource.attributes)
        for within in of.scope_spans:
            for span in within.spans:
                yield {
                    "Timestamp": _moment(span.start_time_unix_nano),
                    "TraceId": span.trace_id.hex(),
                    "SpanId": span.span_id.hex(),
                    "ParentSpanId": span.parent_span_id.hex(),
                    "SpanName": span.name,
                    "SpanKind": _KINDS[span.kind],
                    "ServiceName": resource.get("service.name", ""),
                    "ResourceAttributes": resource,
                    "ScopeName": within.scope.name,
                    "SpanAttributes": _texts(span.attributes),
                    "Duration": max(0, span.end_time_unix_nano - span.start_time_unix_nano),
                    "StatusCode": _STATES[span.status.code],
                }


def _records(request: ExportLogsServiceRequest, *, nameless: bool) -> Iterator[dict[str, Any]]:
    for of in request.resource_logs:
        resource = _texts(of.resource.attributes)
        for within in of.scope_logs:
            for record in within.log_records:
                attributes = _texts(record.attributes)
                name = {"LogAttributes": attributes, "EventName": record.event_name}
                if nameless:
                    name = {"LogAttributes": attributes | {"event.name": record.event_name}}
                yield {
                    "Timestamp": _moment(record.time_unix_nano or record.observed_time_unix_nano),
                    "TraceId": record.trace_id.hex(),
                    "SpanId": record.span_id.hex(),
                    "SeverityNumber": record.severity_number,
                    "ServiceName": resource.get("service.name", ""),
                    "Body": record.body.string_value,
                    "ResourceAttributes": resource,
                    "ScopeName": within.scope.name,
                    **name,
                }


def _moment(nanoseconds: int) -> str:
    return f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09}"


def _texts(attributes: Iterable[KeyValue]) -> dict[str, str]:
    return {pair.key: _text(pair.value) for pair in attributes}


def _text(value: AnyValue) -> str:
    """As Go's pcommon.Value.AsString writes it."""
    kind = value.WhichOneof("value")
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "double_value":
        return json.dumps(value.double_value).removesuffix(".0")
    return str(getattr(value, kind)) if kind else ""
