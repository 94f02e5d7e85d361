# SPDX-License-Identifier: Apache-2.0
"""Looking around: the shelf, a product, the cart."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import select

from seeother.asgi import response_control
from seeother.errors import CallerError
from seeother_shop.catalogue import PRODUCTS

from .carts import MOST_OF_ONE, put, remove, total_minor
from .shop import CART_COOKIE, Here, Shop, hand_off
from .tables import Cart, Shelf

ROUTES = APIRouter(include_in_schema=False)
_TEXTS = {product.slug: product for product in PRODUCTS}
_COOKIE_SECONDS = 30 * 24 * 3600
_OFFERED = range(1, 7)  # quantities to choose from on a product's page


@ROUTES.get("/")
def home(request: Request, shop: Here) -> Response:
    """Everything there is."""
    with shop.database.reading() as session:
        shelf = session.scalars(select(Shelf).order_by(Shelf.position)).all()
    return shop.browsed(request, "home.html", {"shelf": shelf, "texts": _TEXTS})


@ROUTES.get("/products/{slug}")
def product(slug: str, request: Request, shop: Here) -> Response:
    """One thing, and the form that puts it into the cart."""
    return _product(shop, request, slug)


@ROUTES.post("/cart/items")
def add(
    request: Request,
    shop: Here,
    *,
    product: Annotated[str, Form()] = "",
    quantity: Annotated[str, Form()] = "1",
) -> Response:
    """Put a product into the cart."""
    wanted = int(quantity) if quantity.isascii() and quantity.isdigit() else 0
    if not 1 <= wanted <= MOST_OF_ONE:
        return _product(shop, request, product, error=True)
    with shop.database.writing() as session:
        found = session.get(Shelf, product)
        cart = put(session, _cart_id(request), found, wanted, now=shop.clock.time()) if found else None
    if cart is None:
        return _unknown(shop, request)
    answer = hand_off("/cart")
    try:
        response_control().cookie(CART_COOKIE, cart.id, max_age=_COOKIE_SECONDS)
    except CallerError:  # the guard is off
        secure = shop.origin.startswith("https:")
        answer.set_cookie(CART_COOKIE, cart.id, max_age=_COOKIE_SECONDS, secure=secure, httponly=True, samesite="lax")
    return answer


@ROUTES.get("/cart")
def cart(request: Request, shop: Here) -> Response:
    """What the person means to buy."""
    with shop.database.reading() as session:
        found = session.get(Cart, _cart_id(request))
    lines = found.lines if found else []
    total = total_minor(found) if found else 0
    return shop.browsed(request, "cart.html", {"lines": lines, "total_minor": total})


@ROUTES.post("/cart/items/{slug}/remove")
def take_out(slug: str, request: Request, shop: Here) -> Response:
    """Take a product out of the cart."""
    with shop.database.writing() as session:
        remove(session, _cart_id(request), slug, now=shop.clock.time())
    return hand_off("/cart")


def _cart_id(request: Request) -> str:
    return request.cookies.get(CART_COOKIE, "")


def _product(shop: Shop, request: Request, slug: str, *, error: bool = False) -> Response:
    with shop.database.reading() as session:
        found = session.get(Shelf, slug)
    if found is None:
        return _unknown(shop, request)
    context = {"item": found, "text": _TEXTS[slug], "offered": _OFFERED, "most": MOST_OF_ONE, "error": error}
    if error:
        return shop.page(request, "product.html", context, status=422)
    return shop.browsed(request, "product.html", context)


def _unknown(shop: Shop, request: Request) -> Response:
    return shop.notice(
        request,
        404,
        title="We do not have that",
        text="There is no such thing on our shelf, or not any more.",
        way=("/", "See everything we have"),
    )
