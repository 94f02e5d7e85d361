# SPDX-License-Identifier: Apache-2.0
"""From the cart to the provider: the form, the order, the hand-off page."""

from math import ceil
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Request
from fastapi.responses import Response

from seeother.asgi import return_token
from seeother.errors import CallerError
from seeother.ledger import once

from . import carts, orders
from .address import COUNTRIES, Address, address_errors, address_of, tidied
from .carts import total_minor
from .shop import CART_COOKIE, Here, Shop, hand_off
from .tables import Cart, Order, OrderState

ROUTES = APIRouter(include_in_schema=False)
_MOST_LIKELY = "DE"  # the country that is chosen beforehand
LOOKS_AGAIN = {"Refresh": "3"}  # browsers obey Refresh on a GET, and ignore Retry-After
_SOON = {"Refresh": "1"}


def _address(
    *,
    name: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    street: Annotated[str, Form()] = "",
    postcode: Annotated[str, Form()] = "",
    city: Annotated[str, Form()] = "",
    country: Annotated[str, Form()] = "",
) -> Address:
    return tidied(Address(name, email, street, postcode, city, country))


@ROUTES.get("/checkout")
def form(request: Request, shop: Here) -> Response:
    """The order form, filled in as the person last did; an order that waits to be paid is said."""
    cart = _cart(shop, request)
    if cart is None:
        return hand_off("/cart")
    with shop.database.reading() as session:
        last = orders.last_of(session, cart)
    if last is None:
        return _form(shop, request, cart, Address(country=_MOST_LIKELY))
    waiting = last.id if orders.is_waiting(last, cart) else ""
    return _form(shop, request, cart, address_of(last), waiting=waiting)


@ROUTES.post("/orders")
def submit(
    request: Request,
    shop: Here,
    address: Annotated[Address, Depends(_address)],
    afterwards: BackgroundTasks,
    idempotency_key: Annotated[str, Form()] = "",
) -> Response:
    """Make an order of the cart and lead on to the payment.

    The order, what others must be asked for it and this very answer are committed together, by the guard. Only then is
    anybody asked: whatever happens to a call, there is an order that says so, and an errand that comes back to it.
    """
    with once(shop.database.writers) as action:
        cart = carts.locked(action.session, request.cookies.get(CART_COOKIE))
        if cart is None or not cart.lines:
            return hand_off("/cart")
        if idempotency_key != cart.form_key:
            text = "Your cart has changed since you opened this page. Please check it once more."
            return _form(shop, request, cart, address, status=409, alert=text)
        if errors := address_errors(address):
            return _form(shop, request, cart, address, status=422, errors=errors)
        # Not before `once`: whoever has ordered already is told of that order, however the inventory is.
        wait = shop.stockroom.refuses_for()
        if wait is not None:
            return _not_ordered(shop, request, wait)
        order = orders.place(action, cart, address, return_url=_return_url(shop), now=shop.clock.time())
    afterwards.add_task(shop.errands.run_now)
    return hand_off(f"/orders/{order.id}/pay", 302 if "order-302" in shop.naive else 303)


@ROUTES.get("/checkout/status")
def outcome(request: Request, shop: Here) -> Response:
    """What became of the person's order, for whoever got no answer: the guard leads here when nobody knows."""
    with shop.database.reading() as session:
        cart = session.get(Cart, request.cookies.get(CART_COOKIE, ""))
        order = orders.last_of(session, cart) if cart is not None else None
    if cart is None or order is None or (order.form_key != cart.form_key and cart.lines):
        return shop.notice(
            request,
            200,
            title="We see no order yet",
            text="If you have just ordered, it may still be on its way: this page looks again every few seconds. "
            "Nothing is charged before you pay on the page of our payment provider.",
            way=("/cart", "See your cart"),
            fields=LOOKS_AGAIN,
        )
    return standing(shop, request, order)


@ROUTES.get("/orders/{order_id}/pay")
def pay(order_id: str, request: Request, shop: Here) -> Response:
    """The page that hands the person over to the provider."""
    with shop.database.reading() as session:
        order = session.get(Order, order_id)
    if order is None:
        return unknown_order(shop, request)
    if order.state != OrderState.PLACED or order.pay_url is None:
        return hand_off(f"/orders/{order_id}/status")
    return shop.page(request, "pay.html", {"order": order, "step": 3})


def standing(shop: Shop, request: Request, order: Order) -> Response:
    """How an order stands that is not paid yet; while it may still change, the page looks again by itself."""
    if order.state == OrderState.PAID:
        return hand_off(f"/orders/{order.id}")
    stage = "preparing" if order.state == OrderState.PLACED and order.pay_url is None else order.state
    looks = {"preparing": _SOON, OrderState.PLACED: LOOKS_AGAIN, OrderState.CHECKING: LOOKS_AGAIN}
    context = {"order": order, "stage": stage, "number": orders.number(order.id), "step": 3}
    return shop.page(request, "status.html", context, fields=looks.get(stage))


def unknown_order(shop: Shop, request: Request) -> Response:
    """The page for an order that we do not have."""
    return shop.notice(
        request,
        404,
        title="We do not know this order",
        text="Please check the address of this page: every letter of an order's address counts.",
        way=("/", "Back to the shop"),
    )


def _cart(shop: Shop, request: Request) -> Cart | None:
    """The person's cart, if there is anything in it."""
    with shop.database.reading() as session:
        cart = session.get(Cart, request.cookies.get(CART_COOKIE, ""))
    return cart if cart and cart.lines else None


def _form(
    shop: Shop,
    request: Request,
    cart: Cart,
    address: Address,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    alert: str = "",
    waiting: str = "",
) -> Response:
    context = {
        "waiting": waiting,
        "cart": cart,
        "total_minor": total_minor(cart),
        "address": address,
        "countries": COUNTRIES,
        "errors": errors or {},
        "alert": alert or ("Something is not right yet. Nothing was ordered." if errors else ""),
        "step": 2,
    }
    return shop.page(request, "checkout.html", context, status=status)


def _return_url(shop: Shop) -> str:
    """Where the provider sends the person back to; the token is all that it carries, and it is opaque."""
    url = f"{shop.origin}/payments/return"
    try:
        return f"{url}?seeother_return={return_token()}"
    except CallerError:  # no guard around us, or not on a journey
        return url


def _not_ordered(shop: Shop, request: Request, wait: float) -> Response:
    """The answer while the inventory is known not to answer: at once, and with when to come back."""
    return shop.notice(
        request,
        503,
        title="Nothing was ordered",
        text="We could not reserve your things just now. Your cart is as you left it, and no money was taken.",
        way=("/checkout", "Try again"),
        fields={"Retry-After": str(ceil(wait))},
    )
