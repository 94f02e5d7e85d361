# SPDX-License-Identifier: Apache-2.0
"""A deadline: who waits is told in time, an action goes on to its end, and where none is set nothing is different."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from seeother.asgi import Guard, response_control
from seeother.testing import collecting
from tests.seeother.asgi.conftest import Client, settings
from tests.seeother.asgi.orders import KEY, Orders
from tests.seeother.asgi.way import served
from tests.seeother.telemetry.conftest import Sink

PERSON = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
MACHINE = {"accept": "application/json"}
SOON = "50ms"
ACTION = {"match": "POST /orders", "deadline": SOON}


class Waiting:
    """An application whose page is never made; `ended` tells how it was made to stop."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self.ended: list[str] = []
        self.entered = asyncio.Event()

    async def page(self, _request: Request) -> Response:
        """Wait for ever."""
        self.entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        return PlainTextResponse("never")

    def guarded(self, **sections: object) -> Guard:
        """The application behind a guard."""
        routes = [Route("/orders", self.page, methods=["GET", "POST"])]
        return Guard(Starlette(routes=routes), settings(**{"route": [], "journey": {}, **sections}))


async def test_page_that_is_never_made_is_cancelled_and_told(client_of: Client) -> None:
    """504, a page that says that nothing was changed, and asks again by itself."""
    app = Waiting()
    client = client_of(app.guarded(route=[{"match": "GET /orders", "kind": "routing", "deadline": SOON}]))

    answer = await client.get("/orders", headers=PERSON)

    assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html; charset=utf-8")
    assert "Your order is safe" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["refresh"]) == int(answer.headers["retry-after"])
    assert app.ended == ["cancelled"]


@pytest.mark.parametrize(
    "sections",
    [
        {"site": {"secrets": ["correct horse battery staple"], "deadline": SOON}},
        {"route": [{"match": "GET /orders", "kind": "routing", "deadline": SOON, "idempotency": "key"}]},
        {"route": [{"match": "POST /orders", "kind": "routing", "deadline": SOON}]},
    ],
    ids=["of the site", "with a flow around", "a POST that is no action"],
)
async def test_machine_is_told_in_problem_details(client_of: Client, sections: dict[str, object]) -> None:
    """Whatever stands around the application."""
    app = Waiting()
    client = client_of(app.guarded(**sections))
    method = "POST" if "POST" in str(sections) else "GET"

    answer = await client.request(method, "/orders", headers={**MACHINE, **KEY})

    assert (answer.status_code, answer.headers["content-type"]) == (504, "application/problem+json")
    assert answer.json()["status"] == 504
    assert app.ended == ["cancelled"]


async def test_route_has_its_own_deadline(client_of: Client) -> None:
    """A page that may take long is declared, and the site's deadline is not its own."""
    orders = Orders()
    site = {"secrets": ["correct horse battery staple"], "deadline": SOON}
    app = Starlette(routes=[Route("/orders", orders.order, methods=["POST"])])
    guard = Guard(app, settings(site=site, route=[{"match": "POST /orders", "deadline": "10m"}]))
    orders.gate.clear()
    click = asyncio.create_task(client_of(guard).post("/orders"))
    done, _ = await asyncio.wait({click}, timeout=0.2)  # four times the site's own

    orders.gate.set()

    assert not done
    assert (await click).status_code == 303


@pytest.mark.parametrize(
    ("fields", "status", "location"), [(PERSON, 303, "/.seeother/outcome"), (MACHINE, 504, None)], ids=["page", "json"]
)
async def test_action_goes_on_and_its_outcome_is_unknown(
    client_of: Client, fields: dict[str, str], status: int, location: str | None
) -> None:
    """Nobody waits any longer; the order is made all the same, once, and what it was answered goes nowhere."""
    orders = Orders()
    orders.gate.clear()
    guard = orders.guarded(**ACTION, idempotency="off")

    with collecting() as found:
        answer = await client_of(guard).post("/orders", headers=fields)
        await orders.entered.wait()
        orders.gate.set()
        await guard.aclose()

    assert (answer.status_code, answer.headers.get("location"), orders.made) == (status, location, 1)
    assert [finding.rule for finding in found if finding.rule == "JNY006"] == (["JNY006"] if location else [])


async def test_action_s_answer_is_remembered_for_whoever_asks_again(client_of: Client) -> None:
    """It settles after its deadline, with all that was staged; a retry is the same person's till then.

    So no cookie leaves at the deadline: for the ledger it could make somebody else of whoever brings it.
    """
    orders = Orders()
    orders.gate.clear()
    after: list[bool] = []

    async def order(request: Request) -> Response:
        control = response_control()
        control.cookie("before", "1")
        answer = await orders.order(request)
        after.append(control.started)
        control.cookie("after", "2")
        return answer

    app = Starlette(routes=[Route("/orders", order, methods=["POST"])])
    client = client_of(
        Guard(app, settings(route=[{**ACTION, "idempotency": "required", "in_flight": "wait", "principal": "shared"}]))
    )

    first = await client.post("/orders", headers={**MACHINE, **KEY})
    orders.gate.set()
    second = await client.post("/orders", headers={**MACHINE, **KEY})

    assert first.status_code == 504
    assert "set-cookie" not in first.headers
    assert (second.status_code, second.headers["location"]) == (303, "/orders/1")
    assert second.headers["idempotency-replayed"] == "true"
    assert {line.partition(";")[0] for line in second.headers.get_list("set-cookie")} >= {"before=1", "after=2"}
    assert (orders.made, after) == (1, [False])


