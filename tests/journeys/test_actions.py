# SPDX-License-Identifier: Apache-2.0
"""What a person's hands do to an order in a real browser: reload, Back, a second click. With the guard, and without."""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import func, select
from starlette.responses import Response

from seeother_shop.database import Database
from seeother_shop.storefront import Order
from tests.journeys.buying import ORDERED, choose
from tests.journeys.site import ORDER, Site, open_site, person, see_other, shown
from tests.seeother_shop.premises import Premises, open_shop

pytestmark = pytest.mark.timeout(60)


async def order(page: Page, site: Site) -> None:
    """Open the form and send it."""
    await page.goto(site.origin + "/checkout")
    await page.get_by_role("button").click()


def page_of(number: int) -> Response:
    """An application that answers the POST itself."""
    return shown(f"Thank you for order {number}")


def raised(number: int) -> Response:
    """The order is made and paid, and then the letter about it cannot be sent."""
    message = f"no letter about order {number}"
    raise RuntimeError(message)


async def test_a_reload_repeats_what_the_address_bar_shows(browser: Browser) -> None:
    """After 303 that is the result; an application that answers the POST with a page is posted to again."""
    redirecting, answering = Site(), Site(page_of)
    for site, heading in ((redirecting, "Order 1"), (answering, "Thank you for order 1")):
        with open_site(site, guard=False):
            async with person(browser) as page:
                await order(page, site)
                await expect(page.get_by_role("heading")).to_have_text(heading)
                await page.reload()

    assert (redirecting.made, answering.made) == (1, 2)


async def test_a_parked_page_is_reloaded_and_nothing_is_posted(browser: Browser) -> None:
    """The application answers the POST with a page; the guard puts it under an address of its own."""
    site = Site(page_of)
    with open_site(site, route=[{**ORDER, "idempotency": "off", "park": True}]):
        async with person(browser, scripts=False) as page:
            await order(page, site)
            await expect(page.get_by_role("heading")).to_have_text("Thank you for order 1")
            parked = page.url
            again = await page.reload()
            heading = await page.get_by_role("heading").text_content()

    assert "/.seeother/parked/" in parked
    assert again is not None
    assert (again.request.method, again.status, heading) == ("GET", 200, "Thank you for order 1")
    assert site.made == 1


async def test_back_and_submit_again_makes_one_order_only_by_the_guard(browser: Browser) -> None:
    """303 alone does not help: the form is still there, one step back."""
    for guard, made in ((True, 1), (False, 2)):
        site = Site()
        with open_site(site, guard=guard):
            async with person(browser, scripts=False) as page:
                await order(page, site)
                await expect(page).to_have_url(site.origin + "/orders/1")
                await page.go_back()
                await page.get_by_role("button").click()
                await expect(page).to_have_url(f"{site.origin}/orders/{made}")

        assert site.made == made


@pytest.mark.parametrize(("caching", "made"), [("no-cache", 1), ("no-store", 2)])
async def test_back_shows_a_form_with_the_key_it_had_unless_nothing_may_keep_it(
    browser: Browser, caching: str, made: int
) -> None:
    """Each page brings a key of its own; a link leads to a new one in either case, and that is another order."""
    site = Site(caching=caching, keys=map(str, count()))
    with open_site(site):
        async with person(browser, scripts=False) as page:
            await order(page, site)
            await expect(page).to_have_url(site.origin + "/orders/1")
            await page.go_back()
            await page.get_by_role("button").click()
            await expect(page).to_have_url(f"{site.origin}/orders/{made}")
            await order(page, site)
            await expect(page).to_have_url(f"{site.origin}/orders/{made + 1}")

    assert site.made == made + 1


