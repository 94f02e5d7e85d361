# SPDX-License-Identifier: Apache-2.0
"""Back from the provider: the return, the webhook, and the pages that say how an order stands.

What a browser brings back is never believed: the return names a session, and the provider is asked about it. Return
and webhook may come in any order, each more than once, and either settles what the other has left open.
"""

from math import ceil
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import select
from standardwebhooks import WebhookVerificationError

from seeother.errors import CallRefused, OutcomeUnknown, PeerError
from seeother.ledger import once
from seeother.policy.pydantic import FailsWith, status_of
from seeother_shop.problem import problem

from . import orders
from .address import COUNTRIES
from .checkout import standing, unknown_order
from .shop import Here, Shop, hand_off
from .tables import Order, OrderState

ROUTES = APIRouter(include_in_schema=False)
_CAPTURED = "payment.captured"
_RETRY_SECONDS = 5
_NEXT = {OrderState.PAID: "", OrderState.PLACED: "/pay"}  # where a person goes on from an order, else to its status


class _Data(BaseModel):
    order: Annotated[str, Field(pattern="^[0-9a-z]+$"), FailsWith(404)]  # what is no id is the id of no order
    amount_minor: int
    currency: str


class _Event(BaseModel):
    type: str  # what says nothing else fails with 422, and what is no JSON with 400
    data: _Data


async def _content(request: Request) -> bytes:
    return await request.body()


@ROUTES.post("/payments/return")
def returned(request: Request, shop: Here, session: Annotated[str, Form()] = "") -> Response:
    """Take the money of an authorised payment and show the order."""
    with shop.database.reading() as reading:
        order = reading.scalar(select(Order).where(Order.session_id == session))
    if order is None:
        return unknown_order(shop, request)
    try:
        shop.clerk.settle(order.id)
    except OutcomeUnknown:
        return _checking(shop, request, order)
    except PeerError as error:
        shop.clerk.settle_later(order.id)
        wait = error.retry_after if isinstance(error, CallRefused) else _RETRY_SECONDS
        return _not_reached(shop, request, order, wait)
    shop.errands.run_now()
    with shop.database.reading() as reading:
        state = reading.get_one(Order, order.id).state
    return hand_off(f"/orders/{order.id}{_NEXT.get(OrderState(state), '/status')}")


@ROUTES.post("/payments/webhook")
def webhook(
    request: Request, shop: Here, content: Annotated[bytes, Depends(_content)], afterwards: BackgroundTasks
) -> Response:
    """Believe a signed event about an order of ours; whatever else, the provider tries again."""
    try:
        shop.webhook.verify(content, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library lets malformed fields through as ValueError
        return problem(401, "Not signed", "the signature does not prove who sent this")
    try:
        event = _Event.model_validate_json(content)
    except ValidationError as error:
        return problem(status_of(_Event, error.errors()), "Not understood", "this is no event that we know")
    with once(shop.database.writers) as action:  # the event's id is remembered with what it has moved
        if event.type != _CAPTURED:
            return Response(status_code=204)
        order = action.session.get(Order, event.data.order)
        if order is None:
            return problem(404, "Unknown order", "there is no such order here")
        if (order.total_minor, order.currency) != (event.data.amount_minor, event.data.currency):
            return problem(422, "Another amount", "the order costs something else")
        orders.pay(action, order.id, now=shop.clock.time())
    afterwards.add_task(shop.errands.run_now)
    return Response(status_code=204)


@ROUTES.get("/orders/{order_id}/status")
def status(order_id: str, request: Request, shop: Here) -> Response:
    """How an order stands that is not paid yet; while it may still change, the page looks again by itself."""
    with shop.database.reading() as session:
        order = session.get(Order, order_id)
    return unknown_order(shop, request) if order is None else standing(shop, request, order)


@ROUTES.get("/orders/{order_id}")
def result(order_id: str, request: Request, shop: Here) -> Response:
    """A paid order."""
    with shop.database.reading() as session:
        order = session.get(Order, order_id)
    if order is None:
        return unknown_order(shop, request)
    if order.state != OrderState.PAID:
        return hand_off(f"/orders/{order_id}/status")
    context = {"order": order, "number": orders.number(order.id), "country": COUNTRIES[order.country], "step": 4}
    return shop.page(request, "order.html", context)


def _not_reached(shop: Shop, request: Request, order: Order, wait: float) -> Response:
    return shop.notice(
        request,
        503,
        title="The payment waits",
        text="We cannot finish your payment just now. Nothing is charged yet, and your order is kept for you.",
        way=(f"/orders/{order.id}/status", "See your order"),
        fields={"Retry-After": str(ceil(wait))},
    )


def _checking(shop: Shop, request: Request, order: Order) -> Response:
    # 504 and no Refresh: the page answers a POST, which nothing may repeat by itself. A guard that may change answers
    # takes the person to the outcome page instead, and keeps the attempt as failed.
    return shop.notice(
        request,
        504,
        title="We are checking your payment",
        text="The provider's answer got lost on its way to us. Your order is safe: please do not pay again. We are "
        "told as soon as the payment is through, usually within a minute.",
        way=(f"/orders/{order.id}/status", "See how your order stands"),
    )
