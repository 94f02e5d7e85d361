# SPDX-License-Identifier: Apache-2.0
"""Where attacks go: the proxy before a server, or a server with a guard inside; and raw bytes to send there."""

import json
import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from seeother.asgi import Application
from seeother.proxy.front import Front
from seeother.proxy.house import GuardHouse
from seeother.proxy.serve import served_as
from seeother.settings import UpstreamSettings
from tests.contract.framing.attacks import Attack, Seen
from tests.contract.framing.recorder import settings
from tests.servers.go_program import go_built
from tests.servers.http_servers import HTTP_SERVERS, http_server
from tests.servers.program import free_port, listens, running
from tests.servers.uvicorn_server import serving

HERE = Path(__file__).parent
LIMIT_SECONDS = 20
QUIET_SECONDS = 1  # a server that says nothing for so long waits for more
_numbers = count(1000)  # of four digits, as `{id}` has


@dataclass(slots=True)
class Target:
    """Where attacks go, and what its application was shown."""

    server: str
    port: int
    seen_in: Path
    read: int = 0
    split: int = 0  # attacks that made two requests of one, and are known to

    def seen(self) -> list[tuple[str, str, str, str]]:
        """What was shown since the last time: method, target, content, and how it was cut."""
        lines = self.seen_in.read_bytes().splitlines() if self.seen_in.exists() else []
        new, self.read = lines[self.read :], len(lines)
        return [(method, target, content, cut) for method, target, content, cut in map(json.loads, new)]


@contextmanager
def target(way: str, server: str, folder: Path) -> Generator[Target]:
    """One target: `way` is proxy or inside; a server in Go is only behind the proxy."""
    if server == "go":
        with _go(folder) as upstream, proxy(upstream) as port:
            yield Target(server, port, folder / "seen")
        return
    name = "bare" if way == "proxy" else "guarded"
    app = f"recorder:{name}_wsgi" if HTTP_SERVERS[server].interface == "wsgi" else f"recorder:{name}"
    seen = folder / "seen"
    with http_server(server, app, folder, apps=HERE, SEEN=str(seen)) as served:
        if way == "inside":
            yield Target(server, served.port, seen)
        else:
            with proxy(served.port) as port:
                yield Target(server, port, seen)


@contextmanager
def _go(folder: Path) -> Generator[int]:
    """net/http, which writes down what it sees; yields its port."""
    program, port = go_built(HERE.parents[1] / "go_shop", folder), free_port()
    environment = {**os.environ, "SEEN": str(folder / "seen")}
    with running([program, str(port)], directory=folder, ready=lambda: listens(port), environ=environment):
        yield port


@contextmanager
def proxy(upstream: int, around: Callable[[Application], Application] = lambda app: app) -> Generator[int]:
    """The proxy before a port; yields its own. `around` stands between its server and all else of it."""
    made = replace(settings(), upstreams=(UpstreamSettings(f"http://127.0.0.1:{upstream}"),))
    config = served_as(around(Front(GuardHouse(made))), made)
    config.log_level = "critical"
    with serving(config) as port:
        yield port


def named(attack: Attack, kind: str) -> tuple[bytes, list[Seen]]:
    """The bytes of an attack with a number of their own, and what may be seen of them."""
    number = next(_numbers)

    def put(text: str) -> str:
        return text.replace("{id}", str(number)).replace("{kind}", kind)

    sent = attack.sent.replace(b"{id}", b"%d" % number).replace(b"{kind}", kind.encode())
    return sent, [(method, put(path), put(content)) for method, path, content in attack.seen]


def said(port: int, sent: bytes, *, answers: int, leaves: bool = False, quiet: float = QUIET_SECONDS) -> bytes:
    """What comes back until the server closes, has given so many answers, or waits for more."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), LIMIT_SECONDS) as wire:
        wire.settimeout(quiet)
        try:
            wire.sendall(sent)
            while not leaves and (not answers or received.count(b"answer to ") < answers):
                piece = wire.recv(65536)
                if not piece:
                    break
                received += piece
        except (ConnectionError, TimeoutError):  # it has closed before it had read all, or waits
            pass
    return received


def asked_after(port: int) -> tuple[str, bytes]:
    """What the next client gets that asks for a page: its target, and the answer's content."""
    path = f"/after/{next(_numbers)}"
    request = f"GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode()
    received = b""
    with socket.create_connection(("127.0.0.1", port), LIMIT_SECONDS) as wire:
        wire.sendall(request)
        while piece := wire.recv(65536):
            received += piece
    return path, received.partition(b"\r\n\r\n")[2]
