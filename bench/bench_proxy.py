# SPDX-License-Identifier: Apache-2.0
"""What the guard in front of a shop costs, beside nginx and beside the plain proxy that one would write in Python.

Claim: with all policies on, `seeother guard` passes at least 0.8 times as many requests a second as a plain proxy made
of uvicorn and httpx2 that has none. nginx's `proxy_pass` stands beside as what is possible; nothing is claimed of it.

One request in ten is an order with a key of its own, the others are pages of a journey with its cookie. The guard keeps
orders in a ledger in memory, and sends its rows to a port that takes all. The server behind is nginx, which answers
from memory; it shares a core with `wrk`, and the proxies have the other one, each with one worker. They take turns in
each round and start anew.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import psutil

from seeother.journey import Seal, mint

ROUNDS = 5
SECONDS = 1
CONNECTIONS = 32
JOURNEYS = 1000
VARIANTS = ("plain", "guard", "nginx")
KEPT = 0.8
BEHIND = 18_500
SECRET = "a secret of this measurement"  # noqa: S105 - guards nothing
PAGE = "<!doctype html><title>Cart</title><h1>Cart</h1><ul>" + "<li>Tea, 100 g, 4.50 EUR</li>" * 40 + "</ul>"
SETTINGS = f"""
[site]
secrets = ["{SECRET}"]
trusted_proxies = ["10.0.0.0/8"]
[ledger]
url = "memory://"
[telemetry]
endpoint = "http://127.0.0.1:{BEHIND}"
[[upstream]]
url = "http://127.0.0.1:{BEHIND}"
[[route]]
match = "POST /orders"
idempotency = "required"
principal = "known"
[[journey.checkout.step]]
name = "cart"
on = ["GET /cart/{{id}}"]
[[journey.checkout.step]]
name = "submit_order"
on = ["POST /orders"]
"""
NGINX = """
worker_processes 1;
daemon off;
pid {folder}/{name}.pid;
error_log {folder}/{name}.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/{name}-body;
  proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi;
  uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
  keepalive_requests 100000000;
  upstream behind {{ server 127.0.0.1:{behind}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port};
    {location}
  }}
}}
"""
ANSWER = f"location / {{{{ default_type 'text/html; charset=utf-8'; return 200 '{PAGE}'; }}}}"
FORWARD = """location / {{ proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection "";
  proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme; }}"""
PLAIN = f"""
import httpx2
from contextlib import asynccontextmanager

HOP = {{b"connection", b"keep-alive", b"transfer-encoding", b"te", b"upgrade"}}
client = httpx2.AsyncClient(limits=httpx2.Limits(max_connections=256, max_keepalive_connections=256))

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    async def content():
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            yield message.get("body", b"")
    target = "http://127.0.0.1:{BEHIND}" + scope["raw_path"].decode()
    fields = [field for field in scope["headers"] if field[0] not in HOP]
    body = content() if scope["method"] not in {{"GET", "HEAD"}} else None
    request = client.build_request(scope["method"], target, headers=fields, content=body)
    response = await client.send(request, stream=True)
    fields = [(name.lower(), value) for name, value in response.headers.raw if name.lower() not in HOP]
    await send({{"type": "http.response.start", "status": response.status_code, "headers": fields}})
    async for piece in response.aiter_raw():
        await send({{"type": "http.response.body", "body": piece, "more_body": True}})
    await send({{"type": "http.response.body", "body": b""}})
    await response.aclose()
"""
REQUESTS = """
local cookies = {{ {cookies} }}
local fields = {{ ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36",
  ["Accept"] = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", ["Accept-Language"] = "en-GB,en;q=0.9",
  ["Sec-Fetch-Site"] = "same-origin", ["Sec-Fetch-Mode"] = "navigate", ["Sec-Fetch-Dest"] = "document" }}
local turn = 0
request = function()
  turn = turn + 1
  fields["Cookie"] = "theme=dark; journey=" .. cookies[turn % #cookies + 1]
  if turn % 10 > 0 then
    fields["Content-Type"], fields["Idempotency-Key"] = nil, nil
    return wrk.format("GET", "/cart/42", fields)
  end
  fields["Content-Type"] = "application/x-www-form-urlencoded"
  fields["Idempotency-Key"] = string.format('"{run}-%d"', turn)
  return wrk.format("POST", "/orders", fields, "sku=tea&quantity=2&address=12+High+Street")
end
"""


class Taken(NamedTuple):
    """What one round has shown of one proxy."""

    rate: float  # requests a second
    p99: float  # milliseconds
    cpu: float  # microseconds of the proxy's CPU a request


@contextmanager
def running(command: list[str], folder: str, port: int, *, core: int) -> Generator[psutil.Process]:
    """A server on one core."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SEEOTHER_")}
    started = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, env=environ)
    try:
        os.sched_setaffinity(started.pid, {core})  # before it has children and threads, which inherit it
        _until_there(started, port)
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait(30)


def _until_there(started: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and started.poll() is None:
        try:
            HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"no server listens on port {port}")


