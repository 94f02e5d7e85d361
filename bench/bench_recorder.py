# SPDX-License-Identifier: Apache-2.0
"""What one exchange costs to record and to encode, in CPU time, beside a span of the OpenTelemetry SDK.

Claim: a row, its encoding and its compression cost at most an eighth of a server span with the same attributes
through BatchSpanProcessor and OpenTelemetry's own OTLP encoder. Nothing is sent by either, and both compress at the
same level; the time is that of the whole process, so what other threads do is in it. `recorded` and `span ended` are
what is left without encoding and compression.
"""

import gzip
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind

from seeother.telemetry import Recorder, Row, begin
from seeother.telemetry.otlp import Encoder

ROUNDS = 15
EXCHANGES = 4000  # a round
BATCH = 1024  # rows or spans a body, as the exporter has it
LEVEL = 1  # of gzip
CLAIM = 0.125
ID = "0123456789abcdef" * 2


def record(recorder: Recorder, times: int) -> None:
    """What the guard does for the exchanges of a journey."""
    for _ in range(times):
        context = begin(())
        context.journey_id, context.journey_name, context.step = ID, "checkout", "submit_order"
        start = time.time_ns()
        recorder.record(Row(context, start, time.time_ns() - start, "POST", "/orders", 303))


def recorded() -> None:
    """Rows in the queue, thrown away."""
    record(Recorder(limit=EXCHANGES), EXCHANGES)


def packed() -> None:
    """Rows all the way to the bytes of a body."""
    recorder, encoder = Recorder(limit=EXCHANGES), Encoder("shop")
    record(recorder, EXCHANGES)
    while rows := recorder.drain(BATCH):
        gzip.compress(encoder.encode(rows).traces, LEVEL, mtime=0)


class Bytes(SpanExporter):
    """Takes spans to the bytes of a body, or throws them away at once."""

    def __init__(self, *, encode: bool) -> None:
        """Encode, or do nothing."""
        self._encode = encode
        self.spans = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take a batch."""
        self.spans += len(spans)
        if self._encode:
            gzip.compress(encode_spans(spans).SerializeToString(), LEVEL, mtime=0)
        return SpanExportResult.SUCCESS


def spans(*, encode: bool) -> Callable[[], None]:
    """The same through the SDK."""

    def run() -> None:
        exporter = Bytes(encode=encode)
        provider = TracerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
        provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=2 * EXCHANGES, max_export_batch_size=BATCH)
        )
        tracer = provider.get_tracer("shop")
        for _ in range(EXCHANGES):
            span = tracer.start_span("POST /orders", kind=SpanKind.SERVER)
            span.set_attributes(
                {
                    "http.request.method": "POST",
                    "http.route": "/orders",
                    "http.response.status_code": 303,
                    "journey.id": ID,
                    "journey.name": "checkout",
                    "journey.step": "submit_order",
                    "journey.failed": False,
                    "seeother.replayed": False,
                }
            )
            span.end()
        provider.shutdown()
        if exporter.spans != EXCHANGES:
            raise RuntimeError(f"{exporter.spans} of {EXCHANGES} spans were exported: this measures nothing")

    return run


def main() -> int:
    """Measure, print, and answer 1 when the claim does not hold."""
    variants: dict[str, Callable[[], object]] = {
        "recorded": recorded,
        "row in a body": packed,
        "span ended": spans(encode=False),
        "span in a body": spans(encode=True),
    }
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(ROUNDS + 1):
        for name in random.sample(list(variants), len(variants)):
            began = time.process_time()
            variants[name]()
            if turn:  # the first is to get warm
                taken[name].append((time.process_time() - began) / EXCHANGES * 1e6)
    print(f"{'':15} {'us CPU':>8} {'lowest':>8} {'highest':>8}")
    for name, values in taken.items():
        print(f"{name:15} {statistics.median(values):8.2f} {min(values):8.2f} {max(values):8.2f}")
    ratios = [ours / theirs for ours, theirs in zip(taken["row in a body"], taken["span in a body"], strict=True)]
    ratio = statistics.median(ratios)
    print(f"a row costs {ratio:.3f} of a span ({1 / ratio:.1f} times less); claimed: at most {CLAIM}")
    return 0 if ratio <= CLAIM else 1


if __name__ == "__main__":
    sys.exit(main())
