# SPDX-License-Identifier: Apache-2.0
"""A site on loopback that answers as it is told and remembers what it was asked, for a browser to visit."""

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.servers.program import free_port


class Answer(NamedTuple):
    """What is answered to one method and path."""

    status: int = 200
    fields: Mapping[str, str] = {}
    content: str = ""


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    content: str
    referrer: str = ""


@dataclass(slots=True)
class Site:
    """A running site; `answers` by method and path, all else is an empty page."""

    address: str
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    asked: list[Asked] = field(default_factory=list[Asked])

    def times(self, request: str) -> int:
        """How often it was asked this."""
        return sum(f"{asked.method} {asked.path}" == request for asked in self.asked)


@contextmanager
def opened(host: str = "127.0.0.1") -> Generator[Site]:
    """Open a site; 127.0.0.1 and localhost are two sites for a browser."""
    site = Site(f"http://{host}:{free_port()}")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_request(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            site.asked.append(Asked(self.command, self.path, content, self.headers.get("Referer", "")))
            answer = site.answers.get(f"{self.command} {self.path}", Answer())
            sent = answer.content.encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **answer.fields}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = handle_request  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", int(site.address.rpartition(":")[2])), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
