# SPDX-License-Identifier: Apache-2.0
"""W3C Trace Context and Baggage, in and out of header fields; what cannot be read is as if it were not there."""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote

from seeother.message import Field, Fields, Lines, every

from .context import ExchangeContext, current

BAGGAGE_BYTES = 200  # what ours may take of the 8192 that others must carry
_READ_BYTES = 8192  # W3C Baggage section 3.3.2: more need not be carried, and we do not read it
_ID = re.compile(r"[0-9a-f]{32}\Z")
_NAME_LENGTH = 64  # characters of a journey's or a step's name


class Baggage(NamedTuple):
    """The journey that a peer's baggage names; worth only as much as the peer is trusted."""

    journey_id: str
    journey_name: str | None
    step: str | None


def begin(fields: Iterable[Field]) -> ExchangeContext:
    """A new exchange: a child of the request's traceparent when that is valid, else the root of a new trace."""
    lines = fields if isinstance(fields, Lines) else Lines(fields)
    given = every(lines, b"traceparent")
    return ExchangeContext(given[0] if len(given) == 1 else None)  # section 3.2: more than one is none


def read_baggage(fields: Iterable[Field]) -> Baggage | None:
    """The journey that the request's baggage names, or None; ask only if the peer is trusted."""
    found: dict[bytes, str] = {}
    for name, value in fields:
        if name == b"baggage" and len(value) <= _READ_BYTES:
            for member in value.split(b","):
                key, equals, rest = member.partition(b"=")
                key = key.strip()
                if equals and key.startswith(b"journey."):
                    found.setdefault(key, _decoded(rest.partition(b";")[0].strip()))
    journey_id = found.get(b"journey.id", "")
    if not _ID.match(journey_id):
        return None
    return Baggage(journey_id, _name(found.get(b"journey.name")), _name(found.get(b"journey.step")))


def outgoing_fields() -> Fields:
    """`traceparent` and `baggage` of the current exchange, for calls to our own services only; or nothing."""
    context = current()
    if context is None:
        return ()
    traceparent = to_traceparent(context)
    baggage = to_baggage(context)
    if not baggage:
        return ((b"traceparent", traceparent),)
    return ((b"traceparent", traceparent), (b"baggage", baggage))


def to_traceparent(context: ExchangeContext) -> bytes:
    """The traceparent that makes a call a child of this exchange: of the host's span where there is one."""
    trace_id = context.host_trace_id or context.trace_id
    span_id = context.host_span_id or context.span_id
    return f"00-{trace_id.hex()}-{span_id.hex()}-{context.flags:02x}".encode()


def to_baggage(context: ExchangeContext) -> bytes:
    """The journey as baggage of fewer than 200 bytes: first the step, then the name is left out if it must be."""
    if context.journey_id is None:
        return b""
    baggage = f"journey.id={context.journey_id}"
    for key, value in (("journey.name", context.journey_name), ("journey.step", context.step)):
        member = "" if value is None else f",{key}={quote(value, safe='')}"
        if len(baggage) + len(member) >= BAGGAGE_BYTES:
            break
        baggage += member
    return baggage.encode()


def _decoded(value: bytes) -> str:
    """A baggage value without its percent-encoding; bytes that are no UTF-8 become U+FFFD (section 3.3.1)."""
    return unquote(value.decode("latin-1"), errors="replace")


def _name(value: str | None) -> str | None:
    """A journey's or a step's name, if it could be one."""
    return value if value and len(value) <= _NAME_LENGTH and value.isprintable() else None
