# SPDX-License-Identifier: Apache-2.0
"""Article chapter 3: an order that succeeded, a callback that comes twice, and a stockroom that does not answer."""

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from seeother.testing import collecting
from tests.article.asking import MACHINE, PERSON, application, ask, guarded

ORDERS = {"match": "POST /orders", "kind": "action"}
OWN = {**PERSON, "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
CHECKOUT = {"step": [{"name": "order", "on": ["POST /orders"]}, {"name": "done", "on": ["GET /orders/{id}"]}]}


# --- 3.1 an order is created -----------------------------------------------------------------------------------------


async def test_sample_200_after_an_order_is_found() -> None:
    """The sample marked as wrong answers a form with 200: a reload of that page orders again."""
    app = application(lambda _: HTMLResponse("<h1>Thank you</h1>"))

    with collecting() as findings:
        answer = await ask(guarded(app, ORDERS), fields=OWN)

    assert answer.status_code == 200
    assert [(finding.rule, finding.repaired) for finding in findings] == [("FRM004", False)]


async def test_page_after_an_order_is_parked_where_that_is_declared() -> None:
    """With `park` the same application is safe to reload: the page has an address of its own and the form 303."""
    made: list[int] = []

    def order(_: Request) -> Response:
        made.append(1)
        return HTMLResponse("<h1>Thank you</h1>")

    shop = guarded(application(order), {**ORDERS, "park": True, "principal": "session:cart"}, journey=CHECKOUT)
    fields = {**OWN, "cookie": "cart=tea"}

    answer = await ask(shop, fields=fields)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    pages = [await ask(shop, "GET", answer.headers["location"], fields={**PERSON, "cookie": cookie}) for _ in range(2)]

    assert answer.status_code == 303
    assert [(page.status_code, page.text) for page in pages] == [(200, "<h1>Thank you</h1>")] * 2
    assert made == [1]


async def test_sample_303_after_an_order_is_right() -> None:
    """The sample marked as right passes, and a reload of where it leads asks for a page and orders nothing."""
    fields = {"location": "/orders/7", "cache-control": "no-store"}
    app = application(lambda _: HTMLResponse('<a href="/orders/7">Your order</a>', 303, headers=fields))

    with collecting() as findings:
        answer = await ask(guarded(app, ORDERS), fields=OWN)

    assert (answer.status_code, answer.headers["location"]) == (303, "/orders/7")
    assert findings == []


async def test_program_that_orders_gets_201() -> None:
    """What the article leaves out: for a program 201 with a Location is right (RFC 9110 section 9.3.3)."""
    app = application(lambda _: JSONResponse({"id": 7}, 201, headers={"location": "/orders/7"}))

    with collecting() as findings:
        answer = await ask(guarded(app, ORDERS), fields={**MACHINE, "content-type": "application/json"}, content=b"{}")

    assert (answer.status_code, answer.json()) == (201, {"id": 7})
    assert [finding.rule for finding in findings if finding.rule != "IDM001"] == []


async def test_server_s_own_error_is_not_blamed_on_the_client() -> None:
    """Both samples answer every error of the service with 400 and print it; here it is 500, and nothing is printed."""

    def order(_: Request) -> Response:
        message = "postgres://shop:hunter2@db refused the connection"
        raise ConnectionError(message)

    answer = await ask(guarded(application(order)), fields=MACHINE)

    assert answer.status_code == 500
    assert "hunter2" not in answer.text


# --- 3.2 a callback that comes again ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("finished", "status"), [("replay", 200), ("conflict", 409)])
async def test_callback_that_comes_again_is_done_once(finished: str, status: int) -> None:
    """Claim: a duplicate must get 409. Senders repeat whatever is not 2xx, so it gets the first answer again."""
    done: list[int] = []

    def charge(_: Request) -> Response:
        done.append(1)
        return JSONResponse({"charged": len(done)})

    route = {"match": "POST /orders", "kind": "callback", "idempotency": "callback", "finished": finished}
    shop = guarded(application(charge), route)
    answers = [await ask(shop, fields={"webhook-id": "msg-1"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, status]
    assert done == [1]


async def test_sample_s_missing_key_is_400() -> None:
    """The sample's one right answer: an action that needs a key and gets none runs nothing."""
    done: list[int] = []

    def charge(_: Request) -> Response:
        done.append(1)
        return JSONResponse({})

    answer = await ask(guarded(application(charge), {**ORDERS, "idempotency": "required"}), fields=MACHINE)

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert done == []


# --- 3.3 a stockroom that does not answer in time --------------------------------------------------------------------


async def test_504_of_an_action_is_an_unknown_outcome_and_not_a_failure() -> None:
    """Claim: 504 must lead to the fallback. The stock may be taken: people hear that nobody knows, and retries 409."""
    taken: list[int] = []

    def take(_: Request) -> Response:
        taken.append(1)
        return JSONResponse({"error": "the stockroom did not answer"}, 504)

    shop = guarded(application(take), {**ORDERS, "idempotency": "required"})
    key = {"idempotency-key": '"k-1"'}

    person = await ask(shop, fields={**OWN, **key})
    again = await ask(shop, fields={**OWN, **MACHINE, **key, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"})

    assert (person.status_code, person.headers["location"]) == (303, "/.seeother/outcome")
    assert (again.status_code, again.json()["type"]) == (409, "urn:seeother:problem:outcome-unknown")
    assert taken == [1]


async def test_person_who_waits_for_a_page_gets_the_fallback() -> None:
    """A page is no action: 504 stays 504, with words for a person and a way on instead of a bare error."""
    app = application(lambda _: Response(status_code=504))

    answer = await ask(guarded(app), "GET", fields=PERSON)

    assert answer.status_code == 504
    assert '<a href="/">' in answer.text
