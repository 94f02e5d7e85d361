# SPDX-License-Identifier: Apache-2.0
"""Builds OTLP requests with OpenTelemetry's own messages."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs, SeverityNumber
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

T0 = 1_800_000_000_000_000_000  # nanoseconds since the epoch
TRACE_ID = bytes(range(16))
SPAN_ID = bytes(range(8))
_ID_NAMES = ("traceId", "spanId", "parentSpanId")

Value = str | int | float | bool
_PYTHON: Mapping[str, Value] = {"telemetry.sdk.language": "python"}
BROWSER: Mapping[str, Value] = {"telemetry.sdk.language": "webjs"}
Request = ExportTraceServiceRequest | ExportLogsServiceRequest


def span(
    attributes: Mapping[str, Value] | None = None,
    *,
    name: str = "a span",
    at_ns: int = T0,
    duration_ns: int = 0,
    trace_id: bytes = TRACE_ID,
    span_id: bytes = SPAN_ID,
    parent_id: bytes = b"",
    state: Status.StatusCode.ValueType = Status.STATUS_CODE_UNSET,
) -> Span:
    """A server span."""
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent_id,
        name=name,
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=at_ns,
        end_time_unix_nano=at_ns + duration_ns,
        attributes=_pairs(attributes or {}),
        status=Status(code=state),
    )


def traces(
    *spans: Span, scope: str = "seeother", service: str = "shop", resource: Mapping[str, Value] = _PYTHON
) -> ExportTraceServiceRequest:
    """A request with the spans of one scope of one service."""
    within = ScopeSpans(scope=InstrumentationScope(name=scope), spans=spans)
    of = _resource(service, resource)
    return ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=of, scope_spans=[within])])


def record(
    attributes: Mapping[str, Value] | None = None,
    *,
    event: str = "",
    at_ns: int = T0,
    observed_ns: int = 0,
    trace_id: bytes = TRACE_ID,
    span_id: bytes = SPAN_ID,
) -> LogRecord:
    """A log record; an event when it has a name."""
    return LogRecord(
        time_unix_nano=at_ns,
        observed_time_unix_nano=observed_ns,
        severity_number=SeverityNumber.SEVERITY_NUMBER_INFO,
        body=AnyValue(string_value="free text about a person"),
        attributes=_pairs(attributes or {}),
        trace_id=trace_id,
        span_id=span_id,
        event_name=event,
    )


def logs(
    *records: LogRecord, scope: str = "seeother", service: str = "shop", resource: Mapping[str, Value] = _PYTHON
) -> ExportLogsServiceRequest:
    """A request with the log records of one scope of one service."""
    within = ScopeLogs(scope=InstrumentationScope(name=scope), log_records=records)
    of = _resource(service, resource)
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=of, scope_logs=[within])])


def to_json(request: Request) -> bytes:
    """The request in OTLP/JSON, where ids are hex and enumerations numbers."""
    document = MessageToDict(request, use_integers_for_enums=True)
    _hex_ids(document)
    return json.dumps(document).encode()


def record_in_json(one: LogRecord) -> str:
    """A log record in OTLP/JSON, as JavaScript writes it."""
    node = MessageToDict(one, use_integers_for_enums=True)
    _hex_ids(node)
    return json.dumps(node, separators=(",", ":"))


def _hex_ids(node: Any) -> None:  # noqa: ANN401 - JSON
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _ID_NAMES:
                node[key] = base64.b64decode(value).hex()
            else:
                _hex_ids(value)
    elif isinstance(node, list):
        for value in node:
            _hex_ids(value)


def _resource(service: str, attributes: Mapping[str, Value]) -> Resource:
    return Resource(attributes=_pairs({**attributes, "service.name": service}))


def _pairs(attributes: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in attributes.items()]


def _value(value: Value) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)
