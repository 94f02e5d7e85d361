# SPDX-License-Identifier: Apache-2.0
"""Rows and findings as OTLP: `ExportTraceServiceRequest` and `ExportLogsServiceRequest` (opentelemetry-proto 1.11).

Most of a row is the same for each exchange of one route with one outcome. That part is encoded once and kept; what is
left per row are ids, times and one join. Field numbers stand beside the name of the field.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from seeother.journey import Severity

from . import attributes as names
from .context import ExchangeContext
from .protobuf import attribute, integer, message, tag, text, varint
from .row import AnyRow, BreakerRow, FindingRow, Row

_SPAN_ATTRIBUTES, _LOG_ATTRIBUTES = 9, 6
_SPAN_NAME, _SPAN_KIND, _SPAN_STATUS = 5, 6, 15
_KIND_SERVER = 2
_STATUS_ERROR = message(_SPAN_STATUS, integer(3, 2))  # Status.code = STATUS_CODE_ERROR
_SERVER_ERROR = 500  # a server span's status is Error from here on; 4xx leaves it unset (semantic conventions)

_SPAN_TIMES = struct.Struct("<BQBQ")  # start_time_unix_nano = 7, end_time_unix_nano = 8, both fixed64
_START_TAG, _END_TAG = tag(7, 1)[0], tag(8, 1)[0]
_LOG_TIMES = struct.Struct("<BQBQ")  # time_unix_nano = 1, observed_time_unix_nano = 11
_TIME_TAG, _OBSERVED_TAG = tag(1, 1)[0], tag(11, 1)[0]
_FIXED32 = struct.Struct("<I")

_TRACE_ID = tag(1, 2) + varint(16)
_SPAN_ID = tag(2, 2) + varint(8)
_PARENT_ID = tag(4, 2) + varint(8)
_LOG_TRACE_ID = tag(9, 2) + varint(16)
_LOG_SPAN_ID = tag(10, 2) + varint(8)
# SpanFlags: bits 0-7 are the W3C flags, 0x100 says that the next bit is known, 0x200 that the parent is remote.
_ROOT_FLAGS = tuple([tag(16, 5) + _FIXED32.pack(0x100 | flags) for flags in range(256)])
_CHILD_FLAGS = tuple([tag(16, 5) + _FIXED32.pack(0x300 | flags) for flags in range(256)])
_LOG_FLAGS = tuple([tag(8, 5) + _FIXED32.pack(flags) for flags in range(256)])

_ITEM = tag(2, 2)  # ScopeSpans.spans = 2, ScopeLogs.log_records = 2
_ID_DIGITS = 32
_ANY_ID = message(2, text(1, "0" * _ID_DIGITS))
_JOURNEY_ID = text(1, names.JOURNEY_ID) + _ANY_ID[:-_ID_DIGITS]
_SPAN_JOURNEY_ID = tag(_SPAN_ATTRIBUTES, 2) + varint(len(_JOURNEY_ID) + _ID_DIGITS) + _JOURNEY_ID
_LOG_JOURNEY_ID = tag(_LOG_ATTRIBUTES, 2) + varint(len(_JOURNEY_ID) + _ID_DIGITS) + _JOURNEY_ID

_INFO, _WARN, _ERROR = 9, 13, 17  # LogRecord.severity_number
_SEVERITY_NUMBERS = {Severity.ERROR: _ERROR, Severity.WARNING: _WARN, Severity.ADVICE: _INFO}
_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
_SHAPES = 4096  # encoded shapes to keep: routes times outcomes, far fewer in any site that has templates
_CLAIMED_LENGTH = 128  # characters of an unverified id: a stranger chose it
_MESSAGE_LENGTH = 2048  # characters of a finding's message

_Shape = tuple[str, str | None, int, bool, str | None, bool, str | None, str | None]


class Batch(NamedTuple):
    """Two request bodies and how many spans and log records they hold; empty where there is nothing to send."""

    traces: bytes
    spans: int
    logs: bytes
    records: int


class Encoder:
    """Turns rows into request bodies for one service."""

    __slots__ = ("_log_shapes", "_prefix", "_span_shapes")

    def __init__(self, service: str) -> None:
        """Name the resource that all rows come from."""
        resource = message(1, message(1, attribute(names.SERVICE_NAME, service)))
        self._prefix = (resource, message(1, text(1, names.SCOPE)))
        self._span_shapes: dict[_Shape, bytes] = {}
        self._log_shapes: dict[_Shape, bytes] = {}

    def encode(self, rows: Iterable[AnyRow], *, dropped: int = 0, now_ns: int = 0) -> Batch:
        """All rows as request bodies, and with them how many were `dropped` by `now_ns`."""
        spans: list[bytes] = []
        records: list[bytes] = []
        for row in rows:
            if isinstance(row, FindingRow):
                item, items = _finding(row), records
            elif isinstance(row, BreakerRow):
                item, items = _breaker(row), records
            elif row.context.host_span_id is None:
                item, items = self._span(row), spans
            else:
                item, items = self._step(row), records
            items += (_ITEM, varint(len(item)), item)
        if dropped:
            records.append(message(2, _dropped(dropped, now_ns)))
        count = len(records) // 3 + (1 if dropped else 0)
        return Batch(self._request(spans), len(spans) // 3, self._request(records), count)

    def _request(self, items: list[bytes]) -> bytes:
        """The items below one scope below one resource; logs and traces have the same field numbers here."""
        if not items:
            return b""
        resource, scope = self._prefix
        return message(1, resource + message(2, scope + b"".join(items)))

    def _span(self, row: Row) -> bytes:
        context = row.context
        shape: _Shape = (*row[3:9], context.journey_name, context.step)
        constant = self._span_shapes.get(shape) or _kept(self._span_shapes, shape, _span_shape(shape))
        parts = [
            _TRACE_ID,
            context.trace_id,
            _SPAN_ID,
            context.span_id,
            _SPAN_TIMES.pack(_START_TAG, row.start_ns, _END_TAG, row.start_ns + max(0, row.duration_ns)),
            constant,
        ]
        if context.parent_id:
            parts += (_PARENT_ID, context.parent_id, _CHILD_FLAGS[context.flags])
        else:
            parts.append(_ROOT_FLAGS[context.flags])
        if context.journey_id is not None:
            parts += (_SPAN_JOURNEY_ID, _digits(context.journey_id))
        if row.claimed_id is not None:
            parts.append(_claimed(_SPAN_ATTRIBUTES, row.claimed_id))
        return b"".join(parts)

    def _step(self, row: Row) -> bytes:
        context = row.context
        shape: _Shape = (*row[3:9], context.journey_name, context.step)
        constant = self._log_shapes.get(shape) or _kept(self._log_shapes, shape, _step_shape(shape))
        duration = max(0, row.duration_ns)
        parts = [
            _LOG_TIMES.pack(_TIME_TAG, row.start_ns, _OBSERVED_TAG, row.start_ns + duration),
            _LOG_TRACE_ID,
            context.host_trace_id or context.trace_id,
            _LOG_SPAN_ID,
            context.host_span_id or context.span_id,
            _LOG_FLAGS[context.flags],
            constant,
            message(_LOG_ATTRIBUTES, attribute(names.DURATION_NS, duration)),
        ]
        if context.journey_id is not None:
            parts += (_LOG_JOURNEY_ID, _digits(context.journey_id))
        if row.claimed_id is not None:
            parts.append(_claimed(_LOG_ATTRIBUTES, row.claimed_id))
        return b"".join(parts)


def _kept(shapes: dict[_Shape, bytes], shape: _Shape, encoded: bytes) -> bytes:
    """`encoded`, remembered; a cache that grew too large starts anew."""
    if len(shapes) >= _SHAPES:
        shapes.clear()
    shapes[shape] = encoded
    return encoded


def _span_shape(shape: _Shape) -> bytes:
    """What all spans of one shape have in common: name, kind, status and most attributes."""
    method, route, status, _, error_type, _, _, _ = shape
    verb = method if method in _METHODS else "HTTP"
    failed = _STATUS_ERROR if error_type is not None or status >= _SERVER_ERROR else b""
    name = text(_SPAN_NAME, verb if route is None else f"{verb} {route}")
    return name + integer(_SPAN_KIND, _KIND_SERVER) + failed + _shape_attributes(_SPAN_ATTRIBUTES, shape)


def _step_shape(shape: _Shape) -> bytes:
    """What all `journey.step` records of one shape have in common."""
    severity = integer(2, _ERROR if shape[3] else _INFO)
    return severity + text(12, names.EVENT_STEP) + _shape_attributes(_LOG_ATTRIBUTES, shape)


def _shape_attributes(number: int, shape: _Shape) -> bytes:
    method, route, status, failed, error_type, replayed, journey_name, step = shape
    if error_type is None and status >= _SERVER_ERROR:
        error_type = str(status)
    return _attributes(
        number,
        {
            names.HTTP_REQUEST_METHOD: _known(method),
            names.HTTP_ROUTE: route,
            names.HTTP_RESPONSE_STATUS_CODE: status or None,
            names.ERROR_TYPE: error_type,
            names.JOURNEY_NAME: journey_name,
            names.JOURNEY_STEP: step,
            names.JOURNEY_FAILED: failed,
            names.REPLAYED: replayed,
        },
    )


def _finding(row: FindingRow) -> bytes:
    """A finding as a log record; its message is the body too, for those who read it elsewhere."""
    finding, context = row.finding, row.context
    sentence = finding.message[:_MESSAGE_LENGTH]
    parts = [
        _LOG_TIMES.pack(_TIME_TAG, row.time_ns, _OBSERVED_TAG, row.time_ns),
        integer(2, _SEVERITY_NUMBERS[finding.severity]),
        message(5, text(1, sentence)),
        text(12, names.EVENT_FINDING),
        _attributes(
            _LOG_ATTRIBUTES,
            {
                names.RULE: finding.rule,
                names.RULE_NAME: finding.name,
                names.SEVERITY: str(finding.severity),
                names.MESSAGE: sentence,
                names.REPAIRED: finding.repaired,
                names.HTTP_REQUEST_METHOD: _known(finding.method) if finding.method else None,
                names.HTTP_ROUTE: row.route,
                names.HTTP_RESPONSE_STATUS_CODE: finding.status or None,
                names.JOURNEY_ID: None if context is None else context.journey_id,
                names.JOURNEY_NAME: None if context is None else context.journey_name,
                names.JOURNEY_STEP: None if context is None else context.step,
            },
        ),
    ]
    return b"".join(parts) + _within(context)


def _breaker(row: BreakerRow) -> bytes:
    """A breaker's change of state as a log record; that one opens is news for whoever is on call."""
    return (
        _LOG_TIMES.pack(_TIME_TAG, row.time_ns, _OBSERVED_TAG, row.time_ns)
        + integer(2, _WARN if row.open_ms else _INFO)
        + message(5, text(1, f"the breaker of {row.name} is {row.state}, and was {row.before}"))
        + text(12, names.EVENT_BREAKER)
        + _attributes(
            _LOG_ATTRIBUTES,
            {
                names.BREAKER_NAME: row.name,
                names.BREAKER_STATE: row.state,
                names.BREAKER_STATE_BEFORE: row.before,
                names.BREAKER_OPEN_MS: row.open_ms,
            },
        )
        + _within(row.context)
    )


