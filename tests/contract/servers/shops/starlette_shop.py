# SPDX-License-Identifier: Apache-2.0
"""The shop in Starlette."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from seeother.asgi import Guard, response_control
from tests.contract.servers.shops.deeds import LARGE, ORDER_SECONDS, PAGE, SLOW_SECONDS, STYLE, ShopError, ahalf, note


async def order(_request: Request) -> Response:
    """Take an order."""
    note("ordered")
    await asyncio.sleep(ORDER_SECONDS)
    return RedirectResponse("/orders/7", 302)


async def slow(_request: Request) -> Response:
    """Take an order that takes its time."""
    note("begun")
    await asyncio.sleep(SLOW_SECONDS)
    note("ended")
    return RedirectResponse("/orders/8", 303)


async def fails(_request: Request) -> Response:
    """Fail."""
    raise ShopError


async def breaks(_request: Request) -> Response:
    """Fail in the middle."""
    return StreamingResponse(ahalf())


async def hints(_request: Request) -> Response:
    """Hint at the style sheet."""
    await response_control().early_hints(STYLE)
    return HTMLResponse(PAGE)


async def large(_request: Request) -> Response:
    """Answer with much."""
    return Response(LARGE)


app = Guard(
    Starlette(
        routes=[
            Route("/orders", order, methods=["POST"]),
            Route("/slow", slow, methods=["POST"]),
            Route("/fails", fails),
            Route("/breaks", breaks),
            Route("/hints", hints),
            Route("/large", large),
        ]
    )
)
