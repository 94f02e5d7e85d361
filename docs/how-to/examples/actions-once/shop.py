# SPDX-License-Identifier: Apache-2.0
"""A shop with an order form, a donation form that nobody may change, and a payment that can fail."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from seeother.asgi import Guard, idempotency_field

ORDERS: list[str] = []
DONATIONS: list[str] = []


async def checkout(_: Request) -> Response:
    """The order form."""
    form = f'<form method="post" action="/orders">{idempotency_field()}<button name="tea" value="Assam">Order</button>'
    return HTMLResponse(f"<!doctype html><title>Checkout</title>{form}</form>", headers={"Cache-Control": "no-cache"})


async def order(request: Request) -> Response:
    """Make an order."""
    ORDERS.append(str((await request.form())["tea"]))
    return RedirectResponse(f"/orders/{len(ORDERS)}", 303)


async def donate(request: Request) -> Response:
    """Take a donation; its form is as it has always been."""
    DONATIONS.append(str((await request.form())["amount"]))
    return RedirectResponse(f"/thanks?donation={len(DONATIONS)}", 303)


async def pay(_: Request) -> Response:
    """Charge somebody; the bank's answer got lost."""
    return HTMLResponse("<!doctype html><title>Error</title>", 500)


app = Guard(
    Starlette(
        routes=[
            Route("/checkout", checkout),
            Route("/orders", order, methods=["POST"]),
            Route("/donate", donate, methods=["POST"]),
            Route("/pay", pay, methods=["POST"]),
        ]
    )
)
