# SPDX-License-Identifier: Apache-2.0
"""Back from the provider: the return, the webhook, and the pages that say how an order stands.

What a browser brings back is never believed: the return names a session, and the provider is asked about it. Return
and webhook may come in any order, each more than once.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import select
from standardwebhooks import WebhookVerificationError

from seeother.policy.pydantic import FailsWith, status_of
from seeother_shop.problem import problem

from . import orders
from .address import COUNTRIES
from .checkout import standing, unknown_order
from .shop import Here, Shop, hand_off
from .tables import Order, OrderState
from .till import LostError, NotReachedError

ROUTES = APIRouter(include_in_schema=False)
_CAPTURED = "payment.captured"
_RETRY_SECONDS = 5


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
    if order.state in {OrderState.PAID, OrderState.DECLINED, OrderState.FAILED}:
        return hand_off(f"/orders/{order.id}")
    try:
        return hand_off(_captured(shop, order, session))
    except NotReachedError:
        return _not_reached(shop, request, order)
    except LostError:
        with shop.database.writing() as writing:
            orders.check(writing, order.id)
        return _checking(shop, request, order)


@ROUTES.post("/payments/webhook")
def webhook(request: Request, shop: Here, content: Annotated[bytes, Depends(_content)]) -> Response:
    """Believe a signed event about an order of ours; whatever else, the provider tries again."""
    try:
        shop.webhook.verify(content, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library lets malformed fields through as ValueError
        return problem(401, "Not signed", "the signature does not prove who sent this")
    try:
        event = _Event.model_validate_json(content)
    except ValidationError as error:
        return problem(status_of(_Event, error.errors()), "Not understood", "this is no event that we know")
    if event.type != _CAPTURED:
        return Response(status_code=204)
    with shop.database.reading() as session:
        order = session.get(Order, event.data.order)
    if order is None:
        return problem(404, "Unknown order", "there is no such order here")
    if (order.total_minor, order.currency) != (event.data.amount_minor, event.data.currency):
        return problem(422, "Another amount", "the order costs something else")
    _settle(shop, order.id)
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


def _captured(shop: Shop, order: Order, session: str) -> str:
    """Ask the provider how the session stands and take the money if it may be taken; where the person goes next."""
    standing = shop.till.standing(session)
    if standing.state == "open":
        return f"/orders/{order.id}/pay"
    if standing.payment is not None and shop.till.capture(standing.payment, order):
        _settle(shop, order.id)
        return f"/orders/{order.id}"
    with shop.database.writing() as writing:
        orders.decline(writing, order.id, standing.reason or "You cancelled the payment.", now=shop.clock.time())
    shop.errands.run(order.id)
    return f"/orders/{order.id}/status"


def _settle(shop: Shop, order_id: str) -> None:
    with shop.database.writing() as session:
        orders.pay(session, order_id, now=shop.clock.time())
    shop.errands.run(order_id)


def _not_reached(shop: Shop, request: Request, order: Order) -> Response:
    return shop.notice(
        request,
        503,
        title="The payment waits",
        text="We cannot reach the payment provider just now. Nothing was charged, and your order is kept for you.",
        way=(f"/orders/{order.id}/status", "See your order"),
        fields={"Retry-After": str(_RETRY_SECONDS)},
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
