# SPDX-License-Identifier: Apache-2.0
"""What a span costs from the socket to a durable row, beside a server that reads the same requests and forgets them.

Claim: acknowledged and stored, a span costs at most 40 times the CPU time of one that is thrown away, in protobuf and
in JSON. Both servers are uvicorn with one process; both get the same bodies over 32 connections, and watch answers
each only after its rows are in the store. CPU time is that of the server with all its threads, merges of what earlier
rounds left included. Of the eight spans of a trace one is the guard's own and becomes a step, too.
"""

import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.request import urlopen

import psutil
import uvicorn
import uvloop
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.types import Receive, Scope, Send

ROUNDS = 5
REQUESTS, SPANS = 96, 512  # a round, and in each request
TRACE = 8  # spans
CONNECTIONS = 32
CLAIM = 40  # times the cost of forgetting
ENCODINGS = ("protobuf", "json")
STEPS = (("GET", "/products/{slug}"), ("POST", "/cart/items"), ("GET", "/checkout"), ("POST", "/orders"))


@dataclass(frozen=True, slots=True)
class Server:
    """A server under measurement."""

    process: psutil.Popen
    port: int

    def cpu_seconds(self) -> float:
        """CPU time of all its threads so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


def request(seed: int) -> ExportTraceServiceRequest:
    """Spans as a shop's guard and framework send them: ten attributes each."""
    rng = random.Random(seed)  # noqa: S311 - a measurement
    sent = ExportTraceServiceRequest()
    resource = sent.resource_spans.add()
    _set(resource.resource, {"service.name": "shop", "service.version": "1.2.3", "host.name": f"shop-{seed % 7}"})
    guard, framework = resource.scope_spans.add(), resource.scope_spans.add()
    guard.scope.name, framework.scope.name = "seeother", "fastapi"
    now = time.time_ns() + seed * 1_000_000
    trace_id, journey_id = b"", ""
    for number in range(SPANS):
        if number % TRACE == 0:
            trace_id, journey_id = rng.randbytes(16), rng.randbytes(16).hex()
        method, route = rng.choice(STEPS)
        status = rng.choice((200, 200, 200, 303, 303, 422, 503))
        start = now + number * 20_000
        span = (framework if number % TRACE else guard).spans.add(
            trace_id=trace_id,
            span_id=rng.randbytes(8),
            name=f"{method} {route}",
            kind=2,
            start_time_unix_nano=start,
            end_time_unix_nano=start + rng.randrange(50_000_000),
        )
        attributes: dict[str, str | int] = {"http.request.method": method, "http.route": route}
        attributes |= {"http.response.status_code": status, "url.scheme": "https", "server.address": "shop.example"}
        attributes |= {"journey.id": journey_id, "journey.name": "checkout", "journey.step": route}
        attributes |= {"client.address": f"192.0.2.{rng.randrange(256)}", "network.protocol.version": "2"}
        _set(span, attributes)
    return sent


def _set(node: object, attributes: dict[str, str | int]) -> None:
    for key, value in attributes.items():
        pair = node.attributes.add(key=key)  # type: ignore[attr-defined]
        if isinstance(value, int):
            pair.value.int_value = value
        else:
            pair.value.string_value = value


def to_json(sent: ExportTraceServiceRequest) -> bytes:
    """OTLP/JSON: ids in hex, enumerations as numbers."""
    document = MessageToDict(sent, use_integers_for_enums=True)
    for scope in document["resourceSpans"][0]["scopeSpans"]:
        for span in scope["spans"]:
            span |= {name: b64decode(span[name]).hex() for name in ("traceId", "spanId")}
    return json.dumps(document).encode()


def renewed(sent: ExportTraceServiceRequest, content: bytes, encoding: str) -> bytes:
    """The same body with new trace ids: rows of earlier rounds must not be twins of this round's."""
    for span in sent.resource_spans[0].scope_spans[0].spans:
        old, new = span.trace_id, random.randbytes(16)  # noqa: S311 - a measurement
        content = content.replace(old, new) if encoding == "protobuf" else content.replace(_hex(old), _hex(new))
    return content


