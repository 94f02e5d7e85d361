# SPDX-License-Identifier: Apache-2.0
"""The built page in a real Chromium that reports whatever the page does wrong."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette

from seeother.watch import dashboard

from .page_contract import Answers, contract_app

WEB = Path(__file__).parents[4] / "web"

TIMEOUT_MS = 20_000  # of one action of the browser, on a busy machine
expect.set_options(timeout=TIMEOUT_MS)

# A refused style or script shows in no exception: the page has to be asked for it.
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.effectiveDirective} by ${event.blockedURI || event.sample}`));
"""


class Opener(Protocol):
    """Opens an address in a browser context of its own; options are those of `Browser.new_context`."""

    def __call__(self, url: str, **options: Any) -> Awaitable[Page]:  # noqa: ANN401 - Playwright's, thirty of them
        """Open it."""
        ...


@pytest.fixture(scope="session", autouse=True)
def built_page() -> None:
    """The page must have been built; `make test` does it first."""
    index = Path(dashboard.__file__).with_name("static") / "dashboard/index.html"
    if not index.is_file():
        pytest.fail("the page is not built: run `make web`")


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, the accessibility checker."""
    return (WEB / "node_modules/axe-core/axe.min.js").read_text()


@asynccontextmanager
async def serving(app: Starlette, port: int = 0) -> AsyncGenerator[int]:
    """Serve `app` on a port of 127.0.0.1 until the block ends."""
    listener = socket.create_server(("127.0.0.1", port))
    configuration = uvicorn.Config(app, log_config=None, ws="none", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(configuration)
    serve = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serve
        listener.close()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Answers], Awaitable[str]]]:
    """Serves the page over chosen answers and says where, until the test ends."""
    async with AsyncExitStack() as servers:

        async def start(answers: Answers) -> str:
            port = await servers.enter_async_context(serving(contract_app(answers)))
            servers.callback(answers.hang_up)
            return f"http://127.0.0.1:{port}/"

        yield start


@dataclass
class Complaints:
    """What the browser complained of; what holds one of the `expected` phrases was provoked."""

    heard: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def hear(self, complaint: str) -> None:
        """Remember a complaint."""
        self.heard.append(complaint)

    def unexpected(self) -> list[str]:
        """What nobody provoked."""
        return [said for said in self.heard if not any(phrase in said for phrase in self.expected)]


@pytest.fixture
def complaints() -> Complaints:
    """What the browser complains of during the test."""
    return Complaints()


@pytest.fixture
async def open_page(browser: Browser, complaints: Complaints) -> AsyncIterator[Opener]:
    """Opens pages; after the test nothing may have been complained of: no error, no violation of the policy."""
    async with AsyncExitStack() as contexts:

        async def start(url: str, **options: Any) -> Page:  # noqa: ANN401 - as above
            settings: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "locale": "en"}
            context = await browser.new_context(**settings | options)
            contexts.push_async_callback(context.close)
            await context.add_init_script(REPORT_VIOLATIONS)
            context.set_default_timeout(TIMEOUT_MS)
            page = await context.new_page()
            page.on("console", lambda said: complaints.hear(said.text) if said.type in {"error", "warning"} else None)
            page.on("pageerror", lambda error: complaints.hear(str(error)))
            await page.goto(url)
            return page

        yield start
    assert complaints.unexpected() == []
