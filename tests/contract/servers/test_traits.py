# SPDX-License-Identifier: Apache-2.0
"""The table of servers says what they do: whoever installs a newer one learns here what it does differently."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import pytest

from seeother.testing.servers import EARLY_HINTS, SERVERS, Server
from tests.contract.servers.browsers import LIMIT_SECONDS, Came, ask, ask_http2, speaks_http2
from tests.servers.http_servers import HTTP_SERVERS, Served, http_server

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
FATES = {"cut": (200, "cut"), "error": (500, "whole"), "dropped": (200, "whole"), "whole": (200, "whole")}
IRRELEVANT = "websocket."  # what a server offers for something else


@pytest.fixture(scope="module", params=SERVERS, ids=[server.name for server in SERVERS])
def plain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Served]]:
    """A server of applications that do what none should."""
    server: Server = request.param
    folder = tmp_path_factory.mktemp("plain")
    notes = str(folder / "notes")
    with http_server(server.name, f"probe:{server.interface}", folder, apps=HERE, NOTES=notes) as served:
        yield server, served


@pytest.fixture(scope="module", params=SERVERS, ids=[server.name for server in SERVERS])
def encrypted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tls_certificate: Path
) -> Iterator[tuple[Server, Served]]:
    """The same over TLS."""
    server: Server = request.param
    folder, app = tmp_path_factory.mktemp("encrypted"), f"probe:{server.interface}"
    with http_server(server.name, app, folder, apps=HERE, certificate=tls_certificate) as served:
        yield server, served


def fate(came: Came) -> tuple[int, str]:
    """How an answer ended."""
    return came.status, came.ending


def offered(came: Came) -> frozenset[str]:
    """What a server offers an answer."""
    return frozenset([each for each in json.loads(came.content)["offers"] if not each.startswith(IRRELEVANT)])


def test_every_server_is_in_the_table() -> None:
    """Once, and it calls applications in the way that the table says."""
    assert {server.name: server.interface for server in SERVERS} == {
        name: server.interface for name, server in HTTP_SERVERS.items()
    }


@pytest.mark.parametrize("server", SERVERS, ids=[server.name for server in SERVERS])
def test_its_version_is_that_which_was_measured(server: Server) -> None:
    """So that nobody reads a table about another one."""
    assert version(server.name.partition("-")[0]).startswith(server.version + ".")


def test_second_head(plain: tuple[Server, Served]) -> None:
    """Before and after content has gone."""
    server, served = plain
    assert fate(ask(served.port, "GET", "/second")) == FATES[server.second_head]
    assert fate(ask(served.port, "GET", "/second-late")) == FATES[server.late_head]


@pytest.mark.parametrize("path", ["/breaks", "/breaks-short"])
def test_error_after_the_content_began(plain: tuple[Server, Served], path: str) -> None:
    """A client can tell, unless the server ends the answer for the application."""
    server, served = plain
    came = ask(served.port, "GET", path)
    assert came.content == b"part"
    assert fate(came) == FATES[server.broken]


def test_early_hints(plain: tuple[Server, Served]) -> None:
    """They arrive where they are offered."""
    server, served = plain
    came = ask(served.port, "GET", "/hints")
    assert offered(came) == server.offers
    assert bool(came.hints) == bool(server.offers & EARLY_HINTS)


def test_departure_of_the_client(plain: tuple[Server, Served]) -> None:
    """The application hears of it where it can."""
    server, served = plain
    notes = served.folder / "notes"
    with socket.create_connection(("127.0.0.1", served.port), LIMIT_SECONDS) as wire:
        wire.sendall(b"GET /waits HTTP/1.1\r\nHost: shop\r\n\r\n")
        _await(notes, "begun")
    if server.tells_departure:
        _await(notes, "left")
    assert server.tells_departure == (server.interface == "asgi")


def test_http2(encrypted: tuple[Server, Served], tls_certificate: Path) -> None:
    """Where a server speaks it: what it offers there, and what becomes of answers that break off."""
    server, served = encrypted
    assert speaks_http2(served.port, tls_certificate) == server.http2
    if not server.http2:
        return

    came = ask_http2(served.port, tls_certificate, "GET", "/hints")
    assert json.loads(came.content)["version"] == "2"
    assert json.loads(came.content)["scheme"] == "https"
    assert offered(came) == server.offers_http2
    assert bool(came.hints) == bool(server.offers_http2 & EARLY_HINTS)
    with ThreadPoolExecutor(3) as together:  # hypercorn closes what is cut only after its five seconds for idle clients
        ways = ("/second", "/second-late", "/breaks")
        came_on = [together.submit(ask_http2, served.port, tls_certificate, "GET", way) for way in ways]
        fates = [fate(each.result()) for each in came_on]
    assert fates == [FATES[each] for each in (server.second_head, server.late_head, server.broken)]


def _await(notes: Path, text: str) -> None:
    limit = time.monotonic() + LIMIT_SECONDS
    while text not in (notes.read_text() if notes.exists() else ""):
        assert time.monotonic() < limit, f"nothing says {text}"
        time.sleep(0.01)
