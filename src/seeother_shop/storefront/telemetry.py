# SPDX-License-Identifier: Apache-2.0
"""The storefront's own OpenTelemetry: FastAPI makes the spans, we stamp the journey on them and send them to watch."""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from seeother.telemetry.opentelemetry import JourneySpanProcessor

_FLUSH_MILLISECONDS = 500
_TIMEOUT_SECONDS = 5


def tracer_provider(watch: str, service: str) -> TracerProvider:
    """A provider whose spans go to `watch`; shut it down to send the last ones."""
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(JourneySpanProcessor())
    exporter = OTLPSpanExporter(endpoint=f"{watch}/v1/traces", timeout=_TIMEOUT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_FLUSH_MILLISECONDS))
    return provider
