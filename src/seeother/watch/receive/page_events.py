# SPDX-License-Identifier: Apache-2.0
"""What a page may say, read from OTLP/JSON and written anew: nothing passes that is not named here.

Anyone can send as a browser. So service and scope are ours, events and attributes are listed with their forms, text
is scrubbed, and times are believed only within an hour of a batch that ends about now.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from pydantic import BaseModel, Field, ValidationError

from .scrub import scrubbed_agent, scrubbed_path, scrubbed_word

SERVICE = "browser"
EVENT_LIMIT = 200  # in one request
_SKEW_NS = 5 * 60 * 10**9  # by so much a client's clock may be off unnoticed
_AGE_NS = 60 * 60 * 10**9  # no event waits longer in a page
_ATTRIBUTE_LIMIT = 32
_RECORD_LIMIT = 1000  # more than can say anything in so few bytes: reading 20,000 empty ones would hold the loop up
_GROUP_LIMIT = 16  # of records, and of groups of them
_PREFIX = "browser.navigation_timing."

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_JOURNEY_ID = re.compile(r"[0-9a-f]{32}\Z")
_TRACE_ID, _SPAN_ID = re.compile(r"[0-9A-Fa-f]{32}\Z"), re.compile(r"[0-9A-Fa-f]{16}\Z")
_Text = Callable[[str], str | None]


def _fits(pattern: re.Pattern[str]) -> _Text:
    return lambda text: text if pattern.match(text) else None


_WORD = _fits(re.compile(r"[a-z][a-z0-9_-]{0,31}\Z"))
_TEXTS: Mapping[str, _Text] = {
    "journey.id": _fits(_JOURNEY_ID),
    "journey.name": _fits(_NAME),
    "journey.step": _fits(_NAME),
    "http.route": scrubbed_path,
    "error.type": scrubbed_word,
    "exception.type": scrubbed_word,
    "user_agent.synthetic.type": _fits(re.compile(r"(bot|test)\Z")),
    _PREFIX + "type": _WORD,
    "browser.web_vital.name": _WORD,
}
_NUMBERS = frozenset(
    {_PREFIX + "dom_complete", _PREFIX + "dom_interactive", _PREFIX + "load_event_end", _PREFIX + "redirect_count"}
    | {"browser.web_vital.value", "browser.web_vital.delta"}
)
EVENTS = frozenset({"browser.navigation_timing", "browser.web_vital", "exception"})


class _Value(BaseModel):
    stringValue: str | None = None  # noqa: N815 - OTLP/JSON's name
    intValue: int | None = None  # noqa: N815 - as above
    doubleValue: float | None = None  # noqa: N815 - as above
    boolValue: bool | None = None  # noqa: N815 - as above


class _Pair(BaseModel):
    key: str
    value: _Value = _Value()


class _Record(BaseModel):
    timeUnixNano: Annotated[int, Field(ge=0, lt=1 << 63)] = 0  # noqa: N815 - as above
    observedTimeUnixNano: Annotated[int, Field(ge=0, lt=1 << 63)] = 0  # noqa: N815 - as above
    traceId: str = ""  # noqa: N815 - as above
    spanId: str = ""  # noqa: N815 - as above
    eventName: str = ""  # noqa: N815 - as above
    attributes: Annotated[list[_Pair], Field(max_length=_ATTRIBUTE_LIMIT)] = []

    @property
    def at(self) -> int:
        """When it happened, by the client's clock."""
        return self.timeUnixNano or self.observedTimeUnixNano


class _Scope(BaseModel):
    logRecords: Annotated[list[_Record], Field(max_length=_RECORD_LIMIT, fail_fast=True)] = []  # noqa: N815 - as above


class _Resource(BaseModel):
    scopeLogs: Annotated[list[_Scope], Field(max_length=_GROUP_LIMIT, fail_fast=True)] = []  # noqa: N815 - as above


class _Batch(BaseModel):
    resourceLogs: Annotated[list[_Resource], Field(max_length=_GROUP_LIMIT, fail_fast=True)] = []  # noqa: N815 - as above


class UnreadableError(Exception):
    """The content is no ExportLogsServiceRequest in JSON."""


@dataclass(frozen=True, slots=True)
class PageEvents:
    """A page's events as they may be stored, the journeys they are of, and how many were left out."""

    content: bytes
    journeys: frozenset[str]
    rejected: int


def read_page_events(content: bytes, user_agent: str, now_ns: int) -> PageEvents:
    """What may be kept of a page's request; raises UnreadableError."""
    try:
        batch = _Batch.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join([str(part) for part in first["loc"]])
        raise UnreadableError(f"the content is no ExportLogsServiceRequest in JSON: {place} {first['msg']}") from None
    given = [each for one in batch.resourceLogs for scope in one.scopeLogs for each in scope.logRecords]
    newest = max([record.at for record in given], default=now_ns)
    shift = now_ns - newest if abs(now_ns - newest) > _SKEW_NS else 0
    journeys: set[str] = set()
    agent = scrubbed_agent(user_agent)
    records: list[LogRecord] = []
    for record in given[:EVENT_LIMIT]:
        if record.eventName not in EVENTS or newest - record.at > _AGE_NS:
            continue
        attributes = _attributes(record.attributes)
        journeys.add(attributes.get("journey.id", ""))
        records.append(_record(record, {**attributes, "user_agent.original": agent}, record.at + shift))
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.extend(_pairs({"service.name": SERVICE, "telemetry.sdk.language": "webjs"}))
    scope = resource.scope_logs.add()
    scope.scope.name = SERVICE
    scope.log_records.extend(records)
    return PageEvents(
        request.SerializeToString() if records else b"", frozenset(journeys - {""}), len(given) - len(records)
    )


def _attributes(pairs: list[_Pair]) -> dict[str, Any]:
    """Those that are listed and have the listed form."""
    read: dict[str, Any] = {}
    for pair in pairs:
        text, value = _TEXTS.get(pair.key), pair.value
        if text is not None and value.stringValue is not None:
            if (kept := text(value.stringValue)) is not None:
                read[pair.key] = kept
        elif pair.key in _NUMBERS:
            number = value.doubleValue if value.doubleValue is not None else value.intValue
            if number is not None and math.isfinite(number):
                read[pair.key] = float(number)
    return read


def _record(record: _Record, attributes: Mapping[str, str | float], at_ns: int) -> LogRecord:
    has_ids = _TRACE_ID.match(record.traceId) and _SPAN_ID.match(record.spanId)
    return LogRecord(
        time_unix_nano=at_ns,
        event_name=record.eventName,
        trace_id=bytes.fromhex(record.traceId) if has_ids else b"",
        span_id=bytes.fromhex(record.spanId) if has_ids else b"",
        attributes=_pairs(attributes),
    )


def _pairs(attributes: Mapping[str, str | float]) -> list[KeyValue]:
    return [
        KeyValue(
            key=key, value=AnyValue(string_value=value) if isinstance(value, str) else AnyValue(double_value=value)
        )
        for key, value in attributes.items()
    ]
