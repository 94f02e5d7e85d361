# SPDX-License-Identifier: Apache-2.0
"""The routes of real Starlette, FastAPI and Litestar applications."""

from typing import Any

from fastapi import APIRouter, FastAPI
from litestar import Litestar, Router, asgi, get, post, websocket
from litestar.connection import WebSocket
from litestar.params import FromPath
from litestar.types import Receive, Scope, Send
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Host, Mount, Route, WebSocketRoute

from tests.seeother.draft.reading import read, reasons, shown


async def answer(_: Request) -> Response:
    """Answer with nothing."""
    return Response()


async def converse(_: object) -> None:
    """Stands for the answer to a WebSocket."""


async def bare(scope: object, receive: object, send: object) -> None:
    """An application that says nothing about itself."""


class Cart(HTTPEndpoint):
    """Methods by name, as Starlette has them."""

    async def get(self, _: Request) -> Response:
        """The cart."""
        return Response()

    async def patch(self, _: Request) -> Response:
        """Another quantity."""
        return Response()


class Raw:
    """An application as an endpoint: it answers whatever comes."""

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        """Answer nothing."""


def test_reads_starlette() -> None:
    """Routes, classes, mounts in mounts and hosts; what does not say its methods is left out with the reason."""
    app = Starlette(
        routes=[
            Route("/orders", answer, methods=["POST"]),
            Route("/orders/{id:int}", answer),
            Route("/files/{rest:path}", answer),
            Route("/{name}.json", answer),
            Route("/cart", Cart),
            Route("/raw", Raw()),
            WebSocketRoute("/live", converse),
            Mount("/shop", routes=[Mount("/{country}", routes=[Route("/", answer), Route("/buy", answer)])]),
            Host("api.example", Starlette(routes=[Route("/stock", answer, methods=["PUT"])])),
            Mount("/static", bare),
        ]
    )

    reading = read(app)

    assert reading.framework == "Starlette"
    assert shown(reading) == [
        "GET /cart",
        "GET /files/{rest:path}",
        "GET /orders/{id}",
        "GET /shop/{country}/",
        "GET /shop/{country}/buy",
        "PATCH /cart",
        "POST /orders",
        "PUT /stock",
    ]
    assert reasons(reading) == {
        "/{name}.json": "make a placeholder a whole segment, as in {id}, not {name}.json",
        "/raw": "answers any method, so nothing says what it is for",
        "/static": "function, which does not say its routes",
    }


def test_reads_fastapi() -> None:
    """Routers in routers with all their prefixes, an empty path, and mounted applications."""
    orders = APIRouter(prefix="/orders")
    orders.add_api_route("", answer, methods=["POST"])
    orders.add_api_route("/{order_id}", answer, methods=["GET", "DELETE"])
    version = APIRouter(prefix="/v1")
    version.include_router(orders, prefix="/shop")
    version.routes.append(Mount("/inner", Starlette(routes=[Route("/page", answer)])))
    payments = FastAPI(openapi_url=None)
    payments.add_api_route("/pay/{session}", answer, methods=["POST"])
    app = FastAPI(openapi_url=None)
    app.include_router(version, prefix="/api")
    app.mount("/provider", payments)

    reading = read(app)

    assert reading.framework == "FastAPI"
    assert shown(reading) == [
        "DELETE /api/v1/shop/orders/{order_id}",
        "GET /api/inner/page",  # a router's own prefix is not put before what is mounted in it
        "GET /api/v1/shop/orders/{order_id}",
        "POST /api/v1/shop/orders",
        "POST /provider/pay/{session}",
    ]
    assert reading.left_out == ()


def test_websockets_of_fastapi_are_no_routes() -> None:
    """Neither directly nor by an included router."""
    router = APIRouter(prefix="/in")
    for target in (router, app := FastAPI(openapi_url=None)):
        target.add_api_websocket_route("/live", converse)
    app.include_router(router)

    assert read(app).routes == ()
    assert read(app).left_out == ()


def test_reads_litestar() -> None:
    """Typed parameters and routers; an application in it does not say its routes."""

    @post("/{order_id:int}/pay", status_code=201)
    async def pay(order_id: FromPath[int]) -> None: ...

    @get(["/files/{rest:path}", "/files"])
    async def files(rest: FromPath[str | None] = None) -> None: ...

    @asgi("/old", is_mount=True, copy_scope=True)
    async def old(scope: Scope, receive: Receive, send: Send) -> None: ...

    @websocket("/live")
    async def live(socket: WebSocket[Any, Any, Any]) -> None: ...

    reading = read(Litestar([Router("/orders", route_handlers=[pay]), files, old, live], openapi_config=None))

    assert reading.framework == "Litestar"
    assert shown(reading) == ["GET /files", "GET /files/{rest:path}", "POST /orders/{order_id}/pay"]
    assert reasons(reading) == {"/old": "an ASGI application of its own, which does not say its routes"}
