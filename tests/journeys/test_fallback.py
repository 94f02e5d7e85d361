# SPDX-License-Identifier: Apache-2.0
"""What a person gets in a real browser, scripts off, when the page cannot come: from the guard, and without one."""

from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, expect
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.journeys.buying import HAND_OFF, choose, show_card
from tests.journeys.site import Site, open_site, person, shown
from tests.seeother_shop.premises import open_shop

pytestmark = pytest.mark.timeout(60)


class Late:
    """Begins a page, and only then finds out that it has to redirect."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send a page's beginning, and then another head."""
        html = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": html})
        await send({"type": "http.response.body", "body": b"<!doctype html><h1>One moment</h1>", "more_body": True})
        await send({"type": "http.response.start", "status": 303, "headers": [(b"location", b"/done?a=1&b=2")]})
        await send({"type": "http.response.body", "body": b""})


def done(_request: Request) -> Response:
    """Where the late redirect leads."""
    return shown("Done")


LATE = (Route("/late", Late()), Route("/done", done))


async def test_a_late_redirect_still_leads_on(browser: Browser) -> None:
    """Without a guard the answer breaks off and there is no way on; with it the page goes on."""
    with open_site(Site(), *LATE, guard=False) as site:
        async with person(browser, scripts=False) as page:
            with suppress(Error):  # the browser may show what came, or say that the answer was cut
                await page.goto(site.origin + "/late", wait_until="commit")
            assert await page.get_by_role("link").count() == 0
            assert not page.url.startswith(site.origin + "/done")
    with open_site(Site(), *LATE) as site:
        async with person(browser, scripts=False) as page:
            await page.goto(site.origin + "/late")
            await expect(page).to_have_url(site.origin + "/done?a=1&b=2")
            sent = await page.request.get(site.origin + "/late")
            # Whoever has switched Refresh off, as assistive software may, has the link.
            without_refresh = (await sent.text()).partition("<meta")[0]
            await page.route("**/late", lambda route: route.fulfill(body=without_refresh, content_type="text/html"))
            await page.goto(site.origin + "/late")
            await page.get_by_role("link").click()
            await expect(page).to_have_url(site.origin + "/done?a=1&b=2")


async def test_a_page_that_fails_is_said_in_both_languages_and_leads_on(browser: Browser) -> None:
    """Without a guard there are three words and no link; with it one may try again, or go on."""
    broken = Site(broken=RuntimeError("the template has gone"))
    with open_site(broken, guard=False) as site:
        async with person(browser, scripts=False) as page:
            await page.goto(site.origin + "/")
            assert await page.text_content("body") == "Internal Server Error"
            assert await page.get_by_role("link").count() == 0
    with open_site(broken, site={"way_on": "/checkout"}) as site:
        async with person(browser, scripts=False) as page:
            failed = await page.goto(site.origin + "/")
            assert failed is not None
            assert failed.status == 500
            await expect(page.get_by_text("Your order is safe")).to_be_visible()
            await expect(page.get_by_text("您的订单是安全的")).to_be_visible()
            await page.get_by_role("link", name="Try again").click()
            await expect(page.get_by_role("heading", name="One moment, please")).to_be_visible()
            await page.get_by_role("link", name="继续").click()
            await expect(page).to_have_url(site.origin + "/checkout")
            await page.go_back()
            site.broken = None
            await page.get_by_role("link", name="重试").click()
            await expect(page.get_by_role("heading")).to_have_text("Welcome")


async def test_a_page_that_waits_looks_again_by_itself(browser: Browser) -> None:
    """Browsers ignore Retry-After; the guard says it to them as Refresh, and no script is needed."""
    with open_site(Site(broken=Response(status_code=503, headers={"retry-after": "1"}))) as site:
        async with person(browser, scripts=False) as page:
            await page.goto(site.origin + "/")
            await expect(page.get_by_role("heading", name="请稍候")).to_be_visible()
            site.broken = None
            await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


async def test_a_purchase_goes_on_by_links_alone_when_everything_fails_once(tmp_path: Path, browser: Browser) -> None:
    """A wrong address, no word of the stock, none of the provider, a charge's answer lost: each page leads on.

    One order is made and paid. The return is a POST from another site without a cookie; the page that it leads to is
    asked for with it.
    """
    with open_shop(tmp_path) as shop:
        async with person(browser, scripts=False) as page:
            await page.goto(shop.shop + "/wrong")
            await page.get_by_role("link", name="Continue").click()
            await choose(page, shop.shop)
            shop.faults.add("inventory-504")
            await page.locator('form[action="/orders"] button').click()
            for fault in ("provider-504", ""):
                await expect(page.get_by_role("heading", name="We are getting your order ready")).to_be_visible()
                shop.faults.add(fault)
                shop.faults.intersection_update({fault})
            await expect(page.get_by_role("heading", name="Your payment is still open")).to_be_visible(timeout=30_000)
            await page.get_by_role("link", name="Go to the payment").click()
            await expect(page).to_have_url(HAND_OFF)
            shop.faults.add("payment-lost")
            await show_card(page, scripts=False)
            await expect(page).to_have_url(shop.shop + "/checkout/status")
            await expect(page.get_by_role("heading", name="We are checking your payment")).to_be_visible()
            assert shop.flush_webhooks() == 0
            await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        shop.await_books(lambda: shop.books().balanced)
        books = shop.books()

    assert (books.orders, books.charges, books.duplicate_charges) == (1, 1, 0)
    assert books.balanced
