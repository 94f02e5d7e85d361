# SPDX-License-Identifier: Apache-2.0
"""The crowd's browser behaves as a real one does, seen from a real server."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from seeother_shop.shoppers import Browser, Form, connections
from tests.seeother_shop.shoppers.echo import serving


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    """Connections to share."""
    async with connections() as client:
        yield client


async def greet(request: Request) -> Response:
    """A page that sets a Lax cookie and has a link and a form."""
    answer = HTMLResponse(f"<title>{request.url.path}</title><form method=post action=/post><input name=a></form>")
    answer.set_cookie("journey", "j1", samesite="lax")
    return answer


def browse(client: AsyncClient) -> tuple[Browser, list[tuple[str, str, int]]]:
    """A browser and the answers that it reports."""
    answers: list[tuple[str, str, int]] = []

    def note(method: str, path: str, status: int) -> None:
        answers.append((method, path, status))

    return Browser(client, "UA/1", on_answer=note), answers


async def test_a_typed_address_says_none_and_a_form_says_where_from(client: AsyncClient) -> None:
    """User-Agent, Accept, Fetch metadata, Origin and Referer are as a browser sends them."""
    async with serving(greet) as shop:
        browser, answers = browse(client)

        page = await browser.visit(shop.url + "/start")
        await browser.submit(page.forms[0], {"a": "1"})

        typed, sent = shop.fields(0), shop.fields(1)
        assert (typed["sec-fetch-site"], typed["user-agent"], typed["accept"][:9]) == ("none", "UA/1", "text/html")
        assert "origin" not in typed
        assert "referer" not in typed
        assert (sent["sec-fetch-site"], sent["origin"]) == ("same-origin", shop.url)
        assert (sent["referer"], sent["cookie"]) == (shop.url + "/start", "journey=j1")
        assert (shop.seen[1][3], sent["content-type"]) == (b"a=1", "application/x-www-form-urlencoded")
        assert answers == [("GET", "/start", 200), ("POST", "/post", 200)]


async def test_a_post_from_another_site_brings_no_cookie_and_stays_foreign(client: AsyncClient) -> None:
    """The way back from the provider: no Lax cookie on the POST, but again on the GET that a 303 leads to."""

    async def home(request: Request) -> Response:
        return RedirectResponse("/end", 303) if request.method == "POST" else await greet(request)

    async with serving(home) as shop, serving(greet, "localhost") as provider:
        browser, _ = browse(client)
        await browser.visit(shop.url)
        await browser.visit(provider.url)

        page = await browser.submit(Form(f"{shop.url}/payments/return", "post"), {})

        back, end = shop.fields(1), shop.fields(2)
        assert (back["sec-fetch-site"], back["origin"], back.get("cookie")) == ("cross-site", provider.url, None)
        assert back["referer"] == provider.url + "/"
        assert (shop.seen[2][0], end["sec-fetch-site"], end["cookie"]) == ("GET", "cross-site", "journey=j1")
        assert page.url == shop.url + "/end"


@pytest.mark.parametrize(("status", "method", "content"), [(302, "GET", b""), (303, "GET", b""), (307, "POST", b"a=1")])
async def test_redirects_change_the_method_as_browsers_do(
    client: AsyncClient, status: int, method: str, content: bytes
) -> None:
    """302 and 303 turn a POST into a GET, 307 keeps method and content."""

    async def move(request: Request) -> Response:
        return RedirectResponse("/new", status) if request.url.path == "/post" else await greet(request)

    async with serving(move) as shop:
        browser, _ = browse(client)
        page = await browser.visit(shop.url)

        await browser.submit(page.forms[0], {"a": "1"})

        assert shop.seen[-1][:2] == (method, "/new")
        assert shop.seen[-1][3] == content


async def test_reload_posts_again_what_a_form_answered(client: AsyncClient) -> None:
    """The answer to a POST is reloaded as that POST, from the same page; Back asks nobody."""
    async with serving(greet) as shop:
        browser, _ = browse(client)
        first = await browser.visit(shop.url)
        await browser.submit(first.forms[0], {"a": "1"})

        await browser.reload()
        back = browser.back()

        assert [seen[0] for seen in shop.seen] == ["GET", "POST", "POST"]
        assert shop.seen[1][3] == shop.seen[2][3]
        assert back is first


async def test_a_second_press_drops_the_first_answer(client: AsyncClient) -> None:
    """Two requests go out; the first is cut while it is answered, and its cookie never arrives."""
    came, release = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        answer = await greet(request)
        if request.method == "POST":
            if not came.is_set():
                came.set()
                await release.wait()
                answer.set_cookie("first", "1")
            else:
                release.set()
        return answer

    async with serving(slow) as shop:
        browser, answers = browse(client)
        page = await browser.visit(shop.url)

        await browser.submit_twice(page.forms[0], {"a": "1"}, 0.01)

        assert [seen[0] for seen in shop.seen] == ["GET", "POST", "POST"]
        assert [answer[0] for answer in answers] == ["GET", "POST"]
        assert "first" not in browser.cookies


async def test_two_people_share_connections_but_no_cookie(client: AsyncClient) -> None:
    """A second browser on the same connections is a stranger."""
    async with serving(greet) as shop:
        await browse(client)[0].visit(shop.url)
        await browse(client)[0].visit(shop.url)

        assert [seen[2].get("cookie") for seen in shop.seen] == [None, None]


async def test_a_shop_that_is_closed_is_a_page_too(client: AsyncClient, unused_tcp_port: int) -> None:
    """No answer: the browser's own error page, status 0, and it can be reloaded."""
    browser, answers = browse(client)

    page = await browser.visit(f"http://127.0.0.1:{unused_tcp_port}/")

    assert (page.status, page.is_error) == (0, True)
    assert answers == [("GET", "/", 0)]


async def test_a_circle_of_redirects_ends(client: AsyncClient) -> None:
    """A browser follows twenty and gives up."""

    async def circle(_request: Request) -> Response:
        return RedirectResponse("/round", 303)

    async with serving(circle) as shop:
        page = await browse(client)[0].visit(shop.url)

        assert page.is_error
        assert len(shop.seen) == 20
