# SPDX-License-Identifier: Apache-2.0
"""A shop that knows nothing of SeeOther: OpenTelemetry's own SDK, sending to a Collector."""

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

SECOND = 10**9  # nanoseconds
CONFIG = """
[journey.checkout]
[[journey.checkout.step]]
name = "cart"
on = ["GET /cart"]
[[journey.checkout.step]]
name = "pay"
on = ["POST /orders/{id}/payments"]
page = ["GET /orders/{id}/pay"]
"""


class StockShop:
    """Sends spans of its servers and events of its pages; `purchases` tells how many people have bought."""

    def __init__(self, collector: str) -> None:
        """Send to the Collector at this address."""
        self.purchases = 0
        self._spans = TracerProvider(resource=Resource({"service.name": "stock"}), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{collector}/v1/traces")
        self._spans.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=1 << 16, schedule_delay_millis=100))
        page = Resource({"service.name": "stock-page", "telemetry.sdk.language": "webjs"})
        self._events = LoggerProvider(resource=page, shutdown_on_exit=False)
        sender = OTLPLogExporter(f"{collector}/v1/logs")
        self._events.add_log_record_processor(
            BatchLogRecordProcessor(sender, max_queue_size=1 << 16, schedule_delay_millis=100)
        )

    def sell(self, at_ns: int, *, status: int = 303) -> None:
        """One person looks into the cart, pays, and sees a page."""
        person = f"person-{self.purchases}"
        self._exchange("GET", "/cart", 200, person, at_ns)
        self._exchange("POST", "/orders/{id}/payments", status, person, at_ns + SECOND)
        seen: dict[str, str | float] = {
            "http.route": "/orders/{id}/pay",
            "journey.id": person,
            "browser.navigation_timing.type": "navigate",
            "browser.navigation_timing.dom_complete": 812.5,
        }
        self._events.get_logger("page").emit(
            LogRecord(
                timestamp=at_ns + 2 * SECOND,
                severity_number=SeverityNumber.INFO,
                event_name="browser.navigation_timing",
                attributes=seen,
            )
        )
        self.purchases += 1

    def flush(self) -> None:
        """Return when the Collector has taken everything."""
        assert self._spans.force_flush(60_000)
        assert self._events.force_flush(60_000)

    def close(self) -> None:
        """Send what is left, and end."""
        self._spans.shutdown()
        self._events.shutdown()

    def _exchange(self, method: str, route: str, status: int, person: str, at_ns: int) -> None:
        span = self._spans.get_tracer("stock.server").start_span(
            f"{method} {route}",
            kind=SpanKind.SERVER,
            start_time=at_ns,
            attributes={
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                "session.id": person,
            },
        )
        span.end(at_ns + SECOND // 10)