def _within(context: ExchangeContext | None) -> bytes:
    """The exchange that a log record is about."""
    if context is None:
        return b""
    parts = (
        _LOG_TRACE_ID,
        context.host_trace_id or context.trace_id,
        _LOG_SPAN_ID,
        context.host_span_id or context.span_id,
        _LOG_FLAGS[context.flags],
    )
    return b"".join(parts)


def _dropped(count: int, now_ns: int) -> bytes:
    """How many rows were lost for want of room, as a log record: a gap must not look like peace."""
    return (
        _LOG_TIMES.pack(_TIME_TAG, now_ns, _OBSERVED_TAG, now_ns)
        + integer(2, _WARN)
        + text(12, names.EVENT_DROPPED)
        + _attributes(_LOG_ATTRIBUTES, {names.DROPPED: count})
    )


def _attributes(number: int, values: dict[str, str | int | bool | None]) -> bytes:
    """The attributes that have a value, each as field `number`."""
    return b"".join([message(number, attribute(key, value)) for key, value in values.items() if value is not None])


def _digits(journey_id: str) -> bytes:
    """The id as the 32 bytes that the length before it promises, whatever someone has put there."""
    return journey_id.encode("ascii", "replace").ljust(_ID_DIGITS, b"?")[:_ID_DIGITS]


def _claimed(number: int, claimed_id: str) -> bytes:
    return message(number, attribute(names.JOURNEY_CLAIMED_ID, claimed_id[:_CLAIMED_LENGTH]))


def _known(method: str) -> str:
    """The method, or what the semantic conventions say instead of one that is not registered."""
    return method if method in _METHODS else "_OTHER"
