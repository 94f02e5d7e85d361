# SPDX-License-Identifier: Apache-2.0
"""FastAPI answers what does not fit with the status that the failing field declares."""

from pathlib import Path
from typing import Annotated, Any, Literal

import httpx2
import pytest
from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, Form, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field, Json, field_validator

from seeother.asgi import Guard
from seeother.asgi.fastapi import install_contract, refused
from seeother.errors import CallerError
from seeother.message import Status
from seeother.policy.pydantic import FailsWith, RedirectTarget
from tests.seeother.asgi.conftest import SECRET, settings


class Order(BaseModel):
    """The article's contract (4.1)."""

    email: Annotated[str, Field(pattern="@"), FailsWith(Status.BAD_REQUEST)]
    redirect_to: Annotated[str, RedirectTarget({"pay.example"}), FailsWith(Status.CONFLICT)]
    quantity: Annotated[int, Field(ge=1)] = 1


class Card(BaseModel):
    """A card, of which nobody may be told the number."""

    kind: Literal["card"] = "card"
    number: Annotated[str, FailsWith(402)]

    @field_validator("number")
    @classmethod
    def check(cls, value: str) -> str:
        """Refuse each number, and name it."""
        message = f"{value} is no card"
        raise ValueError(message)


class Search(BaseModel):
    """The query of a search."""

    text: Annotated[str, FailsWith(414)]


def shopper(
    visit: Annotated[int, Cookie(), FailsWith(401)] = 1, version: Annotated[int, Header(), FailsWith(412)] = 1
) -> int:
    """A dependency with parameters of its own."""
    return visit + version


def shop() -> FastAPI:
    """An application with the contract."""
    app = FastAPI()
    install_contract(app)
    router = APIRouter(prefix="/shop")

    @app.post("/orders/{number}")
    @router.post("/orders/{number}")
    def order(
        order: Order,
        number: Annotated[int, FailsWith(404)],
        page: Annotated[int, Query(alias="P"), FailsWith(410)] = 1,
        *,
        shopper: Annotated[int, Depends(shopper)],
    ) -> Response:
        return RedirectResponse(f"{order.redirect_to}?{number + page + shopper}", 303)

    @app.post("/form")
    def form(order: Annotated[Order, Form()]) -> Response:
        return RedirectResponse(order.redirect_to, 303)

    @app.post("/fields")
    def fields(cart: Annotated[Json[list[int]], Form(), FailsWith(409)]) -> list[int]:
        return cart

    @app.post("/pay")
    def pay(order: Order, card: Annotated[Card | None, Body()] = None, *, now: Annotated[bool, Body()] = True) -> None:
        """Take several contents at once."""

    @app.get("/search")
    def search(search: Annotated[Search, Query()]) -> str:
        return search.text

    app.include_router(router)
    part = FastAPI()
    install_contract(part)
    part.post("/form")(form)
    app.mount("/part", part)
    return app


GOOD = {"email": "a@shop.example", "redirect_to": "/thanks"}


@pytest.fixture
async def client() -> Any:  # noqa: ANN401 - a generator of clients, whose type the fixture hides
    """A client of the shop that follows no redirects."""
    transport = httpx2.ASGITransport(app=shop())
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        yield client


@pytest.mark.parametrize("path", ["/orders/1", "/shop/orders/1"])
@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({**GOOD, "email": "nobody"}, 400),
        ({**GOOD, "redirect_to": "//evil.example"}, 409),
        ({**GOOD, "redirect_to": "https://pay.example/7"}, 303),
        ({**GOOD, "quantity": 0}, 422),
        ({**GOOD, "quantity": 0, "redirect_to": "//evil.example"}, 422),
        ({}, 400),
        ([], 422),
        (GOOD, 303),
    ],
)
async def test_article_4_1_contract_of_content(
    client: httpx2.AsyncClient, path: str, content: object, status: int
) -> None:
    """The failing field has the word, in a router as well."""
    assert (await client.post(path, json=content)).status_code == status


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/orders/x", {}, 404),
        ("/orders/1?P=x", {}, 410),
        ("/orders/1", {"cookie": "visit=x"}, 401),
        ("/orders/1", {"version": "x"}, 412),
        ("/orders/x?P=x", {"cookie": "visit=x", "version": "x"}, 401),
        ("/shop/orders/1", {"cookie": "visit=x"}, 401),
    ],
)
async def test_parameters_declare_statuses_too(
    client: httpx2.AsyncClient, path: str, fields: dict[str, str], status: int
) -> None:
    """Path, query, cookies and fields of dependencies, and all of them together."""
    assert (await client.post(path, json=GOOD, headers=fields)).status_code == status


@pytest.mark.parametrize("content", [b"{", b'{"email": }', b"\xff", b'"x', b"[1,"])
@pytest.mark.parametrize("path", ["/orders/1", "/pay"])
async def test_unreadable_content_is_400(client: httpx2.AsyncClient, path: str, content: bytes) -> None:
    """FastAPI alone says 422 to content that is no JSON."""
    answer = await client.post(path, content=content, headers={"content-type": "application/json"})

    assert answer.status_code == 400


