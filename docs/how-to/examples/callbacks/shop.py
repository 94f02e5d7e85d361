# SPDX-License-Identifier: Apache-2.0
"""A shop that is told of payments by two providers, and of stock by its own warehouse."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from seeother.asgi import Guard

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


app = Guard(
    Starlette(
        routes=[
            Route("/webhooks/standard", paid, methods=["POST"]),
            Route("/webhooks/acme", paid, methods=["POST"]),
            Route("/bookings", booked, methods=["POST"]),
        ]
    )
)
