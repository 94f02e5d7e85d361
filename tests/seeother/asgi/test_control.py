# SPDX-License-Identifier: Apache-2.0
"""What an application decides about its answer reaches the client: fields, cookies, hints, and the head's time."""

import asyncio

import pytest
from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import RedirectResponse, Response

from seeother.asgi import Guard, ResponseControl, response_control
from seeother.asgi.control import carries_hints, early_hint
from seeother.asgi.drive import Send
from seeother.errors import CallerError
from seeother.policy import AlreadyStarted, preload
from tests.seeother.asgi.conftest import Client, settings
from tests.seeother.asgi.way import BODY, PART, exchange, guarded, served, start, told_over_http_2

STYLE = preload("/shop.css", "style")
STYLE_VALUE = b"</shop.css>; rel=preload; as=style"


async def test_article_4_2_staged_fields_and_cookies_leave_with_a_redirect() -> None:
    """Whatever makes the head, what was staged before stands in it."""

    async def handler(control: ResponseControl, send: Send) -> None:
        control.field("Cache-Control", "no-store")
        control.cookie("basket", "b7", max_age=600)
        await send(start(303, (b"location", b"/orders/7"), (b"cache-control", b"public")))
        await send(BODY)

    sent, way = await exchange(handler)

    assert sent == [
        start(
            303,
            (b"location", b"/orders/7"),
            (b"cache-control", b"no-store"),
            (b"set-cookie", b"basket=b7; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"),
        ),
        BODY,
    ]
    assert way.staging.unsent() == ()


async def test_held_head_takes_what_is_staged_late() -> None:
    """Until the first content is there, a head that the application has given is open."""

    async def handler(control: ResponseControl, send: Send) -> None:
        await send(start())
        assert not control.started
        control.field("x-late", "1")
        await send(BODY)
        assert control.started

    sent, _ = await exchange(handler)

    assert sent[0]["headers"] == [(b"x-late", b"1")]


@pytest.mark.parametrize("flushes_first", [True, False])
async def test_flush_lets_the_head_go(*, flushes_first: bool) -> None:
    """Flushed before or after it was given, a head does not wait for content."""
    seen: list[bool] = []

    async def handler(control: ResponseControl, send: Send) -> None:
        control.field("x-early", "1")
        if flushes_first:
            await control.flush()
        await send(start())
        if not flushes_first:
            await control.flush()
        seen.append(control.started)
        await control.flush()
        await send(BODY)

    sent, _ = await exchange(handler)

    assert seen == [True]
    assert sent == [start(200, (b"x-early", b"1")), BODY]


async def test_article_4_2_flush_before_a_redirect_says_what_is_lost() -> None:
    """The article flushes first and redirects afterwards; the cookie of that redirect is refused with the reason."""
    told: list[str] = []

    async def handler(control: ResponseControl, send: Send) -> None:
        await send(start(200, (b"content-type", b"text/html")))
        await control.flush()
        try:
            control.cookie("basket", "b7")
        except AlreadyStarted as error:
            told.append(str(error))
        await send(BODY)

    await exchange(handler)

    assert told[0].startswith(
        "the cookie `basket` is lost: the answer has begun with status 200 and 1 field line (content-type)"
    )


async def test_early_hints_go_out_at_once_where_they_can() -> None:
    """They precede the head, which has the same links."""

    async def handler(control: ResponseControl, send: Send) -> None:
        await control.early_hints(STYLE)
        await control.early_hints()
        await send(start())
        await send(BODY)

    sent, _ = await exchange(handler, "2", "http.response.early_hint")

    assert sent == [
        {"type": "http.response.early_hint", "links": [STYLE_VALUE]},
        start(200, (b"link", STYLE_VALUE)),
        BODY,
    ]


@pytest.mark.parametrize(
    ("version", "extensions"),
    [("1.1", ["http.response.early_hint"]), ("1.0", ["http.response.early_hint"]), ("2", []), ("3", [])],
)
async def test_early_hints_become_links_elsewhere(version: str, extensions: list[str]) -> None:
    """A server raises for what it did not offer, and a client of HTTP/1 may take 103 for the answer."""

    async def handler(control: ResponseControl, send: Send) -> None:
        await control.early_hints(STYLE)
        await send(start())
        await send(BODY)

    sent, _ = await exchange(handler, version, *extensions)

    assert sent == [start(200, (b"link", STYLE_VALUE)), BODY]


def test_scope_may_say_nothing_of_extensions() -> None:
    """ASGI lets a server leave them out."""
    assert not carries_hints({"type": "http", "http_version": "2"})
    assert not carries_hints({"type": "http", "http_version": "2", "extensions": None})


