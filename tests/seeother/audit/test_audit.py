# SPDX-License-Identifier: Apache-2.0
"""Recordings that Chromium made of a real site, judged."""

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import cast

import pytest
from playwright.async_api import Browser

from seeother.audit import Report, audit_recording, read_har

PAGE = b"""<!doctype html><title>Cart</title><link rel="icon" href="data:,">
<form method="post" action="/orders">
<input type="hidden" name="idempotency_key" value="k-1"><button>Order</button></form>"""


class Site(ThreadingHTTPServer):
    """A cart page, an order form that is answered with `status`, and a memory of what was asked."""

    daemon_threads = True

    def __init__(self, status: int) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), SiteHandler)
        self.status = status
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class SiteHandler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """Redirects after an action at its own address, a page everywhere else."""
        site = cast("Site", self.server)
        site.asked.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("content-length", 0)))
        is_action = self.path in {"/orders", "/cart/items/7"}
        content = b"" if is_action else PAGE
        self.send_response_only(site.status if is_action else 200)
        if is_action:
            self.send_header("Location", "/cart" if self.path.startswith("/cart") else "/orders/7?receipt=r-1")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the standard library's names


@contextmanager
def serving(status: int) -> Generator[Site]:
    """A site that runs while the block does."""
    with Site(status) as site:
        thread = Thread(target=site.serve_forever)
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()


async def record(browser: Browser, site: Site, path: Path) -> None:
    """Order in a browser, then take a line from the cart by script."""
    context = await browser.new_context(record_har_path=path, record_har_content="embed")
    page = await context.new_page()
    await page.goto(f"{site.url}/cart")
    await page.get_by_role("button").click()
    await page.wait_for_url("**/orders/7?receipt=r-1")
    await page.evaluate("fetch('/cart/items/7', {method: 'DELETE'})")
    await context.close()


def audit(path: Path) -> Report:
    """Judge what was recorded."""
    return audit_recording(path.name, read_har(path.read_bytes()))


@pytest.mark.slow
@pytest.mark.parametrize("status", [301, 302])
async def test_finds_the_ambiguous_redirect_that_a_browser_recorded(
    browser: Browser, tmp_path: Path, status: int
) -> None:
    """The form is a warning; the DELETE, which the browser did repeat, is an error."""
    with serving(status) as site:
        await record(browser, site, tmp_path / "site.har")
    report = audit(tmp_path / "site.har")

    found = [(finding.severity, finding.method, finding.url, finding.status) for finding in report.findings]
    assert found == [
        ("warning", "POST", f"{site.url}/orders", status),
        ("error", "DELETE", f"{site.url}/cart/items/7", status),
    ]
    assert report.findings[0].evidence["location"].endswith("/orders/7?receipt=[redacted]")
    assert site.asked[-4:] == ["POST /orders", "GET /orders/7?receipt=r-1", "DELETE /cart/items/7", "DELETE /cart"]


@pytest.mark.slow
async def test_is_silent_about_303(browser: Browser, tmp_path: Path) -> None:
    """The same site with the right answer gives no finding, and the browser asks for the cart with GET."""
    with serving(303) as site:
        await record(browser, site, tmp_path / "site.har")
    report = audit(tmp_path / "site.har")

    assert report.findings == ()
    assert report.exchanges == 5
    assert site.asked[-2:] == ["DELETE /cart/items/7", "GET /cart"]
