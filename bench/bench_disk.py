# SPDX-License-Identifier: Apache-2.0
"""What a span takes on disk, beside what no coder can remove from it and beside the table of a Collector's exporter.

The same spans come in by the ways that are used: watch's own view, and rows of the exporter's table with its indexes.
Both are merged first. Bytes do not depend on how busy the machine is. The entropy is that of the random choices behind
what watch keeps; addresses of clients it does not keep. Of two kinds: each span has a step and a browser of its own, or
they are those of its trace, which the exporter's map of attributes makes much of.
"""

import base64
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from seeother.watch.warehouse import Body, Encoding, Signal, migrate, read_migrations
from seeother.watch.warehouse.arrivals import insert
from seeother.watch.warehouse.chdb import ChdbEngine

REQUESTS, AT_ONCE = 128, 32  # in all, and in an insert
SPANS, TRACE = 512, 8  # in a request, and of a trace
STEPS = (("GET", "/products/{slug}"), ("POST", "/cart/items"), ("GET", "/checkout"), ("POST", "/orders"))
STATUSES = (200, 200, 200, 303, 303, 422, 503)
AGENTS = [f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{n}.0.0.0 Safari/537.36" for n in range(120, 136)]
APART_US, LENGTH_US = 3_000, 50_000  # between spans, and how long they take: at most
BEGIN = 1_800_000_000 * 10**9
# What the generator below draws, in bits a span. (The parent is the root.)
CHOICES = {
    "span id": 64,
    "trace id, journey id": 2 * 128 / TRACE,
    "status": sum(n / 7 * math.log2(7 / n) for n in (3, 2, 1, 1)),
    "start": math.log2(APART_US),
    "duration": math.log2(LENGTH_US),
}
EACH = math.log2(len(STEPS)) + math.log2(len(AGENTS))  # bits of a step and a browser
# As clickhouseexporter makes it, without a TTL.
EXPORTER = """
CREATE TABLE otel_traces
(
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)), TraceId String CODEC(ZSTD(1)), SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)), TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)), ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)), ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)), SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)), StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    `Events.Timestamp` Array(DateTime64(9)) CODEC(ZSTD(1)), `Events.Name` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `Events.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    `Links.TraceId` Array(String) CODEC(ZSTD(1)), `Links.SpanId` Array(String) CODEC(ZSTD(1)),
    `Links.TraceState` Array(String) CODEC(ZSTD(1)),
    `Links.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1"""
IDS = ("TraceId", "SpanId", "ParentSpanId")
TABLES = ("spans", "otel_traces")
SIZE = "SELECT sum(bytes_on_disk) / sum(rows) AS n FROM system.parts WHERE active AND table = {table:String}"


def request(seed: int, *, alike: bool) -> ExportTraceServiceRequest:
    """Spans of one process, those of a trace one after the other; with `alike`, of one step and one browser."""
    rng = random.Random(seed)  # noqa: S311 - a measurement
    sent = ExportTraceServiceRequest()
    resource = sent.resource_spans.add()
    _set(resource.resource, {"service.name": "shop", "service.version": "1.2.3", "host.name": f"shop-{seed % 7}"})
    scope = resource.scope_spans.add()
    scope.scope.name = "fastapi"
    start = BEGIN + seed * 10**9
    trace_id = root = journey_id = b""
    agent, (method, route) = AGENTS[0], STEPS[0]
    for number in range(SPANS):
        span_id = rng.randbytes(8)
        if number % TRACE == 0:
            trace_id, root, journey_id = rng.randbytes(16), span_id, rng.randbytes(16)
        if number % TRACE == 0 or not alike:
            agent, (method, route) = rng.choice(AGENTS), rng.choice(STEPS)
        start += rng.randrange(1, APART_US) * 1000
        span = scope.spans.add(trace_id=trace_id, span_id=span_id, name=f"{method} {route}", kind=2)
        span.parent_span_id = b"" if span_id == root else root
        span.start_time_unix_nano, span.end_time_unix_nano = start, start + rng.randrange(LENGTH_US) * 1000
        attributes: dict[str, str | int] = {"http.request.method": method, "http.route": route}
        attributes |= {"http.response.status_code": rng.choice(STATUSES), "url.scheme": "https"}
        attributes |= {"server.address": "shop.example", "client.address": f"192.0.2.{rng.randrange(256)}"}
        attributes |= {"network.protocol.version": "2", "user_agent.original": agent}
        attributes |= {"journey.id": journey_id.hex(), "journey.name": "checkout", "journey.step": route}
        _set(span, attributes)
    return sent


def _set(node: Resource | Span, attributes: dict[str, str | int]) -> None:
    for key, value in attributes.items():
        pair = node.attributes.add(key=key)
        if isinstance(value, int):
            pair.value.int_value = value
        else:
            pair.value.string_value = value


def exported(body: Body) -> Iterator[dict[str, Any]]:
    """A request as rows of the exporter's table."""
    (resource,) = MessageToDict(ExportTraceServiceRequest.FromString(body.content))["resourceSpans"]
    for scope in resource["scopeSpans"]:
        for span in scope["spans"]:
            begin, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
            yield {
                "Timestamp": f"{begin // 10**9}.{begin % 10**9:09}",
                **{name: _hex(span.get(name[0].lower() + name[1:], "")) for name in IDS},
                "SpanName": span["name"],
                "SpanKind": "Server",
                "ServiceName": "shop",
                "ResourceAttributes": texts(resource["resource"]["attributes"]),
                "ScopeName": scope["scope"]["name"],
                "SpanAttributes": texts(span["attributes"]),
                "Duration": end - begin,
                "StatusCode": "Unset",
            }


def _hex(encoded: str) -> str:
    return base64.b64decode(encoded).hex()


def texts(attributes: list[dict[str, Any]]) -> dict[str, str]:
    """Attributes as the exporter's maps hold them."""
    return {pair["key"]: str(next(iter(pair["value"].values()))) for pair in attributes}


def sizes(engine: ChdbEngine, *, alike: bool) -> tuple[float, float]:
    """Bytes of a span in watch's table, and in the exporter's."""
    for table in TABLES:
        engine.run(f"TRUNCATE TABLE {table}")
    for first in range(0, REQUESTS, AT_ONCE):
        numbers = range(first, first + AT_ONCE)
        contents = [request(number, alike=alike).SerializeToString() for number in numbers]
        bodies = [Body(time.time_ns(), Signal.TRACES, Encoding.PROTOBUF, content) for content in contents]
        insert(engine, bodies)
        rows = [row for body in bodies for row in exported(body)]
        engine.insert("INSERT INTO otel_traces", "JSONEachRow", [json.dumps(row).encode() + b"\n" for row in rows])
    for table in TABLES:
        engine.run(f"OPTIMIZE TABLE {table} FINAL")
    ours, theirs = [float(str(engine.rows(SIZE, table=table)[0]["n"])) for table in TABLES]
    return ours, theirs


def main() -> int:
    """Measure, print, and answer 1 when a claim does not hold."""
    held = True
    with tempfile.TemporaryDirectory() as folder:
        engine = ChdbEngine(Path(folder))
        migrate(engine, read_migrations())
        engine.run(EXPORTER)
        for name, alike, claims in (
            ("each of its own kind", False, (1.45, 0.50)),
            ("alike within a trace", True, (1.45, 0.58)),
        ):
            ours, theirs = sizes(engine, alike=alike)
            entropy = (sum(CHOICES.values()) + EACH / (TRACE if alike else 1)) / 8
            print(f"{REQUESTS * SPANS:,} spans, {name}: {entropy:.1f} random bytes each")
            print(f"  watch {ours:.1f}, the exporter's table {theirs:.1f}")
            for what, value, claim, aim in (
                ("of the entropy", ours / entropy, claims[0], 1.40),
                ("of the exporter's table", ours / theirs, claims[1], 0.50),
            ):
                met = "reached" if value <= aim else "MISSED"
                print(f"  {value:.3f} {what}; claimed: at most {claim:.2f}; aimed at: {aim:.2f}, {met}")
                held &= value <= claim
        engine.close()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
