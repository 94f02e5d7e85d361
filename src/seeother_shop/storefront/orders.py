# SPDX-License-Identifier: Apache-2.0
"""Orders and how they go on. Every move may come twice (a person returns, a webhook comes, both again); it counts once.

    placed ──▶ checking ──▶ paid         by what the provider says, on the return or by webhook
       ├─────────────────▶ paid
       ├─────────────────▶ declined      the person may order again
       └─────────────────▶ failed        nothing was ordered

With each end goes an errand to the inventory, written in the same transaction.
"""

import json
import secrets
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from seeother.telemetry import to_carrier

from .address import Address
from .carts import renew_key, take_out_what_was_paid, total_minor
from .tables import Cart, Errand, ErrandKind, Order, OrderLine, OrderState

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: nothing in it is mistaken for another
_ID_LENGTH = 20  # 100 bits
_GRACE_SECONDS = 5.0  # for whoever wrote the errand down to run it; afterwards the background does
_SHOWN = 8  # of the id's characters, as an order number for people


def place(session: Session, cart: Cart, address: Address, *, now: float) -> Order:
    """A new order for all that is in the cart."""
    order = Order(
        id="".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH)),
        cart_id=cart.id,
        form_key=cart.form_key,
        state=OrderState.PLACED,
        total_minor=total_minor(cart),
        currency=cart.lines[0].product.currency,
        session_id=None,
        pay_url=None,
        reason="",
        placed_at=now,
        paid_at=None,
        lines=[
            OrderLine(
                product=line.slug,
                name=line.name,
                price_minor=line.price_minor,
                quantity=line.quantity,
            )
            for line in cart.lines
        ],
        **asdict(address),
    )
    session.add(order)
    return order


def last_of(session: Session, cart: Cart) -> Order | None:
    """The newest order from a cart."""
    return session.scalar(select(Order).where(Order.cart_id == cart.id).order_by(Order.placed_at.desc()).limit(1))


def is_waiting(order: Order, cart: Cart) -> bool:
    """Whether the order is of what is in the cart now, and neither paid nor given up."""
    is_open = order.state in {OrderState.PLACED, OrderState.CHECKING} and order.pay_url is not None
    return is_open and order.form_key == cart.form_key


def number(order_id: str) -> str:
    """An order's number for people, as `7KQ2-M9XD`."""
    shown = order_id[:_SHOWN].upper()
    return f"{shown[:4]}-{shown[4:]}"


def hand_over(session: Session, order_id: str, *, session_id: str, pay_url: str) -> None:
    """Write down where the order is to be paid."""
    order = session.get_one(Order, order_id)
    order.session_id = session_id
    order.pay_url = pay_url


def fail(session: Session, order_id: str, reason: str, *, now: float) -> None:
    """End an order from which nothing came, and have its stock put back."""
    order = session.get_one(Order, order_id)
    order.state = OrderState.FAILED
    order.reason = reason
    _send(session, order, ErrandKind.RELEASE, now)


def check(session: Session, order_id: str) -> None:
    """Write down that nobody knows yet how the payment ended."""
    order = session.get_one(Order, order_id)
    if order.state == OrderState.PLACED:
        order.state = OrderState.CHECKING


def decline(session: Session, order_id: str, reason: str, *, now: float) -> None:
    """End an order that was not paid, have its stock put back, and let the person order again."""
    order = session.get_one(Order, order_id)
    if order.state in {OrderState.PLACED, OrderState.CHECKING}:
        order.state = OrderState.DECLINED
        order.reason = reason
        renew_key(session, order, now=now)
        _send(session, order, ErrandKind.RELEASE, now)


def pay(session: Session, order_id: str, *, now: float) -> None:
    """End an order that was paid: its stock is sold, its cart is empty."""
    order = session.get_one(Order, order_id)
    if order.state != OrderState.PAID:
        order.state = OrderState.PAID
        order.paid_at = now
        take_out_what_was_paid(session, order, now=now)
        _send(session, order, ErrandKind.COMMIT, now)


def _send(session: Session, order: Order, kind: ErrandKind, now: float) -> None:
    # An order that was given up and then paid after all has its release replaced: money decides.
    session.merge(
        Errand(
            order_id=order.id,
            errand=kind,
            carrier=json.dumps(to_carrier()),
            due_at=now + _GRACE_SECONDS,
            attempts=0,
            done_at=None,
        )
    )
