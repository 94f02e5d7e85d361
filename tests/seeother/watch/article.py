# SPDX-License-Identifier: Apache-2.0
"""The article's matrix as telemetry: 100,000 attempts of four steps, with what browsers saw of them.

| step           | HTTP errors | JavaScript errors | abandoned | first screen |
| product_page   | 0.12 %      | 1.86 %            | 23.7 %    | 1240 ms      |
| add_to_cart    | 0.03 %      | 0.41 %            | 8.2 %     | 380 ms       |
| submit_order   | 1.27 %      | 2.93 %            | 41.5 %    | 2150 ms      |
| payment_result | 0.89 %      | 5.67 %            | 33.1 %    | 1890 ms      |

Whoever is not lost at a step goes straight on to a payment result that succeeds; 9,850 begin there.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from seeother.journey import Journey, Step
from seeother.message import Pattern
from seeother.watch.receive import BROWSER_PATH
from seeother.watch.warehouse import Signal
from tests.seeother.watch.otlp import BROWSER, T0, Request, Value, logs, record, record_in_json, span, traces

PER_BODY = 4_000  # records
PER_PAGE = 100  # events in a request of a browser
ATTEMPTS = 100_000
MINUTES = 4  # within which all begin; pages are believed about the last five
DURATION_NS = 10**7


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the article's matrix: rates as fractions, time in milliseconds."""

    step: str
    attempts: int
    http_errors: float
    js_errors: float
    abandoned: float
    first_screen_ms: int


MATRIX = (
    Row("product_page", 20_000, 0.0012, 0.0186, 0.237, 1240),
    Row("add_to_cart", 10_000, 0.0003, 0.0041, 0.082, 380),
    Row("submit_order", 10_000, 0.0127, 0.0293, 0.415, 2150),
    Row("payment_result", 60_000, 0.0089, 0.0567, 0.331, 1890),
)
JOURNEY = Journey(
    "checkout",
    tuple([Step(row.step, (Pattern.parse(f"GET /{row.step}"),)) for row in MATRIX]),
)
_AT_THE_GOAL = b"/" + MATRIX[-1].step.encode()
Body = tuple[str, bytes]  # the path that it is sent to, and the content


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; `number` counts those of its step."""

    journey_id: str
    row: Row
    number: int
    status: int
    at_ns: int


def attempts() -> Iterator[Attempt]:
    """All attempts, in no order of time."""
    rng = Random(5)  # noqa: S311 - a test
    *others, goal = MATRIX
    reached_goal = 0

    def begun() -> tuple[str, int]:
        return rng.randbytes(16).hex(), T0 + rng.randrange(MINUTES * 60) * 10**9

    for row in others:
        lost = round(row.attempts * row.abandoned)
        failed = round(row.attempts * row.http_errors)
        for number in range(row.attempts):
            journey_id, at_ns = begun()
            yield Attempt(journey_id, row, number, 503 if number < failed else 200, at_ns)
            if number >= lost:
                yield Attempt(journey_id, goal, reached_goal, 200, at_ns + 20 * 10**9)
                reached_goal += 1
    lost = round(goal.attempts * goal.abandoned)
    failed = round(goal.attempts * goal.http_errors)
    for number in range(reached_goal, goal.attempts):
        left = goal.attempts - number  # the last ones are lost: sent back to pay again, or failed
        status = 503 if left <= failed else 303 if left <= lost else 200
        journey_id, at_ns = begun()
        yield Attempt(journey_id, goal, number, status, at_ns)


def sent() -> Iterator[Body]:
    """All of it as it is sent: servers' spans; pages' navigations, first screens and errors.

    Those of the last step come as OTLP, as if a Collector had taken them, the others as browsers send them.
    """
    items: dict[Signal, list[bytes]] = {signal: [] for signal in Signal}
    events: list[str] = []
    kept: dict[bytes, str] = {}
    for signal, template, blanks in _pieces():
        if signal is Signal.TRACES or _AT_THE_GOAL in template:
            items[signal].append(blanks.in_bytes(template))
        else:
            if template not in kept:
                kept[template] = record_in_json(LogRecord.FromString(template))
            events.append(blanks.in_otlp_json(kept[template]))
        if len(items[signal]) == PER_BODY:
            yield f"/v1/{signal}", _request(_EMPTY[signal], items[signal])
            items[signal].clear()
        if len(events) == PER_PAGE:
            yield BROWSER_PATH, _page(events)
            events.clear()
    for signal, rest in items.items():
        yield f"/v1/{signal}", _request(_EMPTY[signal], rest)
    yield BROWSER_PATH, _page(events)


def exported(rows: Callable[[Request], Iterator[dict[str, Any]]]) -> dict[Signal, list[bytes]]:
    """The same as lines of JSON; `rows` makes an exporter's rows of a request."""
    lines: dict[Signal, list[bytes]] = {signal: [] for signal in Signal}
    kept: dict[bytes, str] = {}
    for signal, template, blanks in _pieces():
        line = kept.get(template)
        if line is None:
            request = _READ[signal](_request(_EMPTY[signal], [template]))
            (row,) = rows(request)
            line = kept[template] = json.dumps(row)
        lines[signal].append(blanks.in_row(line).encode() + b"\n")
    return lines


