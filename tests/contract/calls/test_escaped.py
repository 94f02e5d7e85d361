# SPDX-License-Identifier: Apache-2.0
"""What people and machines get when the error of a call leaves the application: 503 and when, or the outcome page."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import httpx2
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from seeother import asgi, wsgi
from seeother.errors import CallRefused, OutcomeUnknown
from seeother.settings import Settings, read_settings

REFUSED = CallRefused("stock", "open", 29.2)
UNKNOWN = OutcomeUnknown("stock", why="it answered 504", status=504)
PERSON = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
MACHINE = {"accept": "application/json"}
ORDERS: dict[str, object] = {"match": "POST /orders", "kind": "action"}


Scope = MutableMapping[str, Any]


def settings(**route: object) -> Settings:
    """A guard whose only action is an order."""
    return read_settings({"ledger": {"url": "memory://"}, "route": [ORDERS | route]}, {})


def bare(error: Exception, **route: object) -> httpx2.AsyncClient:
    """An ASGI application without a framework."""

    async def app(_scope: Scope, _receive: object, _send: object) -> None:
        raise error

    return over_asgi(app, **route)


def starlette(error: Exception, **route: object) -> httpx2.AsyncClient:
    """Starlette, which answers 500 before it raises the error again."""

    async def order(_request: Request) -> Response:
        raise error

    return over_asgi(Starlette(routes=[Route("/orders", order, methods=["GET", "POST"])]), **route)


def fastapi(error: Exception, **route: object) -> httpx2.AsyncClient:
    """FastAPI, with its own layers of error handling."""
    app = FastAPI()

    @app.get("/orders")
    @app.post("/orders")
    async def order() -> None:
        raise error

    return over_asgi(app, **route)


def bare_wsgi(error: Exception, **route: object) -> httpx2.AsyncClient:
    """A WSGI application without a framework."""

    def app(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
        raise error

    guarded: WSGIApplication = wsgi.Guard(app, settings(**route))

    def caught(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """What a server does: the guard answers, then raises for the server's log."""
        try:
            yield from guarded(environ, start_response)
        except type(error):
            return

    class Transport(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            with httpx2.Client(transport=httpx2.WSGITransport(app=caught)) as client:
                answer = client.send(httpx2.Request(request.method, request.url, headers=request.headers))
            return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)

    return httpx2.AsyncClient(transport=Transport(), base_url="http://shop.test")


def over_asgi(app: Callable[..., Awaitable[None]], **route: object) -> httpx2.AsyncClient:
    """A client of a guarded ASGI application."""
    transport = httpx2.ASGITransport(app=asgi.Guard(app, settings(**route)), raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://shop.test")


@pytest.fixture(params=[bare, starlette, fastapi, bare_wsgi])
def serving(request: pytest.FixtureRequest) -> Callable[..., httpx2.AsyncClient]:
    """A guarded application that raises what it is told to, of each sort."""
    made: Callable[..., httpx2.AsyncClient] = request.param
    return made


async def test_a_person_gets_the_page_and_the_time(serving: Callable[..., httpx2.AsyncClient]) -> None:
    """The open breaker's answer to a person: 503, when to come back, and that the order is safe."""
    answer = await serving(REFUSED).get("/orders", headers=PERSON)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.headers["refresh"] == "30"
    assert "Your order is safe" in answer.text


async def test_an_action_is_not_repeated_by_the_page(serving: Callable[..., httpx2.AsyncClient]) -> None:
    """A browser would come back to an action with GET."""
    answer = await serving(REFUSED).post("/orders", headers=PERSON)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "refresh" not in answer.headers
    assert "Nothing was done" in answer.text


async def test_a_machine_gets_the_problem_and_the_time(serving: Callable[..., httpx2.AsyncClient]) -> None:
    """Problem details with the same status and Retry-After."""
    answer = await serving(REFUSED).post("/orders", headers=MACHINE)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 503


async def test_an_unknown_outcome_is_never_failed(serving: Callable[..., httpx2.AsyncClient]) -> None:
    """A person is led to the page that says so; a machine is told in the problem's type."""
    client = serving(UNKNOWN)

    person = await client.post("/orders", headers=PERSON)
    machine = await client.post("/orders", headers=MACHINE)

    assert (person.status_code, person.headers["location"]) == (303, "/.seeother/outcome")
    assert (machine.status_code, machine.json()["type"]) == (504, "urn:seeother:problem:outcome-unknown")


async def test_a_read_that_acts_says_so_too(serving: Callable[..., httpx2.AsyncClient]) -> None:
    """The page of a return from a payment may capture: "opening the page changed nothing" would be a lie."""
    answer = await serving(UNKNOWN).get("/orders", headers=PERSON)

    assert answer.status_code == 504
    assert "We do not know yet whether this was done" in answer.text


async def test_a_remembered_action_says_the_same(serving: Callable[..., httpx2.AsyncClient]) -> None:
    """Where a ledger keeps the answer back until it is whole, nothing of this changes."""
    client = serving(UNKNOWN, idempotency="key")

    person = await client.post("/orders", headers=PERSON | {"idempotency-key": '"k-1"'})
    machine = await client.post("/orders", headers=MACHINE | {"idempotency-key": '"k-2"'})

    assert (person.status_code, person.headers["location"]) == (303, "/.seeother/outcome")
    assert (machine.status_code, machine.json()["type"]) == (504, "urn:seeother:problem:outcome-unknown")


async def test_a_refused_action_may_be_tried_again(serving: Callable[..., httpx2.AsyncClient]) -> None:
    """Nothing was done, so its key is free: the second try is refused by the breaker again, and by no ledger."""
    client = serving(REFUSED, idempotency="key")

    tries = [await client.post("/orders", headers=MACHINE | {"idempotency-key": '"k-1"'}) for _ in range(2)]

    assert [each.status_code for each in tries] == [503, 503]
    assert {each.json()["type"] for each in tries} == {"urn:seeother:problem:nothing-done"}


async def test_the_application_s_own_words_stay() -> None:
    """Whoever has an error page of one's own for it has said what there is to say."""

    async def order(_request: Request) -> Response:
        raise REFUSED

    async def sorry(_request: Request, _error: Exception) -> Response:
        return PlainTextResponse("we are taking stock", 500)

    app = Starlette(routes=[Route("/orders", order)], exception_handlers={500: sorry})

    answer = await over_asgi(app).get("/orders", headers=MACHINE)

    assert (answer.status_code, answer.text) == (500, "we are taking stock")


async def test_an_error_that_was_handled_is_no_excuse() -> None:
    """A call was refused and the application went on: what fails later is another failure."""

    async def order(_request: Request) -> Response:
        try:
            raise REFUSED
        except CallRefused:
            pass
        raise ZeroDivisionError

    answer = await over_asgi(Starlette(routes=[Route("/orders", order)])).get("/orders", headers=MACHINE)

    assert answer.status_code == 500


async def test_observing_changes_nothing() -> None:
    """Mode observe leaves the framework's 500 as it is."""

    async def order(_request: Request) -> Response:
        raise REFUSED

    guarded = asgi.Guard(Starlette(routes=[Route("/orders", order)]), read_settings({"site": {"mode": "observe"}}, {}))
    transport = httpx2.ASGITransport(app=guarded, raise_app_exceptions=False)

    answer = await httpx2.AsyncClient(transport=transport, base_url="http://shop.test").get("/orders", headers=PERSON)

    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
