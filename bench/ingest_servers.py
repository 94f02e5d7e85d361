# SPDX-License-Identifier: Apache-2.0
"""The servers that bench_ingest.py measures: `ingest_servers.py KIND`, for naive and watch with a folder."""

import asyncio
import gc
import signal
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.types import ASGIApp, Receive, Scope, Send


def answering(work: Callable[[bytes], Any], *, in_thread: bool = False) -> ASGIApp:
    """A collector that does `work` with each body, then answers 200."""

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        parts: list[bytes] = []
        while True:
            message = await receive()
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                break
        body = b"".join(parts)
        await asyncio.to_thread(work, body) if in_thread else work(body)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    return app


_COLUMNS = {
    "Timestamp": "DateTime64(9)",
    **dict.fromkeys(("TraceId", "SpanId", "ParentSpanId"), "String"),
    **dict.fromkeys(("SpanName", "SpanKind", "ServiceName", "StatusCode"), "LowCardinality(String)"),
    "ResourceAttributes": "Map(LowCardinality(String), String)",
    "SpanAttributes": "Map(LowCardinality(String), String)",
    "Duration": "UInt64",
}


def naive(folder: str) -> ASGIApp:
    """What one writes first."""
    import clickhouse_connect  # noqa: PLC0415 - only this process may hold an engine

    client = clickhouse_connect.get_client(dsn=f"chdb://{folder}")
    columns = ", ".join([f"{name} {kind}" for name, kind in _COLUMNS.items()])
    client.command(
        f"CREATE TABLE otel_traces ({columns}) ENGINE = MergeTree ORDER BY (ServiceName, SpanName, Timestamp)"
    )
    lock = threading.Lock()

    def texts(attributes: Iterable[Any]) -> dict[str, str]:
        return {pair.key: str(getattr(pair.value, pair.value.WhichOneof("value"))) for pair in attributes}

    def store(body: bytes) -> None:
        rows: list[list[Any]] = []
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = texts(resource.resource.attributes)
            for scope in resource.scope_spans:
                for span in scope.spans:
                    ids = [span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()]
                    names = [span.name, str(span.kind), about["service.name"], str(span.status.code)]
                    length = span.end_time_unix_nano - span.start_time_unix_nano
                    maps = [about, texts(span.attributes)]
                    rows.append([span.start_time_unix_nano, *ids, *names, *maps, length])
        with lock:
            client.insert("otel_traces", rows, column_names=list(_COLUMNS))

    return answering(store, in_thread=True)


class Gaps:
    """How long the event loop is away: asked for by SIGUSR1, told at the next."""

    def __init__(self) -> None:
        """Nobody has asked."""
        self._task: asyncio.Task[None] | None = None
        self._gaps: list[float] = []

    def toggle(self) -> None:
        """Begin, or print the 99th of a hundred in milliseconds and end."""
        if self._task is None:
            self._gaps = []
            self._task = asyncio.create_task(self._sample())
        else:
            self._task.cancel()
            self._task = None
            sys.stdout.write(f"{statistics.quantiles(self._gaps, n=100)[98] * 1000:.2f}\n")
            sys.stdout.flush()

    async def _sample(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            self._gaps.append(now - last)
            last = now


def serve(kind: str, *arguments: str) -> None:
    """One of this script's own servers."""
    if kind == "watch":
        app, lifespan = watching(*arguments), "on"
    elif kind == "naive":
        app, lifespan = naive(*arguments), "off"
    else:
        app, lifespan = answering(len if kind == "discard" else ExportTraceServiceRequest.FromString), "off"
    config = uvicorn.Config(app, port=0, access_log=False, log_level="warning")
    config.lifespan = "on" if lifespan == "on" else "off"
    listening = config.bind_socket()
    sys.stderr.write(f"listens on http://127.0.0.1:{listening.getsockname()[1]},\n")
    sys.stderr.flush()
    if kind == "watch":
        from seeother.watch.warehouse import go_first  # noqa: PLC0415 - only this process may hold an engine

        gc.freeze()
        go_first()
    uvicorn.Server(config).run([listening])


def watching(folder: str, kind: str = "all") -> ASGIApp:
    """Watch as `seeother watch` runs it, and its loop under observation; SIGUSR2 asks for a line when all has followed.

    Of kind `raw` it stores raw rows, and what follows from them never follows.
    """
    from seeother.watch.app import Watch  # noqa: PLC0415 - only this process may hold an engine
    from seeother.watch.warehouse import Store  # noqa: PLC0415 - as above
    from seeother.watch.warehouse.chdb import ChdbEngine  # noqa: PLC0415 - as above
    from seeother.watch.warehouse.follower import FOLLOW_SECONDS  # noqa: PLC0415 - as above

    store = Store(Path(folder), ChdbEngine, follow_seconds=FOLLOW_SECONDS if kind == "all" else 1e6)
    watch = Watch(store, [])
    gaps = Gaps()

    def settle() -> None:
        if kind == "all":
            store.settle()
        sys.stdout.write("settled\n")
        sys.stdout.flush()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGUSR1, gaps.toggle)
            loop.add_signal_handler(signal.SIGUSR2, lambda: loop.run_in_executor(None, settle))
        await watch(scope, receive, send)

    return app


if __name__ == "__main__":
    serve(*sys.argv[1:])
