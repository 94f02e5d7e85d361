# SPDX-License-Identifier: Apache-2.0
"""The shop in Litestar."""

import asyncio
from typing import cast

from litestar import Litestar, MediaType, Response, get, post
from litestar.response import Redirect, Stream

from seeother.asgi import Application, Guard, response_control
from tests.contract.servers.shops.deeds import LARGE, ORDER_SECONDS, PAGE, SLOW_SECONDS, STYLE, ShopError, ahalf, note


@post("/orders")
async def order() -> Redirect:
    """Take an order."""
    note("ordered")
    await asyncio.sleep(ORDER_SECONDS)
    return Redirect("/orders/7", status_code=302)


@post("/slow")
async def slow() -> Redirect:
    """Take an order that takes its time."""
    note("begun")
    await asyncio.sleep(SLOW_SECONDS)
    note("ended")
    return Redirect("/orders/8", status_code=303)


@get("/fails")
async def fails() -> None:
    """Fail."""
    raise ShopError


@get("/breaks")
async def breaks() -> Stream:
    """Fail in the middle."""
    return Stream(ahalf())


@get("/hints", media_type=MediaType.HTML)
async def hints() -> str:
    """Hint at the style sheet."""
    await response_control().early_hints(STYLE)
    return PAGE


@get("/large")
async def large() -> Response[bytes]:
    """Answer with much."""
    return Response(LARGE, media_type="application/octet-stream")


app = Guard(cast("Application", Litestar([order, slow, fails, breaks, hints, large])))