async def test_applications_own_messages_are_held_to_the_same() -> None:
    """Hints of the application's own become links where they cannot go; push never goes."""

    async def handler(_: ResponseControl, send: Send) -> None:
        await send(early_hint([STYLE_VALUE]))
        await send({"type": "http.response.push", "path": "/shop.css", "headers": []})
        await send({"type": "http.response.debug", "info": {}})
        await send(start())
        await send(BODY)
        await send(early_hint([b"</late.css>; rel=preload; as=style"]))

    sent, way = await exchange(handler, "1.1", "http.response.push")

    assert [message["type"] for message in sent] == ["http.response.debug", "http.response.start", "http.response.body"]
    assert sent[1]["headers"] == [(b"link", STYLE_VALUE)]
    assert way.refused == [
        "the server offers no early hints on this connection, or it is HTTP/1",
        "browsers take no push any more",
        "the head has left",
    ]


async def test_applications_own_hints_pass_where_they_can() -> None:
    """What the server offers is left alone."""

    async def handler(_: ResponseControl, send: Send) -> None:
        await send(early_hint([STYLE_VALUE]))
        await send(start())
        await send(BODY)

    sent, way = await exchange(handler, "2", "http.response.early_hint")

    assert sent == [early_hint([STYLE_VALUE]), start(), BODY]
    assert way.refused == []


async def test_control_follows_tasks_and_threads() -> None:
    """Whatever works for the request stages for its answer."""

    async def task() -> None:
        response_control().field("x-task", "1")

    def thread() -> None:
        response_control().field("x-thread", "1")

    async def handler(_: ResponseControl, send: Send) -> None:
        await asyncio.create_task(task())
        await asyncio.to_thread(thread)
        await send(start())
        await send(BODY)

    sent, _ = await exchange(handler)

    assert sent[0]["headers"] == [(b"x-task", b"1"), (b"x-thread", b"1")]


async def test_what_no_answer_carried_is_known() -> None:
    """An application that gave no answer has lost what it staged, and somebody can say so."""

    async def handler(control: ResponseControl, _: Send) -> None:
        control.field("x-basket", "1")

    _, way = await exchange(handler)

    assert way.staging.unsent() == ((b"x-basket", b"1"),)


def test_outside_of_a_guard_there_is_no_control() -> None:
    """Whoever asks without an exchange hears what is missing."""
    with pytest.raises(CallerError, match="with the guard around"):
        response_control()


async def answering(control: ResponseControl, send: Send) -> None:
    """Hints, a flushed head, content."""
    control.cookie("basket", "b7")
    await control.early_hints(STYLE)
    await send(start(200, (b"content-type", b"text/html")))
    await control.flush()
    await send(PART)
    await send(BODY)


async def test_early_hints_arrive_over_http_2() -> None:
    """A real server sends 103 before the head, and the head before the content."""
    async with served(guarded(answering)) as port:
        events = await told_over_http_2(port)

    assert events[0][0] == "hint"
    assert events[0][1][:2] == ((b":status", b"103"), (b"link", STYLE_VALUE))
    assert events[1][0] == "head"
    assert events[1][1][:4] == (
        (b":status", b"200"),
        (b"content-type", b"text/html"),
        (b"set-cookie", b"basket=b7; Path=/; HttpOnly; SameSite=Lax"),
        (b"link", STYLE_VALUE),
    )
    assert "".join(content for content, _ in events[2:]) == "pagepage"


async def test_no_early_hints_over_http_1() -> None:
    """The same application on the same server answers once, with the link in its head."""
    async with served(guarded(answering)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"link: " + STYLE_VALUE in answer
    assert answer.count(b"HTTP/1.1") == 1


def shop() -> FastAPI:
    """An application that stages for its answers."""
    app = FastAPI()

    @app.post("/cart/items")
    async def add() -> Response:
        control = response_control()
        control.cookie("basket", "b7")
        await control.early_hints(STYLE)
        return RedirectResponse("/cart", 302)

    @app.get("/products/{slug}")
    def product(slug: str) -> str:
        response_control().field("x-product", slug)
        return slug

    return app


async def test_staged_fields_leave_through_the_guard(client_of: Client) -> None:
    """From a coroutine and from a thread; the redirect is repaired as ever."""
    async with client_of(Guard(shop(), settings())) as client:
        added = await client.post("/cart/items")
        shown = await client.get("/products/tea")

    assert (added.status_code, added.headers["location"]) == (303, "/cart")
    assert "basket=b7; Path=/; HttpOnly; SameSite=Lax" in added.headers.get_list("set-cookie")
    assert added.headers["link"] == STYLE_VALUE.decode()
    assert (shown.json(), shown.headers["x-product"]) == ("tea", "tea")


async def test_control_asked_for_after_the_answer_says_so(client_of: Client) -> None:
    """The first to ask may be what runs after the answer: it hears that it comes too late, and what was sent."""
    told: list[str] = []
    app = FastAPI()

    def late() -> None:
        try:
            response_control().field("x-late", "1")
        except AlreadyStarted as error:
            told.append(str(error))

    @app.get("/help")
    def page(after: BackgroundTasks) -> str:
        after.add_task(late)
        return "help"

    async with client_of(Guard(app, settings())) as client:
        await client.get("/help")

    assert told[0].startswith("the field `x-late` is lost: the answer has begun with status 200 and 2 field lines")
