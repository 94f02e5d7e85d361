# SPDX-License-Identifier: Apache-2.0
"""A page's form-action and a redirect to the payment provider: what Chromium does, and what the audit says of it."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from seeother.audit import audit_recording, read_har
from seeother.journey import Finding
from tests.journeys.site import Site, healthy, open_site, person, see_other, shown
from tests.seeother_shop.premises import open_service

pytestmark = pytest.mark.timeout(60)


def pay_here(_request: Request) -> Response:
    """The provider's page."""
    return shown("Pay here")


PROVIDER = Starlette(routes=[Route("/healthz", healthy), Route("/pay", pay_here)])


async def recorded(browser: Browser, site: Site, har: Path) -> list[Finding]:
    """What the audit finds about form-action in a recording of an order.

    Chromium leaves the answer that it stops at out of a recording, so the recording browser keeps to no policy.
    """
    context = await browser.new_context(record_har_path=har, record_har_content="embed", bypass_csp=True)
    page = await context.new_page()
    await page.goto(site.origin + "/checkout")
    await page.get_by_role("button").click()
    await expect(page.get_by_role("heading")).to_have_text("Pay here")
    await context.close()
    report = audit_recording(har.name, read_har(await asyncio.to_thread(har.read_bytes)))
    return [finding for finding in report.findings if finding.rule == "FRM005"]


async def test_chromium_stops_at_form_action_and_the_finding_says_which_source_is_missing(
    tmp_path: Path, browser: Browser
) -> None:
    """The order is made and the person stays on the form; with the policy that the finding asks for they go on."""
    with open_service("localhost", lambda _: PROVIDER) as provider:
        site = Site(lambda _: see_other(provider + "/pay"), policy="default-src 'none'; form-action 'self'")
        with open_site(site, site={"redirect_hosts": [provider.removeprefix("http://")]}):
            async with person(browser) as page:
                await page.goto(site.origin + "/checkout")
                async with page.expect_console_message(lambda said: "form-action" in said.text):
                    await page.get_by_role("button").click()
                await expect(page).to_have_url(site.origin + "/checkout")
            made = site.made
            found = await recorded(browser, site, tmp_path / "stopped.har")

            site.policy = f"default-src 'none'; {found[0].evidence['needed']}"
            async with person(browser) as page:
                await page.goto(site.origin + "/checkout")
                await page.get_by_role("button").click()
                await expect(page.get_by_role("heading")).to_have_text("Pay here")
            found_then = await recorded(browser, site, tmp_path / "went-on.har")

    assert made == 1
    assert [finding.evidence["needed"] for finding in found] == [f"form-action 'self' {provider}"]
    assert found_then == []
