# SPDX-License-Identifier: Apache-2.0
"""Starts applications under the servers that people run them with, each a process of its own on 127.0.0.1."""

import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from tests.servers.program import free_port, listens, running

_PYTHON = sys.executable
_THREADS = "16"


Command = Callable[[str, int, Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class HttpServer:
    """How a server is started: `interface` is what it calls; `tls` are its options for certificate and key."""

    interface: str
    command: Command
    tls: tuple[str, str]


def _uvicorn(reader: str) -> Command:
    def command(app: str, port: int, more: Sequence[str]) -> Sequence[str]:
        given = ["--host", "127.0.0.1", "--port", str(port), "--http", reader, "--log-level", "error"]
        return [_PYTHON, "-m", "uvicorn", *given, *more, app]

    return command


def _granian(interface: str) -> Command:
    def command(app: str, port: int, more: Sequence[str]) -> Sequence[str]:
        given = ["--interface", interface, "--port", str(port), "--log-level", "error", "--no-ws"]
        threads = ["--blocking-threads", _THREADS] if interface == "wsgi" else []
        return [_PYTHON, "-m", "granian", *given, *threads, *more, app]

    return command


def _hypercorn(app: str, port: int, more: Sequence[str]) -> Sequence[str]:
    return [_PYTHON, "-m", "hypercorn", "--bind", f"127.0.0.1:{port}", "--log-level", "error", *more, app]


def _gunicorn(worker: str) -> Command:
    def command(app: str, port: int, more: Sequence[str]) -> Sequence[str]:
        given = ["--bind", f"127.0.0.1:{port}", "--worker-class", worker, "--log-level", "error", "--no-control-socket"]
        threads = ["--threads", _THREADS] if worker == "gthread" else []
        return [_PYTHON, "-m", "gunicorn", *given, *threads, *more, app]

    return command


HTTP_SERVERS: Mapping[str, HttpServer] = {
    "uvicorn-h11": HttpServer("asgi", _uvicorn("h11"), ("--ssl-certfile", "--ssl-keyfile")),
    "uvicorn-httptools": HttpServer("asgi", _uvicorn("httptools"), ("--ssl-certfile", "--ssl-keyfile")),
    "granian": HttpServer("asgi", _granian("asgi"), ("--ssl-certificate", "--ssl-keyfile")),
    "hypercorn": HttpServer("asgi", _hypercorn, ("--certfile", "--keyfile")),
    "gunicorn-asgi": HttpServer("asgi", _gunicorn("asgi"), ("--certfile", "--keyfile")),
    "gunicorn": HttpServer("wsgi", _gunicorn("gthread"), ("--certfile", "--keyfile")),
    "granian-wsgi": HttpServer("wsgi", _granian("wsgi"), ("--ssl-certificate", "--ssl-keyfile")),
}


@dataclass(frozen=True, slots=True)
class Served:
    """An application that is being served."""

    server: str
    port: int
    process: "Popen[bytes]"
    folder: Path

    @property
    def output(self) -> str:
        """What the server has said so far."""
        return (self.folder / "output").read_text(errors="replace")


@contextmanager
def http_server(
    name: str,
    app: str,
    folder: Path,
    *,
    apps: Path,
    certificate: Path | None = None,
    workers: int = 1,
    **environ: str,
) -> Generator[Served]:
    """Serve `app` (module:name, found in the folder `apps`) until the block ends; over TLS with a certificate.

    Each of the `workers` is a process of its own.
    """
    server, port = HTTP_SERVERS[name], free_port()
    folder.mkdir(parents=True, exist_ok=True)
    more = ["--workers", str(workers)]
    if certificate is not None:
        pair = zip(server.tls, (certificate, certificate.with_name("key.pem")), strict=True)
        more = [str(part) for option in pair for part in option]
    command = server.command(app, port, more)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SEEOTHER_")}
    paths = os.pathsep.join([str(apps), str(Path(__file__).parents[2])])
    environment = {**kept, "PYTHONPATH": paths, **environ}
    with running(command, directory=folder, ready=lambda: listens(port), environ=environment) as process:
        yield Served(name, port, process, folder)