async def test_a_second_click_makes_one_order_only_by_the_guard(browser: Browser) -> None:
    """The browser gives up the first request for the second; the order under way is not given up, and not doubled."""
    for guard, made in ((True, 1), (False, 2)):
        site = Site()
        with open_site(site, guard=guard):
            async with person(browser, scripts=False) as page:
                await page.goto(site.origin + "/checkout")
                box = await page.get_by_role("button").bounding_box()
                assert box is not None
                site.gate.clear()
                await page.mouse.click(box["x"] + 5, box["y"] + 5)
                assert await asyncio.to_thread(site.asked.wait, 10)
                async with page.expect_request("**/orders"):
                    await page.mouse.click(box["x"] + 5, box["y"] + 5)
                site.gate.set()
                await expect(page).to_have_url(f"{site.origin}/orders/{made}")

        assert site.made == made


def timed_out(_number: int) -> Response:
    """The answer of a gateway that gave up waiting."""
    return Response(status_code=504)


@pytest.mark.parametrize("answer", [raised, timed_out], ids=["exception", "504"])
async def test_an_unknown_outcome_is_looked_up_and_not_tried_again(
    browser: Browser, answer: Callable[[int], Response]
) -> None:
    """The order is made and the answer is an error: the person sees the order, and sending it again makes none."""
    site = Site(answer)
    with open_site(site, route=[{**ORDER, "outcome_page": "/orders/last"}]):
        async with person(browser, scripts=False) as page:
            await order(page, site)
            await expect(page).to_have_url(site.origin + "/orders/last")
            await expect(page.get_by_role("heading")).to_have_text("Orders: 1")
            await page.go_back()
            await page.get_by_role("button").click()
            await expect(page.get_by_role("heading", name="We are not sure yet")).to_be_visible()
            await page.get_by_role("link", name="Continue").click()
            await expect(page).to_have_url(site.origin + "/orders/last")

    assert site.made == 1


async def test_without_an_outcome_page_the_built_in_one_says_what_to_do(browser: Browser) -> None:
    """In both languages: check before you try again; and it leads on."""
    site = Site(raised)
    with open_site(site):
        async with person(browser, scripts=False) as page:
            await order(page, site)
            await expect(page.get_by_role("heading", name="暂时无法确认")).to_be_visible()
            said = await page.text_content("main") or ""
            address = page.url
            await page.get_by_role("link", name="继续").click()
            await expect(page.get_by_role("heading")).to_have_text("Welcome")

    assert address == site.origin + "/.seeother/outcome"
    assert "Please check before you try again" in said
    assert site.made == 1


async def test_a_redirect_to_a_stranger_goes_nowhere(browser: Browser) -> None:
    """Hosts that are not on the list are refused with a page that says so; the order counts."""
    site = Site(lambda _: see_other("http://localhost:9/pay"))
    with open_site(site, site={"redirect_hosts": ["pay.example"]}):
        async with person(browser, scripts=False) as page:
            await order(page, site)
            await expect(page.get_by_role("heading", name="We do not send you there")).to_be_visible()
            await page.get_by_role("link", name="Continue").click()
            await expect(page).to_have_url(site.origin + "/")

    assert site.made == 1


async def placed(page: Page) -> str:
    """Wait until the order is made; the order's address."""
    await expect(page).to_have_url(ORDERED, timeout=30_000)
    return page.url.rpartition("/")[0]


def orders_in(shop: Premises) -> int:
    """How many orders the shop has."""
    with Database(shop.database("storefront")) as database, database.reading() as session:
        return session.scalar(select(func.count()).select_from(Order)) or 0


@pytest.mark.parametrize(("mode", "made"), [("repair", 1), ("off", 2)])
async def test_the_shop_s_form_sent_again_after_back_is_the_same_order(
    tmp_path: Path, browser: Browser, mode: str, made: int
) -> None:
    """Scripts off: the page of the order is reloaded, and the form sent once more; without a guard that is another."""
    with open_shop(tmp_path, mode=mode) as shop:
        async with person(browser, scripts=False) as page:
            await choose(page, shop.shop)
            form = page.url
            await page.locator('form[action="/orders"] button').click()
            first = await placed(page)
            await page.reload()
            await page.go_back()
            assert page.url == form
            await page.locator('form[action="/orders"] button').click()
            second = await placed(page)

        assert (orders_in(shop), second == first) == (made, made == 1)
