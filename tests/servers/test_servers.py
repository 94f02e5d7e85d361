# SPDX-License-Identifier: Apache-2.0
"""The servers that tests lean on do start, answer and stay private."""

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import psycopg
import pytest
import redis
from playwright.async_api import Browser

from tests.servers.nginx_tls import TlsFront
from tests.servers.postgres_server import PostgresServer
from tests.servers.program import free_port, listens, need, running
from tests.servers.redis_server import RedisServer


class Page(BaseHTTPRequestHandler):
    """Answers each GET with a small page that says how it was reached."""

    def do_GET(self) -> None:
        """Answer."""
        content = f"<title>{self.headers['X-Forwarded-Proto']} {self.headers['Host']}</title>".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name is given
        """Keep quiet."""


@pytest.fixture
def page_port() -> Iterator[int]:
    """The port of a server that answers each GET with a page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_redis_keeps_a_value(redis_server: RedisServer) -> None:
    """A value that was set can be read again."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("smoke", "here")

        assert client.get("smoke") == b"here"


def test_postgres_answers(postgres_server: PostgresServer) -> None:
    """A query has an answer, and the server's one tongue is UTF-8."""
    with psycopg.connect(postgres_server.url) as connection:
        answer = connection.execute("show server_encoding").fetchone()

    assert answer == ("UTF8",)


def test_nginx_speaks_tls(nginx_tls: Callable[[int], TlsFront], page_port: int) -> None:
    """A client that trusts the certificate reaches the application, which learns scheme and host."""
    front = nginx_tls(page_port)

    with httpx2.Client(verify=ssl.create_default_context(cafile=str(front.certificate))) as client:
        answer = client.get(front.url)

    assert answer.text == f"<title>https localhost:{front.port}</title>"


async def test_chromium_opens_a_page(browser: Browser, page_port: int) -> None:
    """A page of this machine opens."""
    page = await browser.new_page()

    await page.goto(f"http://127.0.0.1:{page_port}/")

    assert await page.title() == f"None 127.0.0.1:{page_port}"


async def test_chromium_stays_here(browser: Browser) -> None:
    """A name that is not this machine is not even looked up."""
    page = await browser.new_page()

    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        await page.goto("http://shop.example/")


def test_a_missing_program_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program, the test is skipped with the line that gets it."""
    monkeypatch.delenv("SEEOTHER_REQUIRE_SERVICES", raising=False)

    with pytest.raises(pytest.skip.Exception, match=r"apt-get install .* nothing-like-it"):
        need("no-such-program", package="nothing-like-it")


def test_a_missing_program_fails_where_services_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where services are required, a missing one is a failure."""
    monkeypatch.setenv("SEEOTHER_REQUIRE_SERVICES", "1")

    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        need("no-such-program", package="nothing-like-it")


def test_a_server_that_dies_is_told(tmp_path: Path) -> None:
    """A server that ends at once fails the test with what it said."""
    port = free_port()

    with (
        pytest.raises(pytest.fail.Exception, match="out of cheese"),
        running(["sh", "-c", "echo out of cheese"], directory=tmp_path, ready=lambda: listens(port)),
    ):
        pass