def _hex(number: bytes) -> bytes:
    return number.hex().encode()


async def forget(_: Scope, receive: Receive, send: Send) -> None:
    """Read the content, answer 200: what the server itself allows."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def server(*command: str) -> Generator[Server]:
    """A child process that says where it listens."""
    with psutil.Popen([sys.executable, *command], stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline()
            yield Server(process, int(line.partition("http://127.0.0.1:")[2].partition(",")[0]))
        finally:
            process.terminate()
            process.communicate()


async def post(port: int, waiting: list[bytes], media: str) -> None:
    """One connection that sends until nothing is left."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while waiting:
        content = waiting.pop()
        head = f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: {media}\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content)
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.decode())
        length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
    writer.close()


def measure(target: Server, sent: list[bytes], encoding: str) -> tuple[float, float]:
    """Spans a second, and microseconds of CPU a span."""

    async def all_connections() -> None:
        waiting = list(sent)
        media = "application/json" if encoding == "json" else "application/x-protobuf"
        await asyncio.gather(*[post(target.port, waiting, media) for _ in range(CONNECTIONS)])

    began, cpu = time.perf_counter(), target.cpu_seconds()
    uvloop.run(all_connections())
    spans = len(sent) * SPANS
    return spans / (time.perf_counter() - began), (target.cpu_seconds() - cpu) / spans * 1e6


def main() -> int:
    """Measure, print, and answer 1 when a claim does not hold."""
    requests = [request(seed) for seed in range(REQUESTS)]
    written = {
        "protobuf": [each.SerializeToString() for each in requests],
        "json": [to_json(each) for each in requests],
    }
    taken: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        servers = {
            "forgotten": stack.enter_context(server(__file__, "forget")),
            "stored": stack.enter_context(server("-m", "seeother", "watch", "--port=0", f"--store={folder}")),
        }
        for turn in range(ROUNDS + 1):
            for encoding, (name, target) in ((each, one) for each in ENCODINGS for one in servers.items()):
                pairs = zip(requests, written[encoding], strict=True)
                measured = measure(target, [renewed(each, body, encoding) for each, body in pairs], encoding)
                if turn:  # the first is to get warm
                    taken.setdefault((encoding, name), []).append(measured)
        with urlopen(f"http://127.0.0.1:{servers['stored'].port}/readyz") as answer:
            stored = json.load(answer)["spans"]
    if stored != (expected := (ROUNDS + 1) * len(ENCODINGS) * REQUESTS * SPANS):
        raise RuntimeError(f"{stored} of {expected} spans are stored: this measures nothing")
    print(f"{'':20} {'spans/s':>10} {'us CPU':>8} {'lowest':>8} {'highest':>8}")
    for (encoding, name), values in taken.items():
        rates, costs = zip(*values, strict=True)
        median = statistics.median(costs)
        label, rate = f"{encoding} {name}", statistics.median(rates)
        print(f"{label:20} {rate:10,.0f} {median:8.2f} {min(costs):8.2f} {max(costs):8.2f}")
    held = True
    for encoding in ENCODINGS:
        rounds = zip(taken[encoding, "stored"], taken[encoding, "forgotten"], strict=True)
        ratio = statistics.median([ours[1] / theirs[1] for ours, theirs in rounds])
        print(f"{encoding}: stored costs {ratio:.1f} times as much as forgotten; claimed: at most {CLAIM}")
        held &= ratio <= CLAIM
    return 0 if held else 1


def serve_forgetting() -> int:
    """The floor, as a server of its own."""
    config = uvicorn.Config(forget, port=0, access_log=False, lifespan="off", log_level="warning")
    listening = config.bind_socket()
    print(f"listens on http://127.0.0.1:{listening.getsockname()[1]},", file=sys.stderr, flush=True)
    uvicorn.Server(config).run([listening])
    return 0


if __name__ == "__main__":
    sys.exit(serve_forgetting() if sys.argv[1:] == ["forget"] else main())
