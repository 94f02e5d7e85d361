# SPDX-License-Identifier: Apache-2.0
"""A shop that asks an inventory, whose gateway answers 504."""

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from seeother.asgi import Guard
from seeother.breaker import BreakerPolicy, Retry
from seeother.client import Caller
from seeother.client.httpx2 import AsyncBreakerTransport


async def overloaded(_request: Request) -> Response:
    """The gateway of the inventory, which gives up waiting."""
    return Response(status_code=504)


GATEWAY = Starlette(routes=[Route("/{path:path}", overloaded, methods=["GET", "POST"])])

inventory = Caller(
    BreakerPolicy(minimum_calls=2),  # so few only to show it soon; the default is 20
    retry=Retry(),
    keyed=True,
)


def not_known(request: httpx2.Request, _error: Exception) -> httpx2.Response:
    """What the shop says where the inventory says nothing."""
    if request.method == "GET":
        return httpx2.Response(200, json={"left": None})
    return httpx2.Response(503)


stock = httpx2.AsyncClient(
    transport=AsyncBreakerTransport(httpx2.ASGITransport(GATEWAY), inventory, name="inventory"),
    base_url="http://inventory.internal",
)
shelf = httpx2.AsyncClient(
    transport=AsyncBreakerTransport(httpx2.ASGITransport(GATEWAY), inventory, name="inventory", fallback=not_known),
    base_url="http://inventory.internal",
)


async def product(_request: Request) -> Response:
    """Show a tea, and how much is left where that is known."""
    left = (await shelf.get("/stock/assam")).json()["left"]
    return HTMLResponse(f"<h1>Assam</h1><p>{'In stock' if left else 'Ask us for it'}</p>")


async def order(_request: Request) -> Response:
    """Reserve a pot, and go on to the order."""
    (await stock.post("/reservations", json={"sku": "assam"})).raise_for_status()
    return Response(status_code=303, headers={"location": "/orders/1"})


shop = Starlette(routes=[Route("/products/assam", product), Route("/orders", order, methods=["POST"])])
app = Guard(shop)
