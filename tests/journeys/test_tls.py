# SPDX-License-Identifier: Apache-2.0
"""The shop behind a real nginx with TLS: the journey cookie is Secure and bound to the host."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.journeys.buying import choose, order
from tests.journeys.conftest import opened
from tests.servers.nginx_tls import TlsFront
from tests.servers.program import free_port

pytestmark = pytest.mark.timeout(180)


async def test_journey_cookie_behind_tls(tmp_path: Path, browser: Browser, nginx_tls: Callable[..., TlsFront]) -> None:
    """A browser keeps the `__Host-` cookie that the shop sets behind TLS, and stays on one journey."""
    shop, front = free_port(), free_port()
    with opened(tmp_path, "--public-url", f"https://localhost:{front}", ports={"shop": shop}):
        tls = nginx_tls(shop, port=front)
        context = await browser.new_context(ignore_https_errors=True)
        page = await context.new_page()
        await page.goto(tls.url + "/products/arc-lamp")
        before = await context.cookies()
        await choose(page, tls.url)
        await order(page)
        after = await context.cookies()
        await context.close()

    kept = [cookie for cookie in after if cookie.get("name") == "__Host-journey"]
    assert [(cookie.get("secure"), cookie.get("httpOnly"), cookie.get("sameSite")) for cookie in kept] == [
        (True, True, "Lax")
    ]
    assert {cookie.get("value") for cookie in before if cookie.get("name") == "__Host-journey"} == {
        cookie.get("value") for cookie in kept
    }
