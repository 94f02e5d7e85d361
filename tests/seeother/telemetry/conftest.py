# SPDX-License-Identifier: Apache-2.0
"""A collector on a loopback socket that keeps what it gets and answers as it is told."""

import gzip
import queue
import socket
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Received(NamedTuple):
    """One request that the collector got."""

    path: str
    fields: Mapping[str, str]
    packed: bytes

    def spans(self) -> list[Span]:
        """The spans in it."""
        request = ExportTraceServiceRequest.FromString(gzip.decompress(self.packed))
        return [span for each in request.resource_spans for scope in each.scope_spans for span in scope.spans]

    def records(self) -> list[LogRecord]:
        """The log records in it."""
        request = ExportLogsServiceRequest.FromString(gzip.decompress(self.packed))
        return [record for each in request.resource_logs for scope in each.scope_logs for record in scope.log_records]

    def counts(self) -> tuple[str, dict[tuple[str, ...], int]]:
        """The process that sent the one sum in it, and its points by the values of their attributes."""
        request = ExportMetricsServiceRequest.FromString(gzip.decompress(self.packed))
        resource, metric = request.resource_metrics[0].resource, request.resource_metrics[0].scope_metrics[0].metrics[0]
        points = metric.sum.data_points
        return resource.attributes[1].value.string_value, {
            tuple(str(each.value.string_value or each.value.bool_value) for each in point.attributes): point.as_int
            for point in points
        }


class Answer(NamedTuple):
    """What the collector says next; `hang` says nothing at all, `hang_up` closes the connection afterwards."""

    status: int = 200
    fields: Mapping[str, str] = {}
    content: bytes = b""
    hang: bool = False
    hang_up: bool = False


class Sink:
    """The collector: answers from `answers` first, then 200; what it got is in `received`, in order."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.received: queue.Queue[Received] = queue.Queue()
        self.answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self.connections = 0
        self.released = threading.Event()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                sink.connections += 1

            def do_POST(self) -> None:
                packed = self.rfile.read(int(self.headers["Content-Length"]))
                sink.received.put(Received(self.path, dict(self.headers), packed))
                try:
                    answer = sink.answers.get_nowait()
                except queue.Empty:
                    answer = Answer()
                if answer.hang:
                    sink.released.wait()
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)
                self.close_connection = self.close_connection or answer.hang_up

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def say(self, *answers: Answer) -> None:
        """Give these answers next."""
        for answer in answers:
            self.answers.put(answer)

    def next(self) -> Received:
        """The next request, waiting for it."""
        return self.received.get(timeout=20)

    def rest(self) -> list[Received]:
        """All requests that are there by now."""
        return [self.received.get() for _ in range(self.received.qsize())]

    def close(self) -> None:
        """Stop listening."""
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A collector that takes everything, unless told otherwise."""
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def nowhere() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"
