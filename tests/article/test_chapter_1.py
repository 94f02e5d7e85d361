# SPDX-License-Identifier: Apache-2.0
"""Article chapter 1: redirects after an action, errors that tell what is wrong, and services that are away."""

import re
from typing import Annotated

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from seeother.asgi.fastapi import install_contract
from seeother.message import Status, is_storable
from seeother.policy.pydantic import FailsWith
from seeother.testing import collecting
from tests.article.asking import MACHINE, PERSON, application, ask, guarded

ORDERS = {"match": "POST /orders", "kind": "action"}
CHECKOUT = {"step": [{"name": "cart", "on": ["GET /cart"]}, {"name": "order", "on": ["GET /orders", "POST /orders"]}]}


@pytest.mark.parametrize("status", [302, 303, 307])
def test_302_is_stored_no_more_than_303(status: int) -> None:
    """Claim: a 302 is cached. It is not, unless somebody says so; 301 and 308 are (RFC 9110 section 15.1)."""
    assert not Status(status).is_cacheable_by_default
    assert not is_storable(status, ())
    assert is_storable(status, ((b"cache-control", b"max-age=60"),))
    assert is_storable(301, ())
    assert is_storable(308, ())


async def test_permanent_redirect_of_a_step_is_not_stored() -> None:
    """What is right about it: a redirect that a browser keeps takes people past the shop, so 301 is said not to be."""
    app = application(lambda _: RedirectResponse("/orders/7", 301))

    with collecting() as findings:
        answer = await ask(guarded(app, journey=CHECKOUT), "GET")

    assert answer.headers["cache-control"] == "no-store"
    assert "CAC001" in {finding.rule for finding in findings}


async def test_pragma_is_taken_out_of_a_step() -> None:
    """Claim: no-cache needs Pragma beside it. It means nothing there (RFC 9111 section 5.4): Cache-Control says it."""
    app = application(lambda _: HTMLResponse("<form></form>", headers={"pragma": "no-cache"}))

    answer = await ask(guarded(app, journey=CHECKOUT), "GET")

    assert "pragma" not in answer.headers
    assert answer.headers["cache-control"] == "no-cache"


async def test_sample_302_after_the_order_becomes_303() -> None:
    """The sample marked as risky, `http.Redirect(…, StatusFound)`, leaves the guard as the one marked as right."""
    app = application(lambda _: RedirectResponse("/checkout?order_id=7", 302))

    with collecting() as findings:
        answer = await ask(guarded(app))

    assert (answer.status_code, answer.headers["location"]) == (303, "/checkout?order_id=7")
    assert [(finding.rule, finding.repaired) for finding in findings if finding.rule == "RED001"] == [("RED001", True)]


async def test_sample_303_after_the_order_is_left_as_it_is() -> None:
    """The sample marked as right: not a byte is changed, and no rule has a word to say."""
    note = '<a href="/checkout?order_id=7">Go on</a>'
    fields = {"location": "/checkout?order_id=7", "cache-control": "no-store"}
    app = application(lambda _: HTMLResponse(note, 303, headers=fields))

    with collecting() as findings:
        answer = await ask(guarded(app), fields=PERSON)

    assert (answer.status_code, answer.headers["location"], answer.text) == (303, "/checkout?order_id=7", note)
    assert findings == []


