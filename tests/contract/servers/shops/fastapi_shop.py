# SPDX-License-Identifier: Apache-2.0
"""The shop in FastAPI."""

import asyncio

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from seeother.asgi import Guard, response_control
from tests.contract.servers.shops.deeds import LARGE, ORDER_SECONDS, PAGE, SLOW_SECONDS, STYLE, ShopError, ahalf, note

shop = FastAPI()


@shop.post("/orders")
async def order() -> Response:
    """Take an order."""
    note("ordered")
    await asyncio.sleep(ORDER_SECONDS)
    return RedirectResponse("/orders/7", 302)


@shop.post("/slow")
async def slow() -> Response:
    """Take an order that takes its time."""
    note("begun")
    await asyncio.sleep(SLOW_SECONDS)
    note("ended")
    return RedirectResponse("/orders/8", 303)


@shop.get("/fails")
async def fails() -> Response:
    """Fail."""
    raise ShopError


@shop.get("/breaks")
async def breaks() -> Response:
    """Fail in the middle."""
    return StreamingResponse(ahalf())


@shop.get("/hints")
async def hints() -> Response:
    """Hint at the style sheet."""
    await response_control().early_hints(STYLE)
    return HTMLResponse(PAGE)


@shop.get("/large")
async def large() -> Response:
    """Answer with much."""
    return Response(LARGE)


app = Guard(shop)
