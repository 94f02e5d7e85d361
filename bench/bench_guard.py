# SPDX-License-Identifier: Apache-2.0
"""What the guard adds to an exchange, in CPU time, beside what OpenTelemetry's tracing adds to the same.

Claim: identity, journey step and one row sent cost at most a quarter of FastAPI's own tracing through the
OpenTelemetry SDK. Both send OTLP over HTTP to the same sink in another process; the application is called in process,
so that no server's cost hides the difference. A round without either is the floor, and only what is added counts.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, ClassVar
from urllib.request import urlopen

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from seeother.asgi import Guard
from seeother.settings import read_settings

ROUNDS = 15
EXCHANGES = 1000  # a round
CLAIM = 0.25  # of what tracing adds
COOKIE = "journey"

Message = MutableMapping[str, Any]
Application = Callable[..., Awaitable[None]]


class Sink(BaseHTTPRequestHandler):
    """Takes every body, and remembers only that there was one."""

    protocol_version = "HTTP/1.1"
    senders: ClassVar[set[str]] = set()

    def do_POST(self) -> None:
        """Answer as a collector that took all."""
        self.rfile.read(int(self.headers["content-length"]))
        self.senders.add(self.headers["user-agent"])
        self._answer(b"")

    def do_GET(self) -> None:
        """Tell how many have sent."""
        self._answer(str(len(self.senders)).encode())

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name is given
        """Keep quiet."""


def sink(told: Connection) -> None:
    """Run a sink on a port that it tells."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
        told.send(server.server_port)
        server.serve_forever()


def shop(telemetry: TelemetryConfig) -> FastAPI:
    """An application with one page."""
    app = FastAPI(telemetry=telemetry, openapi_url=None)

    @app.get("/checkout")
    async def checkout() -> dict[str, str]:
        return {"checkout": "here"}

    return app


def guarded(app: Application, endpoint: str) -> Guard:
    """The application on a journey, its steps recorded and sent."""
    document = {
        "site": {"secrets": ["a secret of this measurement"]},
        "telemetry": {"endpoint": endpoint},
        "journey": {"checkout": {"step": [{"name": "checkout", "on": ["GET /checkout"]}]}},
    }
    return Guard(app, read_settings(document, {}))


async def visit(app: Application, times: int, cookie: bytes = b"") -> bytes:
    """Have the page answered so many times; the answer is the cookie that was set, if any."""
    fields = [(b"host", b"shop.example"), (b"accept", b"text/html"), (b"user-agent", b"a browser")]
    fields += [(b"cookie", cookie)] if cookie else []
    given = b""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal given
        if message["type"] == "http.response.start":
            if message["status"] != 200:  # noqa: PLR2004 - anything else measures something else
                raise RuntimeError(message)
            given = next((value for name, value in message["headers"] if name == b"set-cookie"), given)

    for _ in range(times):
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": "/checkout", "raw_path": b"/checkout", "query_string": b"", "root_path": "",
            "headers": fields, "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        await app(scope, receive, send)
    return given.partition(b";")[0]


async def measure(apps: dict[str, Application]) -> dict[str, list[float]]:
    """Microseconds of CPU an exchange, for each application and round; the order of each round is drawn."""
    cookies = {name: await visit(app, 200) for name, app in apps.items()}  # warm, and on a journey
    taken: dict[str, list[float]] = {name: [] for name in apps}
    for _ in range(ROUNDS):
        for name in random.sample(list(apps), len(apps)):
            began = time.process_time()
            await visit(apps[name], EXCHANGES, cookies[name])
            # Sending goes on in a thread, which is part of the price: let it finish what this round made.
            await asyncio.sleep(0.6)
            taken[name].append((time.process_time() - began) / EXCHANGES * 1e6)
    return taken


def main() -> int:
    """Measure, print, and answer 1 when the claim does not hold."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=sink, args=(theirs,), daemon=True)
    process.start()
    with ExitStack() as cleanup:
        cleanup.callback(process.join)
        cleanup.callback(process.terminate)
        endpoint = f"http://127.0.0.1:{ours.recv()}"
        off: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
        provider = TracerProvider()
        exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=250, max_queue_size=100_000))
        cleanup.callback(provider.shutdown)
        guard = guarded(shop(off), endpoint)
        apps: dict[str, Application] = {
            "floor": shop(off), "guard": guard, "tracing": shop({"tracer_provider": provider}),
        }  # fmt: skip

        async def run() -> dict[str, list[float]]:
            taken = await measure(apps)
            await guard.aclose()
            return taken

        taken = asyncio.run(run())
        provider.force_flush()
        with urlopen(f"{endpoint}/senders") as answer:  # noqa: S310 - our own sink
            if answer.read() != b"2":
                print("not both have sent what they recorded: this measures nothing")
                return 1
    floor = statistics.median(taken["floor"])
    print(f"{'':8} {'us CPU':>8} {'lowest':>8} {'highest':>8} {'added':>8}")
    for name, values in taken.items():
        middle = statistics.median(values)
        print(f"{name:8} {middle:8.1f} {min(values):8.1f} {max(values):8.1f} {middle - floor:8.1f}")
    ratio = (statistics.median(taken["guard"]) - floor) / (statistics.median(taken["tracing"]) - floor)
    print(f"the guard adds {ratio:.3f} of what tracing adds; claimed: at most {CLAIM}")
    return 0 if ratio <= CLAIM else 1


if __name__ == "__main__":
    sys.exit(main())
