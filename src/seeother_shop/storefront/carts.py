# SPDX-License-Identifier: Apache-2.0
"""Carts: what is in them, and the key of the order form that goes with the content.

Two forms of one cart carry one key, so that the guard knows them for one order; whoever changes the cart, or has paid
for it, or was declined, gets another key.
"""

import secrets

from sqlalchemy.orm import Session

from .tables import Cart, CartLine, Order, Shelf

MOST_OF_ONE = 20  # of one product in a cart


def locked(session: Session, cart_id: str | None) -> Cart | None:
    """The cart, if there is one, which nobody else changes until the end of the transaction."""
    return session.get(Cart, cart_id, with_for_update=True) if cart_id else None


def put(session: Session, cart_id: str | None, product: Shelf, quantity: int, *, now: float) -> Cart:
    """Put so many of a product into the cart, or into a new one where there is none; at most MOST_OF_ONE in all."""
    cart = locked(session, cart_id)
    if cart is None:
        cart = Cart(id=secrets.token_urlsafe(24), form_key="", changed_at=now, lines=[])
        session.add(cart)
    line = next((line for line in cart.lines if line.slug == product.slug), None)
    if line is None:
        cart.lines.append(CartLine(slug=product.slug, product=product, quantity=min(quantity, MOST_OF_ONE)))
    else:
        line.quantity = min(line.quantity + quantity, MOST_OF_ONE)
    return _changed(cart, now)


def remove(session: Session, cart_id: str | None, slug: str, *, now: float) -> None:
    """Take a product out of the cart; where it is not in, nothing happens."""
    cart = locked(session, cart_id)
    if cart is not None and any(line.slug == slug for line in cart.lines):
        cart.lines = [line for line in cart.lines if line.slug != slug]
        _changed(cart, now)


def take_out_what_was_paid(session: Session, order: Order, *, now: float) -> None:
    """Take the order's lines out of its cart; what was put in since stays."""
    cart = session.get_one(Cart, order.cart_id, with_for_update=True)
    paid = {line.product: line.quantity for line in order.lines}
    for line in list(cart.lines):
        line.quantity -= min(paid.get(line.slug, 0), line.quantity)
        if line.quantity == 0:
            cart.lines.remove(line)
    _changed(cart, now)


def renew_key(session: Session, order: Order, *, now: float) -> None:
    """Let the next order from this cart be another order."""
    _changed(session.get_one(Cart, order.cart_id, with_for_update=True), now)


def total_minor(cart: Cart) -> int:
    """What the cart costs today."""
    return sum(line.quantity * line.price_minor for line in cart.lines)


def count(cart: Cart | None) -> int:
    """How many things are in the cart."""
    return sum(line.quantity for line in cart.lines) if cart else 0


def _changed(cart: Cart, now: float) -> Cart:
    cart.form_key = secrets.token_urlsafe(18)
    cart.changed_at = now
    return cart
