# SPDX-License-Identifier: Apache-2.0
"""How long a person waits for the answer when the ledger's server is away, beside a peer with the same Redis.

Claim: where nobody listens, an action is answered 503 within 50 ms; where the server hangs (it accepts connections and
never answers), within 250 ms; with Redis and with PostgreSQL, for each of eight who come at once.

Each figure is the longest of all that were waited, and the median. The server is stopped by a signal, so that it hangs
both for the connection that is there and for new ones.
"""

import asyncio
import logging
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import uvloop
from idemkit import HttpConfig, IdempotencyMiddleware
from idemkit.backends.redis import RedisBackend
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from seeother.asgi import Guard
from seeother.settings import read_settings

ROUNDS = 10
CALLERS = 8
REFUSED_MS, HUNG_MS = 50.0, 250.0
GIVE_UP_SECONDS = 3.0  # a peer that has not answered by then is not waited for
START_SECONDS = 20.0
POSTGRES = ("usr/lib/postgresql/*/bin",)  # where Debian keeps it

Message = MutableMapping[str, Any]
Application = Callable[..., Awaitable[None]]


async def order(request: Request) -> JSONResponse:
    """A trivial action."""
    await request.body()
    return JSONResponse({"id": 1}, 201)


def shop() -> Starlette:
    """The application."""
    return Starlette(routes=[Route("/orders", order, methods=["POST"])])


def guarded(url: str) -> Guard:
    """The application with the guard and a ledger."""
    route = {"match": "POST /orders", "kind": "action", "idempotency": "required"}
    return Guard(shop(), read_settings({"ledger": {"url": url}, "route": [route]}, {}))


def with_idemkit(url: str) -> Starlette:
    """The application behind the peer."""
    app = shop()
    config = HttpConfig(scope_mode="single_tenant", lease_ttl_seconds=30, expires_after_seconds=86_400)
    app.add_middleware(IdempotencyMiddleware, backend=RedisBackend.from_url(url), config=config)
    return app


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(command: list[str], port: int, *, user: str | None = None) -> Generator[psutil.Process]:
    """A private server on this machine, killed at the end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user, group=user,
                               extra_groups=None if user is None else [], cwd="/")  # fmt: skip
    try:
        limit = time.monotonic() + START_SECONDS
        while not listens(port):
            if time.monotonic() > limit:
                raise TimeoutError(f"{command[0]} did not start")
            time.sleep(0.02)
        yield psutil.Process(process.pid)
    finally:
        if process.poll() is None:
            signalled(psutil.Process(process.pid), signal.SIGKILL)
        process.wait()


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def signalled(process: psutil.Process, number: int) -> None:
    """Send a signal to a server and all processes that serve it."""
    for each in (*process.children(recursive=True), process):
        with suppress(psutil.NoSuchProcess):
            each.send_signal(number)


def redis_command(port: int, folder: str) -> list[str]:
    """How Redis is started."""
    options = f"--port {port} --bind 127.0.0.1 --appendonly no --dir {folder} --loglevel warning"
    return ["redis-server", *options.split(), "--save", ""]


def postgres_command(port: int, folder: str, user: str | None) -> list[str]:
    """How PostgreSQL is started, in a cluster that is made first."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *(str(each) for each in Path("/").glob(POSTGRES[0]))])
    initdb, postgres = shutil.which("initdb", path=path), shutil.which("postgres", path=path)
    if initdb is None or postgres is None:
        raise FileNotFoundError("postgres")
    options = f"-D {folder}/data -U postgres -A trust -N --no-instructions -E UTF8 --locale=C"
    subprocess.run([initdb, *options.split()], check=True, capture_output=True, user=user, group=user,
                   extra_groups=None if user is None else [], cwd="/")  # fmt: skip
    listening = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    return [postgres, "-D", f"{folder}/data", *listening.split()]


async def ask(app: Application) -> tuple[int, float]:
    """One action; the status (0 for an exception or none in time), and milliseconds until it was known."""
    status, unread = 0, True

    async def receive() -> Message:
        nonlocal unread
        if not unread:
            await asyncio.Event().wait()
        unread = False
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    fields = [(b"host", b"shop.example"), (b"content-type", b"application/json"), (b"content-length", b"2"),
              (b"authorization", b"Bearer 7d1f"), (b"idempotency-key", b'"%b"' % uuid4().hex.encode())]  # fmt: skip
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": "/orders", "raw_path": b"/orders", "query_string": b"", "root_path": "",
        "headers": fields, "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    began = time.perf_counter()
    with suppress(Exception):  # a peer's own way of saying it
        await asyncio.wait_for(app(scope, receive, send), GIVE_UP_SECONDS)
    return status, (time.perf_counter() - began) * 1000


async def asked_at_once(app: Application) -> list[tuple[int, float]]:
    """Eight who come at once."""
    return list(await asyncio.gather(*[ask(app) for _ in range(CALLERS)]))


def measured(
    loop: asyncio.AbstractEventLoop, app: Application, process: psutil.Process
) -> dict[str, list[tuple[int, float]]]:
    """What is answered while the server hangs, in rounds between which it goes on; and then when it is gone."""
    answers: dict[str, list[tuple[int, float]]] = {"hung": [], "refused": []}
    for _ in range(ROUNDS):
        loop.run_until_complete(asked_at_once(app))
        signalled(process, signal.SIGSTOP)
        for _ in range(2):  # over the connection that is there, and over new ones
            answers["hung"] += loop.run_until_complete(asked_at_once(app))
        signalled(process, signal.SIGCONT)
    signalled(process, signal.SIGKILL)
    process.wait()
    for _ in range(ROUNDS):
        answers["refused"] += loop.run_until_complete(asked_at_once(app))
    return answers


def report(name: str, answers: dict[str, list[tuple[int, float]]], *, claimed: bool) -> bool:
    """Print what was waited, and whether the claims hold."""
    held = True
    for what, limit in (("refused", REFUSED_MS), ("hung", HUNG_MS)):
        waited = [milliseconds for _, milliseconds in answers[what]]
        statuses = sorted({status for status, _ in answers[what]})
        line = f"{name:18} {what:8} statuses {statuses}:"
        line += f" median {statistics.median(waited):7.1f} ms, longest {max(waited):7.1f}"
        if claimed:
            fine = max(waited) <= limit and statuses == [503]
            held &= fine
            line += f"; claimed 503 within {limit:.0f}: {'holds' if fine else 'FAILS'}"
        print(line)
    return held


def main() -> int:
    """Measure, print, and answer 1 when a claim does not hold."""
    if shutil.which("redis-server") is None:
        print("no redis-server here: nothing is measured")
        return 0
    logging.disable(logging.CRITICAL)
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    held = True
    for name, make in (("guard, Redis", guarded), ("idemkit, Redis", with_idemkit), ("guard, PostgreSQL", guarded)):
        port = free_port()
        with tempfile.TemporaryDirectory() as folder:
            if user is not None:
                shutil.chown(folder, user, user)
            is_redis = "Redis" in name
            command = redis_command(port, folder) if is_redis else postgres_command(port, folder, user)
            url = f"redis://127.0.0.1:{port}/0" if is_redis else f"postgresql://postgres@127.0.0.1:{port}/postgres"
            with server(command, port, user=None if is_redis else user) as process:
                held &= report(name, measured(loop, make(url), process), claimed=make is guarded)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
