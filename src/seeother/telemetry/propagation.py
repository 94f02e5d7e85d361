# SPDX-License-Identifier: Apache-2.0
"""W3C Trace Context and Baggage, in and out of header fields; what cannot be read is as if it were not there."""

import re
from binascii import unhexlify
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote

from seeother.message import Field, Fields, Lines, every

from .context import KNOWN_FLAGS, ExchangeContext, current, mint_span_id, mint_trace_id

_LATER_VERSION = re.compile(rb"((?!00).{55})-", re.DOTALL)  # may go on behind its flags
_LENGTH = 55  # bytes of version 00, whose fields stand at fixed places
_DASH = ord("-")
_HEX_DIGITS = b"0123456789abcdef"
_NO_TRACE = bytes(16)
_NO_SPAN = bytes(8)
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
    found = lines.get(b"traceparent")
    parent = None if found is None else read_traceparent(found)
    # Trace Context section 3.2: more than one is none
    if parent is None or (lines.repeats and len(every(lines, b"traceparent")) > 1):
        return ExchangeContext(mint_trace_id(), mint_span_id())
    trace_id, parent_id, flags = parent
    return ExchangeContext(trace_id, mint_span_id(), parent_id, flags=flags)


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


def read_traceparent(value: bytes) -> tuple[bytes, bytes, int] | None:
    """Trace id, parent id and flags; None when a byte is not as section 3.2 has it."""
    if len(value) != _LENGTH:
        match = _LATER_VERSION.match(value)
        if match is None:
            return None
        value = match[1]
    if value.translate(None, _HEX_DIGITS) != b"---" or not value[2] == value[35] == value[52] == _DASH:
        return None
    if value[:2] == b"ff":
        return None
    raw = unhexlify(value.replace(b"-", b""))
    trace_id, span_id = raw[1:17], raw[17:25]
    if trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    return trace_id, span_id, raw[25] & KNOWN_FLAGS


def _decoded(value: bytes) -> str:
    """A baggage value without its percent-encoding; bytes that are no UTF-8 become U+FFFD (section 3.3.1)."""
    return unquote(value.decode("latin-1"), errors="replace")


def _name(value: str | None) -> str | None:
    """A journey's or a step's name, if it could be one."""
    return value if value and len(value) <= _NAME_LENGTH and value.isprintable() else None
