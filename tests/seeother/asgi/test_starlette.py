# SPDX-License-Identifier: Apache-2.0
"""Handlers of Starlette and FastAPI return what the guard has checked, and the request is the one being handled."""

import httpx2
import pytest
from fastapi import BackgroundTasks, FastAPI, Response

from seeother.asgi import Guard
from seeother.asgi.starlette import hand_off, redirect, response_of
from seeother.errors import CallerError
from seeother.message import Response as Answer
from seeother.testing import collecting
from tests.seeother.asgi.conftest import SECRET, settings

PAY = frozenset({"pay.example"})


def application(done: list[str]) -> FastAPI:
    """Handlers in a task and in a thread."""
    app = FastAPI()

    @app.post("/orders")
    async def order(tasks: BackgroundTasks) -> Response:
        tasks.add_task(done.append, "mail")
        return hand_off("/orders/7")

    @app.post("/payments")
    def pay(to: str) -> Response:
        return hand_off(to, allowed=PAY)

    @app.post("/forms")
    def form(to: str) -> Response:
        return hand_off(to, preserve_method=True)

    @app.api_route("/old", methods=["GET", "HEAD"])
    def old() -> Response:
        return redirect("/new", 308)

    return app


async def ask(app: Guard | FastAPI, method: str, target: str) -> httpx2.Response:
    """The answer over https."""
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://shop.example") as client:
        return await client.request(method, target)


def guarded(done: list[str]) -> Guard:
    """The application behind a guard."""
    return Guard(application(done), settings(site={"secrets": [SECRET]}, route=[], journey={}))


async def test_hand_off_is_a_response_of_the_framework() -> None:
    """303, a link, and background tasks; the guard finds nothing to mend."""
    done: list[str] = []

    with collecting() as found:
        answer = await ask(guarded(done), "POST", "/orders")

    assert (answer.status_code, answer.headers["location"], answer.headers["cache-control"]) == (
        303,
        "/orders/7",
        "no-store",
    )
    assert '<a href="/orders/7">' in answer.text
    assert (done, found) == (["mail"], [])


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("https://pay.example/p?id=1", "https://pay.example/p?id=1"),
        ("https://shop.example/orders/7", "/orders/7"),  # of the request's own origin
    ],
)
async def test_target_may_be_on_the_list_or_the_site_s_own(target: str, location: str) -> None:
    """Also from a thread."""
    answer = await ask(guarded([]), "POST", f"/payments?to={target}")

    assert (answer.status_code, answer.headers["location"]) == (303, location)


async def test_any_other_target_is_the_caller_s_mistake() -> None:
    """Before a byte is sent; without a guard nobody knows which site is one's own."""
    with pytest.raises(CallerError, match=r"evil\.example"):
        await ask(guarded([]), "POST", "/payments?to=https://evil.example/")
    with pytest.raises(CallerError, match=r"shop\.example"):
        await ask(application([]), "POST", "/payments?to=https://shop.example/orders/7")


async def test_method_is_kept_within_the_site_only() -> None:
    """307 would send the form's content along."""
    kept = await ask(guarded([]), "POST", "/forms?to=https://shop.example/step")

    assert (kept.status_code, kept.headers["location"]) == (307, "/step")
    with pytest.raises(CallerError, match="303"):
        await ask(guarded([]), "POST", "/forms?to=https://pay.example/")


async def test_redirect_says_the_status_that_is_asked_for() -> None:
    """And to HEAD the fields alone."""
    shown = await ask(guarded([]), "GET", "/old")
    head = await ask(guarded([]), "HEAD", "/old")

    assert (shown.status_code, shown.headers["location"], head.content) == (308, "/new", b"")
    assert head.headers["content-length"] == str(len(shown.content))


def test_response_has_the_answer_s_fields_and_no_others() -> None:
    """Repeated ones too."""
    fields = ((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"content-length", b"2"))

    made = response_of(Answer(201, fields, b"ok"))

    assert (made.status_code, made.raw_headers, made.body) == (201, list(fields), b"ok")