async def test_without_the_contract_it_is_422() -> None:
    """What the contract is for: FastAPI of itself tells malformed and wrong content by the same status."""
    app = FastAPI()

    @app.post("/orders")
    def order(order: Order) -> None:
        """Take an order."""

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://shop.test") as client:
        answer = await client.post("/orders", content=b"{", headers={"content-type": "application/json"})

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/form", {**GOOD, "email": "nobody"}, 400),
        ("/form", {**GOOD, "redirect_to": "javascript:alert(1)"}, 409),
        ("/form", GOOD, 303),
        ("/part/form", {**GOOD, "redirect_to": "/\\evil.example"}, 409),
        ("/fields", {"cart": "[1]"}, 200),
        ("/fields", {"cart": "{"}, 409),
        ("/fields", {}, 409),
    ],
)
async def test_forms_keep_the_contract(
    client: httpx2.AsyncClient, path: str, form: dict[str, str], status: int
) -> None:
    """A form is the content that people send; JSON in one of its fields is that field's matter."""
    assert (await client.post(path, data=form)).status_code == status


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"order": {**GOOD, "redirect_to": "/\\evil.example"}}, 409),
        ({"order": GOOD, "card": {"number": "4242424242424242"}}, 402),
        ({"order": GOOD, "now": "when?"}, 422),
        ({}, 422),
    ],
)
async def test_several_contents_keep_the_contract(client: httpx2.AsyncClient, content: object, status: int) -> None:
    """FastAPI puts each under its name then."""
    assert (await client.post("/pay", json=content)).status_code == status


async def test_query_model_keeps_the_contract(client: httpx2.AsyncClient) -> None:
    """Its fields stand in the query by themselves."""
    assert (await client.get("/search")).status_code == 414
    assert (await client.get("/search?text=tea")).status_code == 200


CARD = {"order": GOOD, "card": {"number": "4242424242424242"}}


async def test_machine_is_told_where_and_why_and_nothing_that_was_sent(client: httpx2.AsyncClient) -> None:
    """Problem details have one entry a field; a card's number, which FastAPI would repeat, is nowhere in it."""
    answer = await client.post("/pay", json=CARD)

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "type": "urn:seeother:problem:validation",
        "title": "Some fields were not accepted",
        "status": 402,
        "detail": "card/number: Value error, … is no card",
        "errors": [{"pointer": "/card/number", "location": "body", "detail": "Value error, … is no card"}],
    }


async def test_person_gets_a_page(client: httpx2.AsyncClient) -> None:
    """A browser that sent a form shows the fields, in the same status."""
    answer = await client.post("/pay", json=CARD, headers={"sec-fetch-dest": "document", "sec-fetch-mode": "navigate"})

    assert (answer.status_code, answer.headers["content-type"]) == (402, "text/html; charset=utf-8")
    assert "<li>card/number: Value error, … is no card</li>" in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)


async def test_guard_leaves_the_answer_alone() -> None:
    """It is the application's own, and no fault in it."""
    guarded = Guard(
        shop(), settings(route=[{"match": "POST /pay", "kind": "action"}], site={"secrets": [SECRET], "mode": "strict"})
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=guarded), base_url="http://shop.test") as client:
        answer = await client.post("/pay", json=CARD)

    assert (answer.status_code, answer.headers["content-type"]) == (402, "application/problem+json")


async def test_own_answer_is_not_overruled() -> None:
    """An application that answers by itself hears how to go on, and can."""
    app = FastAPI()

    @app.exception_handler(RequestValidationError)
    async def own(request: Request, error: RequestValidationError) -> Response:
        answer = await refused(request, error)
        return JSONResponse({"own": True}, status_code=answer.status_code)

    @app.post("/orders")
    def order(order: Order) -> None:
        """Take an order."""

    with pytest.raises(CallerError, match="itself"):
        install_contract(app)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://shop.test") as client:
        answer = await client.post("/orders", json={**GOOD, "redirect_to": ""})
    assert (answer.status_code, answer.json()) == (409, {"own": True})


def test_contract_can_be_installed_twice() -> None:
    """It says the same thing again."""
    app = FastAPI()
    install_contract(app)
    install_contract(app)

    assert app.exception_handlers[RequestValidationError] is refused


async def test_other_errors_are_raised_on() -> None:
    """What is not about validation is not answered here."""
    with pytest.raises(ZeroDivisionError):
        await refused(Request({"type": "http"}), ZeroDivisionError())


async def test_page_is_the_site_s_own(tmp_path: Path) -> None:
    """Behind a guard it is made from the site's template and leads on to where the site says."""
    template = tmp_path / "page.html"
    template.write_text('<!doctype html><title>Tea</title>$detail $errors <a href="$way_on">On</a>')
    site = {"secrets": [SECRET], "fallback": str(template), "way_on": "/tea"}
    transport = httpx2.ASGITransport(app=Guard(shop(), settings(site=site, route=[], journey={})))

    async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        answer = await client.post("/form", data={"redirect_to": "/thanks"}, headers={"accept": "text/html"})

    assert answer.text.startswith("<!doctype html><title>Tea</title>")
    assert "email: " in answer.text
    assert answer.text.endswith('<a href="/tea">On</a>')
