# SPDX-License-Identifier: Apache-2.0
"""What the article says of browsers, tried in a real one: caching, methods, waiting, what 307 takes along, scripts.

These tests need no guard: they hold the facts that its rules stand on.
"""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page

from tests.article.site import Answer, Site, opened

FORM = """<form method="post" action="{action}"><input name="card" value="4242">
<input name="_csrf" value="token"><button>Pay</button></form>"""
FETCH = """([path, method]) => fetch(path, {method, body: 'tea=1'})
    .then(answer => answer.status, () => 'refused')"""


@pytest.fixture
def shop() -> Iterator[Site]:
    """The shop."""
    with opened() as site:
        site.answers["GET /"] = Answer(content="<title>Shop</title>")
        site.answers["GET /favicon.ico"] = Answer(404)
        yield site


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    """Another site."""
    with opened("localhost") as site:
        site.answers["GET /favicon.ico"] = Answer(404)
        yield site


async def sent(page: Page, shop: Site, action: str) -> None:
    """Send the form of the shop's page to an address."""
    shop.answers["GET /form"] = Answer(content=FORM.format(action=action))
    await page.goto(f"{shop.address}/form")
    await page.click("button")
    await page.wait_for_load_state()


async def test_302_is_asked_for_again_and_301_is_not(browser: Browser, shop: Site) -> None:
    """Claim: browsers cache a 302, all the more without Pragma. Of three visits each is made; a 301 is kept."""
    times = {
        "302": (Answer(302), 3),
        "302-no-cache": (Answer(302, {"Cache-Control": "no-cache"}), 3),
        "302-max-age": (Answer(302, {"Cache-Control": "max-age=60"}), 1),
        "303": (Answer(303), 3),
        "307": (Answer(307), 3),
        "301": (Answer(301), 1),
        "308": (Answer(308), 1),
    }
    page = await browser.new_page()
    for name, (answer, _) in times.items():
        shop.answers[f"GET /{name}"] = answer._replace(fields={"Location": "/there", **answer.fields})
        for _ in range(3):
            await page.goto(f"{shop.address}/{name}")
            await page.goto(f"{shop.address}/")

    assert {name: shop.times(f"GET /{name}") for name in times} == {name: count for name, (_, count) in times.items()}


@pytest.mark.parametrize("status", [302, 303])
async def test_preflight_fails_over_any_redirect(browser: Browser, shop: Site, elsewhere: Site, status: int) -> None:
    """Claim: 302 trips the preflight of CORS and 303 does not. Both do."""
    elsewhere.answers["OPTIONS /pay"] = Answer(status, {"Location": "/there", "Access-Control-Allow-Origin": "*"})
    page = await browser.new_page()
    await page.goto(f"{shop.address}/")

    told = await page.evaluate(FETCH, [f"{elsewhere.address}/pay", "PUT"])

    assert told == "refused"
    assert [asked.method for asked in elsewhere.asked] == ["OPTIONS"]


async def test_referrer_is_the_same_after_302_and_303(browser: Browser, shop: Site, elsewhere: Site) -> None:
    """Claim: 302 truncates the referrer, so that the provider's check fails. The policy does, after all redirects."""
    page = await browser.new_page()
    for status in (302, 303):
        shop.answers["POST /orders"] = Answer(status, {"Location": f"/orders/{status}"})
        shop.answers[f"GET /orders/{status}"] = Answer(status, {"Location": f"{elsewhere.address}/pay/{status}"})
        await sent(page, shop, "/orders")

    at_home = {asked.referrer for asked in shop.asked if asked.path in {"/orders/302", "/orders/303"}}
    abroad = {asked.referrer for asked in elsewhere.asked if asked.path in {"/pay/302", "/pay/303"}}
    assert (at_home, abroad) == ({f"{shop.address}/form"}, {f"{shop.address}/"})


async def test_303_makes_every_method_a_get_and_302_only_post(browser: Browser, shop: Site) -> None:
    """Claim: 303 forces GET and 302 leaves it open. For POST both are GET; what differs is every other method."""
    page = await browser.new_page()
    await page.goto(f"{shop.address}/")
    followed: dict[tuple[str, int], str] = {}

    for method in ("POST", "PUT", "DELETE"):
        for status in (302, 303, 307):
            shop.answers[f"{method} /orders"] = Answer(status, {"Location": f"/there/{status}"})
            await page.evaluate(FETCH, ["/orders", method])
            followed[method, status] = shop.asked[-1].method

    assert {pair for pair, then in followed.items() if then == "GET"} == {
        ("POST", 302), ("POST", 303), ("PUT", 303), ("DELETE", 303)
    }  # fmt: skip
    assert all(then in {"GET", method} for (method, _), then in followed.items())


