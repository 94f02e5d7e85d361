# SPDX-License-Identifier: Apache-2.0
"""Answers of OTLP/HTTP: in the request's encoding, a Status message with every error (opentelemetry-proto 1.11)."""

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # the package has no types
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsPartialSuccess, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from seeother.watch.warehouse import Encoding, Signal

# google.rpc.Code
_INVALID_ARGUMENT, _DEADLINE_EXCEEDED, _NOT_FOUND, _PERMISSION_DENIED, _RESOURCE_EXHAUSTED = 3, 4, 5, 7, 8
_UNIMPLEMENTED, _UNAVAILABLE, _UNAUTHENTICATED = 12, 14, 16
_CODES = {
    400: _INVALID_ARGUMENT,
    401: _UNAUTHENTICATED,
    403: _PERMISSION_DENIED,
    404: _NOT_FOUND,
    405: _UNIMPLEMENTED,
    408: _DEADLINE_EXCEEDED,
    413: _RESOURCE_EXHAUSTED,
    415: _INVALID_ARGUMENT,
    429: _RESOURCE_EXHAUSTED,
    503: _UNAVAILABLE,
}
EMPTY = {Encoding.PROTOBUF: b"", Encoding.JSON: b"{}"}
_REASON = "without a 16-byte trace id, an 8-byte span id or a time between 2000 and 2100"


def success(signal: Signal, encoding: Encoding, rejected: int, reason: str = "") -> bytes:
    """The content of a 200: nothing when all is stored, else how many records are not, and why."""
    if rejected == 0:
        return EMPTY[encoding]
    message: Message
    if signal is Signal.TRACES:
        traces = ExportTracePartialSuccess(rejected_spans=rejected, error_message=reason or f"spans {_REASON}")
        message = ExportTraceServiceResponse(partial_success=traces)
    else:
        logs = ExportLogsPartialSuccess(rejected_log_records=rejected, error_message=reason or f"log records {_REASON}")
        message = ExportLogsServiceResponse(partial_success=logs)
    return _encoded(message, encoding)


def failure(status: int, reason: str, encoding: Encoding) -> bytes:
    """The content of an error: google.rpc.Status."""
    return _encoded(Status(code=_CODES[status], message=reason), encoding)


def _encoded(message: Message, encoding: Encoding) -> bytes:
    if encoding is Encoding.PROTOBUF:
        return message.SerializeToString()
    return MessageToJson(message, indent=None).encode()
