# SPDX-License-Identifier: Apache-2.0
"""Orders and how they go on. Every move may come twice (a person returns, a webhook comes, both again); it counts once.

    placed ──▶ checking ──▶ paid         by what the provider says, on the return, by webhook or when it is asked again
       │           └──────▶ declined
       ├─────────────────▶ paid
       ├─────────────────▶ declined      the person may order again
       └─────────────────▶ failed        nothing was ordered, and the person may order again

What others have to be asked for or told goes along as an errand, written in the same transaction.
"""

import secrets
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from seeother.ledger import Action
from seeother.telemetry import to_carrier

from .address import Address
from .carts import renew_key, take_out_what_was_paid, total_minor
from .tables import Cart, Errand, Order, OrderLine, OrderState

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: nothing in it is mistaken for another
_ID_LENGTH = 20  # 100 bits
_SHOWN = 8  # of the id's characters, as an order number for people

Acting = Action[Session]  # what `once` gives: the order's rows, its errands and the answer are committed together


def place(action: Acting, cart: Cart, address: Address, *, return_url: str, now: float) -> Order:
    """A new order for all that is in the cart."""
    order = Order(
        id="".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH)),
        cart_id=cart.id,
        form_key=cart.form_key,
        state=OrderState.PLACED,
        total_minor=total_minor(cart),
        currency=cart.lines[0].product.currency,
        return_url=return_url,
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
    action.session.add(order)
    _send(action, order, Errand.PREPARE)
    return order


def last_of(session: Session, cart: Cart) -> Order | None:
    """The newest order from a cart."""
    return session.scalar(select(Order).where(Order.cart_id == cart.id).order_by(Order.placed_at.desc()).limit(1))


def is_waiting(order: Order, cart: Cart) -> bool:
    """Whether the order is of what is in the cart now, and neither paid nor given up."""
    return order.state in {OrderState.PLACED, OrderState.CHECKING} and order.form_key == cart.form_key


def number(order_id: str) -> str:
    """An order's number for people, as `7KQ2-M9XD`."""
    shown = order_id[:_SHOWN].upper()
    return f"{shown[:4]}-{shown[4:]}"


def hand_over(action: Acting, order_id: str, *, session_id: str, pay_url: str) -> None:
    """Write down where the order is to be paid."""
    order = _locked(action, order_id)
    if order.state == OrderState.PLACED:
        order.session_id = session_id
        order.pay_url = pay_url


def fail(action: Acting, order_id: str, reason: str, *, now: float) -> None:
    """End an order from which nothing came, have its stock put back, and let the person order again."""
    order = _locked(action, order_id)
    if order.state == OrderState.PLACED:
        order.state = OrderState.FAILED
        order.reason = reason
        renew_key(action.session, order, now=now)
        _send(action, order, Errand.RELEASE)


def check(action: Acting, order_id: str) -> None:
    """Write down that a payment was begun, and that somebody has to learn how it ended."""
    order = _locked(action, order_id)
    if order.state == OrderState.PLACED:
        order.state = OrderState.CHECKING
        _send(action, order, Errand.SETTLE)


def ask_later(action: Acting, order_id: str) -> None:
    """Have somebody learn how a payment stands; while one is being checked, somebody does."""
    order = _locked(action, order_id)
    if order.state == OrderState.PLACED:
        _send(action, order, Errand.SETTLE)


def decline(action: Acting, order_id: str, reason: str, *, now: float) -> None:
    """End an order that was not paid, have its stock put back, and let the person order again."""
    order = _locked(action, order_id)
    if order.state in {OrderState.PLACED, OrderState.CHECKING}:
        order.state = OrderState.DECLINED
        order.reason = reason
        renew_key(action.session, order, now=now)
        _send(action, order, Errand.RELEASE)


def pay(action: Acting, order_id: str, *, now: float) -> None:
    """End an order that was paid: its stock is sold, its cart is empty."""
    order = _locked(action, order_id)
    if order.state != OrderState.PAID:
        order.state = OrderState.PAID
        order.paid_at = now
        take_out_what_was_paid(action.session, order, now=now)
        _send(action, order, Errand.COMMIT)


def _locked(action: Acting, order_id: str) -> Order:
    """The order, which nobody else moves until the end of the transaction."""
    return action.session.get_one(Order, order_id, with_for_update=True)


def _send(action: Acting, order: Order, errand: Errand) -> None:
    action.later(errand.value, {"order": order.id, "carrier": to_carrier()})
