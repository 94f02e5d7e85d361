# SPDX-License-Identifier: Apache-2.0
"""The exchange under way, known to all that runs on its behalf.

A ContextVar follows tasks, and threads started by `asyncio.to_thread`. Baggage in OpenTelemetry's ambient context would
not do: frameworks start from the header fields and drop it.
"""

from contextvars import ContextVar

from .traceparent import SAMPLED, mint_span_id, mint_trace_id, read_traceparent

_Ids = tuple[bytes, bytes, bytes, int]  # of the trace, the span and its parent, and the flags


class ExchangeContext:
    """Who this exchange is: W3C ids, the journey, and the host's own server span once it has made one.

    `parent_id` is empty for a root. `host_trace_id` and `host_span_id` are noted by the span processor; `recorded`
    is set with the row, after which the host's ids no longer change. An exchange that begins here gets its ids when
    somebody asks for them: mostly the exporter, which nobody waits for.
    """

    _traceparent: bytes | None = None
    _ids: "_Ids | None" = None  # until they are wanted
    journey_id: str | None = None
    journey_name: str | None = None
    step: str | None = None
    host_trace_id: bytes | None = None
    host_span_id: bytes | None = None
    recorded = False

    def __init__(self, traceparent: bytes | None = None) -> None:
        """Begin an exchange: a child of the field's span when that is valid, else the root of a new trace."""
        self._traceparent = traceparent

    @classmethod
    def of(
        cls,
        trace_id: bytes,
        span_id: bytes,
        parent_id: bytes = b"",
        *,
        flags: int = SAMPLED,
        journey_id: str | None = None,
        journey_name: str | None = None,
        step: str | None = None,
    ) -> "ExchangeContext":
        """An exchange whose ids are known: raw bytes, 16, 8 and 8 or 0 of them."""
        context = cls()
        context._ids = (trace_id, span_id, parent_id, flags)
        context.journey_id, context.journey_name, context.step = journey_id, journey_name, step
        return context

    @property
    def trace_id(self) -> bytes:
        """The trace's id, 16 bytes."""
        return (self._ids or self._identified())[0]

    @property
    def span_id(self) -> bytes:
        """The id of the exchange's own span, 8 bytes."""
        return (self._ids or self._identified())[1]

    @property
    def parent_id(self) -> bytes:
        """The id of the span that the request came from, 8 bytes; empty for a root."""
        return (self._ids or self._identified())[2]

    @property
    def flags(self) -> int:
        """The trace's flags (W3C Trace Context section 3.2.2.5)."""
        return (self._ids or self._identified())[3]

    @flags.setter
    def flags(self, flags: int) -> None:
        self._ids = (self.trace_id, self.span_id, self.parent_id, flags)

    def _identified(self) -> "_Ids":
        """The ids, from now on; whichever thread asks first, all get the same."""
        parent = None if self._traceparent is None else read_traceparent(self._traceparent)
        trace_id, parent_id, flags = (mint_trace_id(), b"", SAMPLED) if parent is None else parent
        ids: _Ids = self.__dict__.setdefault("_ids", (trace_id, mint_span_id(), parent_id, flags))
        return ids


_CURRENT: ContextVar[ExchangeContext | None] = ContextVar("seeother_exchange", default=None)

current = _CURRENT.get  # the exchange under way, or None
enter = _CURRENT.set  # makes an exchange the current one; returns the token for `leave`
leave = _CURRENT.reset  # undoes one `enter`, in the same task