_TRACE, _SPAN, _JOURNEY = b"\xf1" * 16, b"\xf2" * 8, "#" * 32
_BEGIN, _END = int.from_bytes(b"\x13" * 8), int.from_bytes(b"\x14" * 8)
_EMPTY: dict[Signal, Message] = {
    Signal.TRACES: traces(),
    Signal.LOGS: logs(resource=BROWSER, scope="browser", service="browser"),  # as the browsers' door names them
}
_READ: dict[Signal, Callable[[bytes], Request]] = {
    Signal.TRACES: ExportTraceServiceRequest.FromString,
    Signal.LOGS: ExportLogsServiceRequest.FromString,
}


@dataclass(frozen=True, slots=True)
class _Blanks:
    """What differs between records of one template: building each as a whole takes a minute."""

    journey_id: str
    at_ns: int
    trace_id: bytes
    span_id: bytes

    def in_bytes(self, template: bytes) -> bytes:
        return (
            template.replace(_TRACE, self.trace_id)
            .replace(_SPAN, self.span_id)
            .replace(_JOURNEY.encode(), self.journey_id.encode())
            .replace(_BEGIN.to_bytes(8, "little"), self.at_ns.to_bytes(8, "little"))
            .replace(_END.to_bytes(8, "little"), (self.at_ns + DURATION_NS).to_bytes(8, "little"))
        )

    def in_otlp_json(self, template: str) -> str:
        return self._named(template).replace(str(_BEGIN), str(self.at_ns))

    def in_row(self, template: str) -> str:
        return (
            self._named(template)
            .replace(f"{_BEGIN // 10**9}.{_BEGIN % 10**9:09}", f"{self.at_ns // 10**9}.{self.at_ns % 10**9:09}")
            .replace(str(_END - _BEGIN), str(DURATION_NS))
        )

    def _named(self, template: str) -> str:
        return (
            template.replace(_TRACE.hex(), self.trace_id.hex())
            .replace(_SPAN.hex(), self.span_id.hex())
            .replace(_JOURNEY, self.journey_id)
        )


def _pieces() -> Iterator[tuple[Signal, bytes, _Blanks]]:
    """Every record: what it is, its template, and what belongs into that."""
    rng = Random(6)  # noqa: S311 - a test
    kept: dict[tuple[object, ...], bytes] = {}
    for attempt in attempts():
        row = attempt.row
        blanks = _Blanks(attempt.journey_id, attempt.at_ns, rng.randbytes(16), rng.randbytes(8))
        key: tuple[object, ...] = (row.step, attempt.status)
        if key not in kept:
            kept[key] = _span(row, attempt.status)
        yield Signal.TRACES, kept[key], blanks
        kinds = ["browser.navigation_timing", "browser.web_vital"]
        if attempt.number < round(row.attempts * row.js_errors):
            kinds += ["exception"] * (1 + attempt.number % 2)
        spread = (attempt.number % 100) * 2 - 99  # around the mean, in sum zero
        for kind in kinds:
            key = (row.step, kind, spread)
            if key not in kept:
                kept[key] = _event(kind, row, row.first_screen_ms + spread)
            yield Signal.LOGS, kept[key], replace(blanks, at_ns=attempt.at_ns + 10**9)


def _span(row: Row, status: int) -> bytes:
    values: dict[str, Value] = {
        "http.request.method": "GET",
        "http.route": f"/{row.step}",
        "http.response.status_code": status,
        "journey.name": JOURNEY.name,
        "journey.step": row.step,
        "journey.id": _JOURNEY,
        "journey.failed": status >= 500,
    }
    message = span(values, trace_id=_TRACE, span_id=_SPAN)
    message.start_time_unix_nano, message.end_time_unix_nano = _BEGIN, _END
    return message.SerializeToString()


def _event(kind: str, row: Row, screen_ms: int) -> bytes:
    values: dict[str, Value] = {
        "journey.name": JOURNEY.name,
        "journey.step": row.step,
        "journey.id": _JOURNEY,
        "http.route": f"/{row.step}",
    }
    own: dict[str, dict[str, Value]] = {
        "browser.navigation_timing": {"browser.navigation_timing.dom_complete": screen_ms + 500.5},
        "browser.web_vital": {
            "browser.web_vital.name": "lcp",
            "browser.web_vital.value": screen_ms + 0.0,
            "browser.web_vital.delta": screen_ms + 0.0,
        },
        "exception": {"exception.type": "TypeError"},
    }
    message = record(values | own[kind], event=kind, at_ns=_BEGIN, trace_id=_TRACE, span_id=_SPAN)
    for name in ("body", "severity_number"):  # pages send none
        message.ClearField(name)
    return message.SerializeToString()


def _page(events: list[str]) -> bytes:
    """A request of a browser."""
    return ('{"resourceLogs":[{"scopeLogs":[{"logRecords":[' + ",".join(events) + "]}]}]}").encode()


def _request(empty: Message, items: list[bytes]) -> bytes:
    """A request with one resource and scope, and these spans or log records in it (field 2 of the scope)."""
    (resource,) = empty.ListFields()[0][1]
    (scope,) = resource.ListFields()[-1][1]
    within: bytes = scope.SerializeToString() + b"".join([b"\x12" + _varint(len(item)) + item for item in items])
    of: bytes = resource.resource.SerializeToString()
    inner = b"\x0a" + _varint(len(of)) + of + b"\x12" + _varint(len(within)) + within
    return b"\x0a" + _varint(len(inner)) + inner


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