def nginx(folder: str, name: str, port: int, location: str) -> list[str]:
    """The command line of an nginx that does one thing."""
    path = Path(folder, f"{name}-{port}.conf")
    text = NGINX.format(folder=folder, name=f"{name}-{port}", port=port, behind=BEHIND, location=location.format())
    path.write_text(text)
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", str(path)]


def command_of(variant: str, folder: str, port: int) -> list[str]:
    """How a proxy is started."""
    match variant:
        case "nginx":
            return nginx(folder, "front", port, FORWARD)
        case "guard":
            return [sys.executable, "-m", "seeother", "guard", "--port", str(port)]
        case _:
            return [sys.executable, "-m", "uvicorn", "plain:app", "--port", str(port), "--no-access-log",
                    "--log-level", "error"]  # fmt: skip


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time of a process and its children so far."""
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def load(wrk: str, script: str, process: psutil.Process, port: int, *, core: int, seconds: float) -> Taken:
    """Have the proxy pass on as much as it can."""
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", script, f"http://127.0.0.1:{port}"]
    before = cpu_seconds(process)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrking:
        os.sched_setaffinity(wrking.pid, {core})
        told, _ = wrking.communicate()
    spent = cpu_seconds(process) - before
    number = re.search(r"(\d+) requests in", told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    late = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    if number is None or rate is None or late is None or "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"this measures nothing:\n{told}")
    milliseconds = float(late[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[late[2]]
    return Taken(float(rate[1]), milliseconds, spent / int(number[1]) * 1e6)


def measure(wrk: str, folder: str, cookies: str) -> dict[str, list[Taken]]:
    """All proxies in turns, forwards and backwards."""
    proxy_core, other_core = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, {other_core})
    taken: dict[str, list[Taken]] = {name: [] for name in VARIANTS}
    script, port = Path(folder, "requests.lua"), BEHIND
    with running(nginx(folder, "behind", BEHIND, ANSWER), folder, BEHIND, core=other_core):
        for turn in range(ROUNDS):
            for name in VARIANTS[:: 1 if turn % 2 else -1]:
                port += 1
                with running(command_of(name, folder, port), folder, port, core=proxy_core) as process:
                    script.write_text(REQUESTS.format(cookies=cookies, run=f"warm-{turn}"))
                    load(wrk, str(script), process, port, core=other_core, seconds=1)
                    script.write_text(REQUESTS.format(cookies=cookies, run=f"told-{turn}"))
                    taken[name].append(load(wrk, str(script), process, port, core=other_core, seconds=SECONDS))
    return taken


def main() -> int:
    """Measure, print, and answer 1 when the claim does not hold."""
    wrk = shutil.which("wrk")
    if wrk is None or len(os.sched_getaffinity(0)) < 2 or not Path(nginx_path()).exists():  # noqa: PLR2004 - two sides
        print("CANNOT MEASURE: this needs `wrk`, `nginx` (Debian packages of these names) and two cores.")
        return 1
    seal = Seal((SECRET,))
    cookies = ", ".join([f'"{seal.to_cookie(mint()).decode()}"' for _ in range(JOURNEYS)])
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # nginx's worker is another user
        Path(folder, "plain.py").write_text(PLAIN)
        Path(folder, "seeother.toml").write_text(SETTINGS)
        taken = measure(wrk, folder, cookies)
    print(f"{'':8} {'req/s':>8} {'p99 ms':>8} {'us CPU':>8} {'lowest':>8} {'highest':>8}")
    for name, rounds in taken.items():
        costs = [each.cpu for each in rounds]
        rate, late = (statistics.median([each[column] for each in rounds]) for column in (0, 1))
        print(f"{name:8} {rate:8,.0f} {late:8.2f} {statistics.median(costs):8.1f} {min(costs):8.1f} {max(costs):8.1f}")
    plain, guard, other = (taken[name] for name in VARIANTS)
    kept = ratio(guard, plain, 0)
    verdict = "holds" if kept >= KEPT else "FAILS"
    print(f"requests a second of plain: {kept:.2f}; claimed: at least {KEPT}: {verdict}")
    spent, late = ratio(plain, guard, 2), ratio(guard, plain, 1)
    print(f"CPU of plain by guard's: {spent:.2f}; p99 of guard by plain's: {late:.2f}")
    rate, cpu, late = (ratio(guard, other, column) for column in (0, 2, 1))
    print(f"of nginx: {rate:.3f} of its requests a second, {cpu:.1f} times its CPU, {late:.1f} times its p99")
    return 0 if kept >= KEPT else 1


def nginx_path() -> str:
    """Where nginx is."""
    return shutil.which("nginx") or "/usr/sbin/nginx"


def ratio(ours: list[Taken], theirs: list[Taken], column: int) -> float:
    """The median of one figure by the other, of the same rounds."""
    return statistics.median([own[column] / other[column] for own, other in zip(ours, theirs, strict=True)])


if __name__ == "__main__":
    sys.exit(main())
