# SPDX-License-Identifier: Apache-2.0
"""Where the host makes OpenTelemetry spans of its own: puts the journey on them. Needs opentelemetry-sdk.

The processor reads our ContextVar, for baggage in the ambient context is lost: FastAPI and Starlette extract a span's
parent from the header fields into a fresh context.
"""

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind

from .attributes import JOURNEY_ID, JOURNEY_NAME, JOURNEY_STEP
from .context import ExchangeContext, current
from .traceparent import KNOWN_FLAGS


class JourneySpanProcessor(SpanProcessor):
    """Stamps `journey.*` on each span of an exchange, and notes the ids of the host's own server span.

    Knowing them, the guard records a log event with these ids instead of a second server span.
    """

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - the SDK's signature
        """Called by the SDK in the task that starts the span."""
        context = current()
        if context is None:
            return
        if context.host_span_id is None and not context.recorded and _is_entry(span):
            _note(span, context)
        if context.journey_id is not None:
            span.set_attribute(JOURNEY_ID, context.journey_id)
            if context.journey_name is not None:
                span.set_attribute(JOURNEY_NAME, context.journey_name)
            if context.step is not None:
                span.set_attribute(JOURNEY_STEP, context.step)


def stamp_spans(provider: TracerProvider) -> None:
    """Have all spans of `provider` carry the journey that they belong to."""
    provider.add_span_processor(JourneySpanProcessor())


def _is_entry(span: ReadableSpan) -> bool:
    """Whether this is where the request came into the host: a server span without a parent in this process."""
    return span.kind is SpanKind.SERVER and (span.parent is None or span.parent.is_remote)


def _note(span: Span, context: ExchangeContext) -> None:
    ids = span.get_span_context()
    context.host_trace_id = ids.trace_id.to_bytes(16)
    context.host_span_id = ids.span_id.to_bytes(8)
    context.flags = ids.trace_flags & KNOWN_FLAGS
