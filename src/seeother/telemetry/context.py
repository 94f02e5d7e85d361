# SPDX-License-Identifier: Apache-2.0
"""The exchange under way, known to all that runs on its behalf.

A ContextVar follows tasks, and threads started by `asyncio.to_thread`. Baggage in OpenTelemetry's ambient context would
not do: frameworks start from the header fields and drop it.
"""

import random
from contextvars import ContextVar

SAMPLED = 0x01  # W3C Trace Context section 3.2.2.5.1
KNOWN_FLAGS = 0x03  # sampled and, of level 2, random-trace-id; other bits must not be passed on
_TRACE_BITS = 128
_SPAN_BITS = 64
# The module's own generator, not a private one: Python reseeds it in the child of a fork. Ids are no secrets.
_bits = random.getrandbits


class ExchangeContext:
    """Who this exchange is: W3C ids, the journey, and the host's own server span once it has made one.

    `parent_id` is empty for a root. `host_trace_id` and `host_span_id` are noted by the span processor; `recorded`
    is set with the row, after which the host's ids no longer change.
    """

    __slots__ = (
        "flags",
        "host_span_id",
        "host_trace_id",
        "journey_id",
        "journey_name",
        "parent_id",
        "recorded",
        "span_id",
        "step",
        "trace_id",
    )

    def __init__(
        self,
        trace_id: bytes,
        span_id: bytes,
        parent_id: bytes = b"",
        *,
        flags: int = SAMPLED,
        journey_id: str | None = None,
        journey_name: str | None = None,
        step: str | None = None,
    ) -> None:
        """Take the ids as raw bytes (16, 8 and 8 or 0 of them)."""
        self.trace_id = trace_id
        self.span_id = span_id
        self.parent_id = parent_id
        self.flags = flags
        self.journey_id = journey_id
        self.journey_name = journey_name
        self.step = step
        self.host_trace_id: bytes | None = None
        self.host_span_id: bytes | None = None
        self.recorded = False


def mint_trace_id() -> bytes:
    """A new random trace id, never the invalid all-zero one."""
    return (_bits(_TRACE_BITS) or 1).to_bytes(16)


def mint_span_id() -> bytes:
    """A new random span id, never the invalid all-zero one."""
    return (_bits(_SPAN_BITS) or 1).to_bytes(8)


_CURRENT: ContextVar[ExchangeContext | None] = ContextVar("seeother_exchange", default=None)

current = _CURRENT.get  # the exchange under way, or None
enter = _CURRENT.set  # makes an exchange the current one; returns the token for `leave`
leave = _CURRENT.reset  # undoes one `enter`, in the same task
