# SPDX-License-Identifier: Apache-2.0
"""Entries of an access log as failed attempts of the steps that they were meant for, into the store.

An entry whose cookie proves no journey begins one of its own: somebody's attempt failed, whoever it was.
What is going out is written down with the place up to which it was read. So whoever goes on after a kill sends the same
bytes once more, and the store knows them.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from hashlib import sha256
from logging import getLogger
from pathlib import Path
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

from seeother.errors import StoreError
from seeother.journey import Journey, Seal
from seeother.message import Pattern, PatternTable
from seeother.watch.warehouse import Encoding, Malformed, Outcome, Signal

from .entry import Entry, read_entry
from .tail import Position, Tail

SERVICE = "nginx"
_SCOPE = "seeother"  # of all that we send: such spans are judged already
POLL_SECONDS = 0.5
_AGAIN_SECONDS = 2.0  # after the store has refused, or the log could not be read
_FIRST_SERVER_ERROR = 500

_log = getLogger(__name__)


class _Place(NamedTuple):
    """Which step an exchange attempts, and the template by which it was found."""

    journey: str
    step: str
    template: str
    is_entry: bool


class Feed:
    """Follows an access log until cancelled; `kept_in` is where it remembers how far it has come."""

    def __init__(
        self,
        path: Path,
        journeys: Iterable[Journey],
        submit: Callable[[Signal, Encoding, bytes], Future[Outcome]],
        *,
        kept_in: Path,
        secrets: tuple[str, ...] = (),
    ) -> None:
        """Believe cookies that one of the site's `secrets` has signed."""
        self._submit = submit
        self._kept_in = kept_in
        self._seal = Seal(secrets) if secrets else None
        self._places = PatternTable(_places(journeys))
        self._position, self._outgoing = _remembered(kept_in)
        self._tail = Tail(path, self._position)

    async def run(self) -> None:
        """Read, store, remember, and wait."""
        try:
            while True:
                try:
                    pause = 0 if await self.step() else POLL_SECONDS
                except OSError as error:  # a new log that is not ours to read yet, or no room to remember in
                    _log.warning("the access log is not followed at the moment: %s", error)
                    pause = _AGAIN_SECONDS
                await asyncio.sleep(pause)
        finally:
            self.close()

    async def step(self) -> int:
        """How many lines there were; what concerns no step is passed over, and what is given out gets stored."""
        lines: list[bytes] = []
        if not self._outgoing:
            lines = await asyncio.to_thread(self._tail.read)
            self._outgoing = self._body(lines)
        if lines or self._outgoing:
            await asyncio.to_thread(self._remember)
        if self._outgoing:
            await self._store(self._outgoing)
            self._outgoing = b""
            await asyncio.to_thread(self._remember)
        return len(lines)

    def close(self) -> None:
        """Let the log go."""
        self._tail.close()

    async def _store(self, body: bytes) -> None:
        while True:
            try:
                outcome = await asyncio.wrap_future(self._submit(Signal.TRACES, Encoding.PROTOBUF, body))
            except StoreError as error:
                _log.warning("what the access log says is not stored yet: %s", error)
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            if isinstance(outcome, Malformed):
                _log.error("what the access log says cannot be stored: %s", outcome.reason)
            return

    def _body(self, lines: list[bytes]) -> bytes:
        """What they say, as OTLP; empty when that is nothing."""
        entries = [entry for entry in map(read_entry, lines) if entry is not None]
        found = [(entry, place) for entry in entries if (place := self._places.find(entry.method, entry.path))]
        if not found:
            return b""
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        resource.resource.attributes.append(_attribute("service.name", SERVICE))
        spans = [self._span(entry, place) for entry, place in found]
        resource.scope_spans.append(ScopeSpans(scope=InstrumentationScope(name=_SCOPE), spans=spans))
        return request.SerializeToString()

    def _span(self, entry: Entry, place: _Place) -> Span:
        """A server span whose ids are made of the entry: the same entry twice is the same span."""
        ids = sha256(repr(entry).encode()).digest()
        journey = self._journey(entry, place) or sha256(b"journey" + ids).hexdigest()[:32]
        attributes: dict[str, str | int | bool] = {
            "http.request.method": entry.method, "http.route": place.template,
            "http.response.status_code": entry.status, "journey.id": journey, "journey.name": place.journey,
            "journey.step": place.step, "journey.failed": True,
        }  # fmt: skip
        if entry.claimed:
            attributes["journey.claimed_id"] = entry.claimed
        status = Status()
        if entry.status >= _FIRST_SERVER_ERROR:
            attributes["error.type"] = str(entry.status)
            status.code = Status.STATUS_CODE_ERROR
        return Span(
            trace_id=ids[:16], span_id=ids[16:24], name=f"{entry.method} {place.template}", kind=Span.SPAN_KIND_SERVER,
            start_time_unix_nano=entry.start_ns, end_time_unix_nano=entry.start_ns + entry.duration_ns,
            attributes=[_attribute(name, value) for name, value in attributes.items()], status=status,
        )  # fmt: skip

    def _journey(self, entry: Entry, place: _Place) -> str | None:
        """The journey that the cookie proves; after its end a first step begins another (DESIGN decision 9)."""
        identity = self._seal.from_cookie(entry.cookie.encode()) if self._seal is not None else None
        if identity is None or (identity.ended and place.is_entry):
            return None
        return identity.journey_id

    def _remember(self) -> None:
        self._position = self._tail.position or self._position  # there may be no log at the moment
        beside = self._kept_in.with_suffix(".new")
        beside.write_bytes(json.dumps(self._position).encode() + b"\n" + self._outgoing)
        beside.replace(self._kept_in)


def _places(journeys: Iterable[Journey]) -> list[tuple[Pattern, _Place]]:
    """Every exchange that attempts a step, in the order of the configuration."""
    return [
        (pattern, _Place(journey.name, step.name, pattern.template, step in journey.entries))
        for journey in journeys
        for step in journey.steps
        for pattern in step.on
    ]


def _remembered(kept_in: Path) -> tuple[Position | None, bytes]:
    """Up to where a log was read, and what of it was going out."""
    try:
        place, _, outgoing = kept_in.read_bytes().partition(b"\n")
        inode, offset = json.loads(place)
        return Position(int(inode), int(offset)), outgoing
    except (OSError, ValueError, TypeError):
        return None, b""


def _attribute(name: str, value: str | int | bool) -> KeyValue:  # noqa: FBT001 - a value, not a switch
    if isinstance(value, bool):
        return KeyValue(key=name, value=AnyValue(bool_value=value))
    if isinstance(value, int):
        return KeyValue(key=name, value=AnyValue(int_value=value))
    return KeyValue(key=name, value=AnyValue(string_value=value))