@pytest.mark.parametrize(("status", "posts"), [(200, 2), (302, 1), (303, 1)])
async def test_reload_repeats_the_form_after_200_and_not_after_303(
    browser: Browser, shop: Site, status: int, posts: int
) -> None:
    """Claim: 200 lets a reload order again and 303 does not. True; a 302 does not either."""
    shop.answers["POST /orders"] = Answer(status, {} if status == 200 else {"Location": "/orders/1"})
    page = await browser.new_page()

    await sent(page, shop, "/orders")
    await page.reload()

    assert shop.times("POST /orders") == posts


async def test_browser_waits_for_refresh_and_not_for_retry_after(browser: Browser, shop: Site) -> None:
    """Claim: Retry-After makes browsers come back. They ignore it; Refresh, begun later and as long, they obey."""
    shop.answers["GET /busy"] = Answer(503, {"Retry-After": "1"}, "<h1>Busy</h1>")
    shop.answers["GET /away"] = Answer(503, {"Refresh": "1"}, "<h1>Away</h1>")
    first, second = await browser.new_page(), await browser.new_page()

    await first.goto(f"{shop.address}/busy")
    await second.goto(f"{shop.address}/away")
    await second.wait_for_event("framenavigated")

    assert (shop.times("GET /busy"), shop.times("GET /away")) == (1, 2)


async def test_307_sends_card_and_token_to_the_other_site(browser: Browser, shop: Site, elsewhere: Site) -> None:
    """Claim: 302 is a risk of forgery and only 307 is safe. It is 307 that hands the whole form to whoever is there."""
    page = await browser.new_page()
    received: dict[int, tuple[str, str]] = {}

    for status in (302, 303, 307, 308):
        shop.answers["POST /pay"] = Answer(status, {"Location": f"{elsewhere.address}/take/{status}"})
        await sent(page, shop, "/pay")
        (asked,) = [asked for asked in elsewhere.asked if asked.path == f"/take/{status}"]
        received[status] = (asked.method, asked.content)

    form = "card=4242&_csrf=token"
    assert received == {302: ("GET", ""), 303: ("GET", ""), 307: ("POST", form), 308: ("POST", form)}


async def test_reload_after_307_sends_the_form_again(browser: Browser, shop: Site) -> None:
    """What the article's middleware does to its own success page."""
    shop.answers["POST /pay"] = Answer(307, {"Location": "/success"})
    page = await browser.new_page()

    await sent(page, shop, "/pay")
    await page.reload()

    assert shop.times("POST /success") == 2


async def test_relative_location_leads_to_the_site_that_was_asked(
    browser: Browser, shop: Site, elsewhere: Site
) -> None:
    """Claim: across origins a relative Location goes back to the page's site. It stays at the site that answered."""
    elsewhere.answers["POST /api"] = Answer(302, {"Location": "/dashboard"})
    page = await browser.new_page()

    await sent(page, shop, f"{elsewhere.address}/api")

    assert page.url == f"{elsewhere.address}/dashboard"
    assert shop.times("GET /dashboard") == 0


async def test_fetch_follows_and_the_page_stays(browser: Browser, shop: Site) -> None:
    """The real cause behind the article's failing jumps: a script follows the redirect, the person goes nowhere."""
    shop.answers["POST /orders"] = Answer(302, {"Location": "/dashboard"})
    page = await browser.new_page()
    await page.goto(f"{shop.address}/")

    status = await page.evaluate(FETCH, ["/orders", "POST"])

    assert (status, page.url) == (200, f"{shop.address}/")
    assert shop.times("GET /dashboard") == 1


async def test_redirect_needs_no_scripts_and_shows_no_page(browser: Browser, shop: Site) -> None:
    """Claim: without scripts a 302 fails, so it needs a page in it. It is followed, and its page is never shown."""
    content = '<h1>Please wait</h1><meta http-equiv="refresh" content="0;url=/never">'
    shop.answers["POST /orders"] = Answer(302, {"Location": "/safe-landing"}, content)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()

    await sent(page, shop, "/orders")

    assert page.url == f"{shop.address}/safe-landing"
    assert shop.times("GET /never") == 0
    await context.close()


async def test_page_of_an_error_is_shown_without_scripts(browser: Browser, shop: Site) -> None:
    """Where a page of one's own is worth having: in an error, which is shown, and comes back by Refresh."""
    shop.answers["GET /busy"] = Answer(503, {"Refresh": "60"}, '<h1>Busy</h1><a href="/">Continue</a>')
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()

    await page.goto(f"{shop.address}/busy")

    assert await page.inner_text("h1") == "Busy"
    await page.click("a")
    assert page.url == f"{shop.address}/"
    await context.close()


async def test_location_of_another_status_is_not_followed(browser: Browser, shop: Site) -> None:
    """Claim: 200 with a Location panics. It is sent, and the browser stays where it is."""
    page = await browser.new_page()

    for status in (200, 201, 300, 404):
        shop.answers["GET /orders"] = Answer(status, {"Location": "/there"}, "<h1>Here</h1>")
        await page.goto(f"{shop.address}/orders")
        assert page.url == f"{shop.address}/orders"

    assert shop.times("GET /there") == 0