async def test_what_was_staged_leaves_with_the_deadline_where_nothing_is_remembered(client_of: Client) -> None:
    """There is no other answer that it could leave with."""

    async def page(_request: Request) -> Response:
        response_control().cookie("basket", "tea")
        await asyncio.Event().wait()
        return PlainTextResponse("never")

    declared = {"match": "GET /orders", "kind": "routing", "deadline": SOON}
    guard = Guard(Starlette(routes=[Route("/orders", page)]), settings(route=[declared], journey={}))

    with collecting() as found:
        answer = await client_of(guard).get("/orders", headers=PERSON)

    assert (answer.status_code, answer.headers["set-cookie"].partition(";")[0]) == (504, "basket=tea")
    assert found == []


async def test_action_that_fails_after_its_deadline_is_logged(
    client_of: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody else would hear of it."""
    orders = Orders(lambda _number: RuntimeError("the book is closed"))
    orders.gate.clear()
    guard = orders.guarded(**ACTION, idempotency="off")

    answer = await client_of(guard).post("/orders", headers=MACHINE)
    with caplog.at_level(logging.ERROR, "seeother.guard"):
        orders.gate.set()
        await guard.aclose()

    assert answer.status_code == 504
    assert "POST /orders failed after its client had left or was answered" in caplog.text


async def test_what_has_begun_to_stream_has_no_deadline(client_of: Client) -> None:
    """Its client sees that it goes on."""
    gate = asyncio.Event()

    async def pieces() -> AsyncIterator[str]:
        yield "one "
        await gate.wait()
        yield "two"

    async def page(_request: Request) -> Response:
        return StreamingResponse(pieces())

    guard = Guard(
        Starlette(routes=[Route("/orders", page)]),
        settings(route=[{"match": "GET /orders", "kind": "routing", "deadline": SOON}], journey={}),
    )
    asked = asyncio.create_task(client_of(guard).get("/orders"))
    done, _ = await asyncio.wait({asked}, timeout=0.2)  # four deadlines

    gate.set()

    assert not done
    assert ((await asked).status_code, (await asked).text) == (200, "one two")


async def test_observing_changes_nothing(client_of: Client) -> None:
    """Nor does it cancel."""
    orders = Orders()
    orders.gate.clear()
    app = Starlette(routes=[Route("/orders", orders.order, methods=["POST"])])
    guard = Guard(app, settings(site={"mode": "observe"}, route=[{**ACTION, "kind": "routing"}], journey={}))
    click = asyncio.create_task(client_of(guard).post("/orders"))
    done, _ = await asyncio.wait({click}, timeout=0.2)  # four deadlines

    orders.gate.set()

    assert not done
    assert (await click).status_code == 303


async def test_client_that_leaves_takes_no_action_along(client_of: Client) -> None:
    """Before the deadline as after it: an action is not cancelled, and a page is."""
    orders = Orders()
    orders.gate.clear()
    guard = orders.guarded(match="POST /orders", deadline="10m", idempotency="off")
    click = asyncio.create_task(client_of(guard).post("/orders"))
    await orders.entered.wait()

    click.cancel()
    await asyncio.wait({click})
    orders.gate.set()
    await guard.aclose()

    assert click.cancelled()
    assert orders.made == 1


async def test_page_is_cancelled_with_its_client(client_of: Client) -> None:
    """The application with its deadline stops where the one without would."""
    app = Waiting()
    guard = app.guarded(route=[{"match": "GET /orders", "kind": "routing", "deadline": "10m"}])
    asked = asyncio.create_task(client_of(guard).get("/orders"))
    await app.entered.wait()

    asked.cancel()
    await asyncio.wait({asked})

    assert (asked.cancelled(), app.ended) == (True, ["cancelled"])


async def test_without_a_deadline_the_application_runs_where_it_always_did(client_of: Client) -> None:
    """In the task of its exchange: no timer, no other task."""
    tasks: list[asyncio.Task[None] | None] = []

    async def page(_request: Request) -> Response:
        tasks.append(asyncio.current_task())
        return PlainTextResponse("page")

    app = Starlette(routes=[Route("/orders", page), Route("/slow", page)])
    guard = Guard(app, settings(route=[{"match": "GET /slow", "kind": "routing", "deadline": "10m"}], journey={}))

    await client_of(guard).get("/orders")
    await client_of(guard).get("/slow")

    assert tasks[0] is asyncio.current_task()
    assert tasks[1] is not asyncio.current_task()


async def test_row_has_the_status_that_was_sent(client_of: Client, sink: Sink) -> None:
    """The redirect to the outcome page, as a failed attempt; the late answer is no row of its own."""
    orders = Orders()
    app = Starlette(routes=[Route("/{path:path}", orders.order, methods=["GET", "POST"])])
    guard = Guard(app, settings(telemetry={"endpoint": sink.endpoint}, route=[ACTION]))
    client = client_of(guard)
    await client.get("/products/tea")  # the journey begins
    orders.gate.clear()

    await client.post("/orders", headers=PERSON)
    orders.gate.set()
    await guard.aclose()

    rows = [
        (span.status.code, value.value.int_value)
        for received in sink.rest()
        if received.path == "/v1/traces"
        for span in received.spans()
        for value in span.attributes
        if value.key == "http.response.status_code"
    ]
    assert rows == [(0, 303), (2, 303)]


async def test_over_a_real_server_the_connection_goes_on() -> None:
    """The page that the person is sent to comes over the same connection, while the action is still at work."""
    orders = Orders()
    orders.gate.clear()
    guard = orders.guarded(**ACTION, idempotency="off")

    async with served(guard) as port, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        moved = await client.post("/orders", headers=PERSON, data={"sku": "tea"})
        told = await client.get(moved.headers["location"], headers=PERSON)
        at_work = not orders.gate.is_set()
        orders.gate.set()

    assert (moved.status_code, told.status_code, at_work, orders.made) == (303, 200, True, 1)
