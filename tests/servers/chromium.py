# SPDX-License-Identifier: Apache-2.0
"""The distribution's Chromium, silenced, driven by Playwright."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, async_playwright

from tests.servers.program import need

# Without this rule it asks for update and account hosts within seconds; other switches do not suffice.
ARGUMENTS = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",)


@dataclass(frozen=True, slots=True)
class Chromium:
    """The program, and the arguments that keep it on this machine."""

    executable: str
    arguments: tuple[str, ...] = ARGUMENTS


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """Where Chromium is."""
    return Chromium(need("chromium", package="chromium"))


@pytest.fixture
async def browser(chromium: Chromium) -> AsyncIterator[Browser]:
    """A running Chromium for one test, 0.6 s to start.

    Playwright's objects live on one event loop and every test has its own, so a browser is not shared; and the
    synchronous Playwright is not used at all, for while it lives no other test in the worker may run a loop.
    """
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium.executable,
            chromium_sandbox=False,  # it cannot be had as root
            args=list(chromium.arguments),
        )
        yield started
        await started.close()
