# SPDX-License-Identifier: Apache-2.0
"""The guard keeps its promises in front of every framework under every server, over real sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seeother.testing.servers import EARLY_HINTS, SERVERS, Server
from tests.contract.servers.browsers import LIMIT_SECONDS, Came, ask, ask_http2
from tests.servers.http_servers import Served, http_server

pytestmark = pytest.mark.slow

SHOPS = Path(__file__).parent / "shops"
FRAMEWORKS = {"asgi": ("fastapi", "starlette", "litestar", "django"), "wsgi": ("flask", "django")}
SETTINGS = """
[site]
secrets = ["correct horse battery staple"]
[ledger]
url = "memory://"
[[route]]
match = "POST /orders"
idempotency = "form"
[[route]]
match = "POST /slow"
idempotency = "form"
"""
WAYS = [
    pytest.param((framework, server), id=f"{framework}-{server.name}")
    for server in SERVERS
    for framework in FRAMEWORKS[server.interface]
]
PERSON = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
          ("Sec-Fetch-Site", "same-origin"), ("Cookie", "sessionid=1"),
          ("Content-Type", "application/x-www-form-urlencoded")]  # fmt: skip
MACHINE = [("Accept", "application/json")]
LINK = "</shop.css>; rel=preload; as=style"


def app_of(framework: str, server: Server) -> str:
    """The application's address."""
    name = "app_wsgi" if framework == "django" and server.interface == "wsgi" else "app"
    return f"{framework}_shop:{name}"


@pytest.fixture(scope="module", params=WAYS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Served]]:
    """A shop in a framework, under a server, with a guard around it."""
    framework, server = request.param
    folder = tmp_path_factory.mktemp("shop")
    (folder / "seeother.toml").write_text(SETTINGS)
    with http_server(server.name, app_of(framework, server), folder, apps=SHOPS) as served:
        yield server, served


def order(served: Served, sku: str, path: str = "/orders") -> Came:
    """Send the form of an order, as a browser does."""
    return ask(served.port, "POST", path, fields=PERSON, content=f"sku={sku}".encode())


def notes(served: Served) -> list[str]:
    """What has happened in the shop so far."""
    path = served.folder / "notes"
    return path.read_text().split() if path.exists() else []


def test_two_orders_at_once_are_one(shop: tuple[Server, Served]) -> None:
    """Both lead to the page of the one, by 303."""
    _, served = shop
    with ThreadPoolExecutor(2) as both:
        came = [click.result() for click in [both.submit(order, served, "tea") for _ in range(2)]]
    assert [(each.status, each.first("location"), each.ending) for each in came] == [(303, "/orders/7", "whole")] * 2
    assert notes(served).count("ordered") == 1


def test_failure_is_told_to_people_and_to_machines(shop: tuple[Server, Served]) -> None:
    """A page for one, problem details for the other.

    What caches may do with it is left to the framework, which says nothing: then none keeps a 500 (RFC 9110 15.1).
    """
    _, served = shop
    person, machine = (ask(served.port, "GET", "/fails", fields=fields) for fields in (PERSON, MACHINE))
    assert (person.status, machine.status) == (500, 500)
    assert b"<!doctype html>" in person.content.lower()
    assert machine.first("content-type") == "application/problem+json"
    told = [(each.first("cache-control"), each.first("expires"), each.first("vary")) for each in (person, machine)]
    assert told == [(None, None, "Accept, Sec-Fetch-Dest")] * 2


def test_half_an_answer_is_never_a_whole_one(shop: tuple[Server, Served]) -> None:
    """Unless the server makes one of it, which no guard inside can hinder."""
    server, served = shop
    came = ask(served.port, "GET", "/breaks", fields=PERSON)
    assert (came.status, came.content) == (200, b"part")
    assert came.ending == server.broken


def test_hints_are_links_where_hints_do_harm(shop: tuple[Server, Served]) -> None:
    """HTTP/1.1 gets none, whatever its server offers (RFC 8297 section 3)."""
    _, served = shop
    came = ask(served.port, "GET", "/hints", fields=PERSON)
    assert (came.status, came.hints, came.first("link")) == (200, [], LINK)


def test_client_that_leaves_does_not_undo_its_order(shop: tuple[Server, Served]) -> None:
    """The action runs to its end, and whoever asks again gets its answer."""
    _, served = shop
    head = "".join([f"{name}: {value}\r\n" for name, value in PERSON])
    request = f"POST /slow HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n{head}Content-Length: 9\r\n\r\nsku=gone1"
    with socket.create_connection(("127.0.0.1", served.port), LIMIT_SECONDS) as wire:
        wire.sendall(request.encode())
        limit = time.monotonic() + LIMIT_SECONDS
        while "begun" not in notes(served):
            assert time.monotonic() < limit
            time.sleep(0.01)
    again = order(served, "gone1", "/slow")
    assert (again.status, again.first("location")) == (303, "/orders/8")
    assert [each for each in notes(served) if each in {"begun", "ended"}] == ["begun", "ended"]


def test_slow_client_gets_all_and_keeps_nobody_waiting(shop: tuple[Server, Served]) -> None:
    """Byte by byte on its way in, and late on its way out."""
    _, served = shop
    request = b"GET /large HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), LIMIT_SECONDS) as wire:
        for byte in request:
            wire.sendall(bytes([byte]))
        received = wire.recv(1)
        assert ask(served.port, "GET", "/hints").status == 200
        while piece := wire.recv(1 << 20):
            received += piece
    head, _, content = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert content.count(b"x") == 4 << 20


@pytest.mark.parametrize("server", [each for each in SERVERS if each.http2], ids=lambda each: each.name)
def test_http2(server: Server, tmp_path: Path, tls_certificate: Path) -> None:
    """The same promises over HTTP/2; hints arrive where the server offers them."""
    framework = "flask" if server.interface == "wsgi" else "starlette"
    (tmp_path / "seeother.toml").write_text(SETTINGS)
    fields = [(name.lower(), value) for name, value in PERSON]
    app = app_of(framework, server)
    with http_server(server.name, app, tmp_path, apps=SHOPS, certificate=tls_certificate) as served:
        results: list[Came] = []

        def click() -> None:
            form = b"sku=tea"
            results.append(ask_http2(served.port, tls_certificate, "POST", "/orders", fields=fields, content=form))

        threads = [threading.Thread(target=click) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT_SECONDS)
        failed = ask_http2(served.port, tls_certificate, "GET", "/fails", fields=fields)
        hinted = ask_http2(served.port, tls_certificate, "GET", "/hints", fields=fields)

        assert [(each.status, each.first("location")) for each in results] == [(303, "/orders/7")] * 2
        assert notes(served) == ["ordered"]
    assert failed.status == 500
    assert b"<!doctype html>" in failed.content.lower()
    assert (hinted.first("link"), hinted.ending) == (LINK, "whole")
    assert hinted.hints == ([LINK] if server.offers_http2 & EARLY_HINTS else [])