@pytest.mark.parametrize(
    ("route", "orders"), [(ORDERS, 2), ({**ORDERS, "idempotency": "required", "principal": "shared"}, 1)]
)
async def test_303_needs_a_ledger_beside_it(route: dict[str, object], orders: int) -> None:
    """Claim: 303 prevents duplicate orders. It cures reload; of two clicks only a ledger makes one."""
    made: list[int] = []

    def order(_: object) -> Response:
        made.append(1)
        return RedirectResponse(f"/orders/{len(made)}", 303)

    shop = guarded(application(order), route)
    answers = [await ask(shop, fields={"idempotency-key": '"k-1"'}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(made) == orders


class Order(BaseModel):
    """The content that the article's handler reads."""

    email: Annotated[str, Field(pattern="@"), FailsWith(400)]
    order_amount: Annotated[int, Field(gt=0)]


def ordering() -> FastAPI:
    """The article's handler, on FastAPI."""
    shop = FastAPI()
    install_contract(shop)

    @shop.post("/orders")
    def order(order: Order) -> None:
        """Take an order."""

    return shop


@pytest.mark.parametrize(
    ("content", "status", "pointers"),
    [
        (b'{"email": "a@b", "order_amount": -3}', 422, ["/order_amount"]),
        (b'{"email": "a", "order_amount": -3}', 400, ["/email", "/order_amount"]),
    ],
)
async def test_content_that_does_not_fit_names_each_field(content: bytes, status: int, pointers: list[str]) -> None:
    """Claim: a 400 without details helps nobody. One entry a field, by RFC 9457, and 422 for what is only wrong."""
    answer = await ask(guarded(ordering()), fields={**MACHINE, "content-type": "application/json"}, content=content)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert [entry["pointer"] for entry in answer.json()["errors"]] == pointers
    assert answer.json()["status"] == status


async def test_framework_s_own_list_names_each_field_in_problem_details() -> None:
    """The same where nobody has declared anything: what FastAPI says by default, in the words of RFC 9457."""
    shop = FastAPI()

    @shop.post("/orders")
    def order(order: Order) -> None:
        """Take an order."""

    fields = {**MACHINE, "content-type": "application/json"}
    answer = await ask(guarded(shop), fields=fields, content=b'{"email": "a@b", "order_amount": -3}')

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [entry["pointer"] for entry in answer.json()["errors"]] == ["/order_amount"]
    assert answer.json()["detail"][0]["loc"] == ["body", "order_amount"]


async def test_content_that_is_no_json_is_400() -> None:
    """The article's case: JSON that cannot be parsed is malformed, hence 400 (RFC 9110 section 15.5.1), and says so."""
    fields = {**MACHINE, "content-type": "application/json"}

    answer = await ask(guarded(ordering()), fields=fields, content=b'{"order_amount": ')

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["errors"]


async def test_person_gets_a_page_and_not_json() -> None:
    """What the article leaves out: who sent a form gets a page that names the fields."""
    fields = {**PERSON, "content-type": "application/json"}

    answer = await ask(guarded(ordering()), fields=fields, content=b'{"email": "a@b", "order_amount": 0}')

    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "order_amount" in answer.text


async def test_sample_error_of_the_application_s_own_is_left_alone() -> None:
    """The sample's `{"error": "invalid order_amount: …"}` is structured already: never make it worse."""
    words = {"error": "invalid order_amount: must be positive number"}

    answer = await ask(guarded(application(lambda _: JSONResponse(words, 400)), ORDERS), fields=MACHINE)

    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (400, "application/json", words)


async def test_503_tells_machines_and_people_when_to_come_back() -> None:
    """Claim: without Retry-After clients give up for ever. They need not, but both are told: one by Refresh."""
    app = application(lambda _: PlainTextResponse("busy", 503))
    shop = guarded(app, retry_after="10s")

    machine, person = await ask(shop, "GET", fields=MACHINE), await ask(shop, "GET", fields=PERSON)

    assert 10 <= int(machine.headers["retry-after"]) <= 15
    assert "refresh" not in machine.headers
    assert 10 <= int(person.headers["retry-after"]) <= 15
    assert 1 <= int(person.headers["refresh"]) <= 15


async def test_sample_delay_of_30_seconds_is_left_as_it_is() -> None:
    """The table's first row, `Retry-After: 30`, is the form that we write ourselves."""
    app = application(lambda _: JSONResponse({"error": "busy"}, 503, headers={"retry-after": "30"}))

    answer = await ask(guarded(app), "GET", fields=MACHINE)

    assert answer.headers["retry-after"] == "30"


async def test_sample_date_has_an_impossible_weekday() -> None:
    """The table's second row: 15 November 2023 was a Wednesday, and it is over; seconds are sent instead."""
    fields = {"retry-after": "Tue, 15 Nov 2023 12:45:26 GMT"}
    app = application(lambda _: JSONResponse({"error": "busy"}, 503, headers=fields))

    with collecting() as findings:
        answer = await ask(guarded(app), "GET", fields=MACHINE)

    assert re.fullmatch(r"[1-9][0-9]*", answer.headers["retry-after"])
    assert "RTY002" in {finding.rule for finding in findings}


async def test_payment_is_not_repeated_by_itself() -> None:
    """Claim: retry automatically after 30 s. Never a POST (RFC 9110 section 9.2.2): its Refresh is taken away."""
    app = application(lambda _: HTMLResponse("<p>busy</p>", 503, headers={"retry-after": "30", "refresh": "30"}))

    with collecting() as findings:
        answer = await ask(guarded(app, ORDERS), fields={**PERSON, "sec-fetch-site": "same-origin"})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "refresh" not in answer.headers
    assert "RTY004" in {finding.rule for finding in findings}


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_provider_that_times_out_leaves_the_outcome_unknown(status: int) -> None:
    """Claim: answer 503 when the provider times out. 503 says that nothing was done, and nobody knows that."""
    app = application(lambda _: PlainTextResponse("no answer from the provider", status))

    with collecting() as findings:
        answer = await ask(guarded(app, ORDERS), fields={**PERSON, "sec-fetch-site": "same-origin"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/.seeother/outcome")
    assert "JNY006" in {finding.rule for finding in findings}


async def test_503_says_that_nothing_was_done() -> None:
    """The other half: an application that refuses before it acts says 503, and that stays so."""
    app = application(lambda _: PlainTextResponse("no answer from the provider", 503))

    answer = await ask(guarded(app, ORDERS), fields={**PERSON, "sec-fetch-site": "same-origin"})

    assert answer.status_code == 503
