# SPDX-License-Identifier: Apache-2.0
"""A shop that is told of payments by two providers, sends people to one, and hears of stock from its own warehouse."""

from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from seeother.asgi import Guard, return_token

PAID: list[str] = []
BOOKED: list[str] = []


async def paid(request: Request) -> Response:
    """A provider says that an order is paid."""
    event = await request.json()
    if event["order"] == "unknown":
        return Response(status_code=503, headers={"Retry-After": "60"})  # the order is on its way to us: come again
    PAID.append(event["order"])
    return Response(status_code=204)


async def booked(request: Request) -> Response:
    """The warehouse books a delivery, and reads what we answer."""
    booking = await request.json()
    BOOKED.append(booking["item"])
    return JSONResponse({"booking": len(BOOKED)}, 201)


async def pay(request: Request) -> Response:
    """Send a person to the provider, and tell it where they come back to."""
    back = f"{request.base_url}payments/return?seeother_return={return_token()}"
    return RedirectResponse(f"https://pay.example/sessions?return_url={quote(back, safe='')}", 303)


async def back(_: Request) -> Response:
    """A person is back, paid or not: the order's page knows."""
    return RedirectResponse("/orders/7", 303)


app = Guard(
    Starlette(
        routes=[
            Route("/webhooks/standard", paid, methods=["POST"]),
            Route("/webhooks/acme", paid, methods=["POST"]),
            Route("/orders/7/pay", pay, methods=["POST"]),
            Route("/payments/return", back, methods=["GET", "POST"]),
            Route("/bookings", booked, methods=["POST"]),
        ]
    )
)
