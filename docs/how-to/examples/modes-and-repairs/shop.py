# SPDX-License-Identifier: Apache-2.0
"""A shop with mistakes in it: the code of the page docs/how-to/modes-and-repairs.md."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from seeother.asgi import Guard


async def order(request: Request) -> Response:
    """Place an order, and answer 302 where 303 is meant."""
    await request.form()
    return RedirectResponse("/orders/7", 302)


async def take_out(request: Request) -> Response:
    """Take something out of the cart, and answer Starlette's 307: the browser repeats the form at the target."""
    del request
    return RedirectResponse("/cart")


async def stock(request: Request) -> Response:
    """Have too much to do, and say neither when to come back nor how."""
    del request
    return PlainTextResponse("busy", 503)


app = Guard(
    Starlette(
        routes=[
            Route("/orders", order, methods=["POST"]),
            Route("/cart/items/{number}/out", take_out, methods=["POST"]),
            Route("/stock", stock),
        ]
    )
)
