# SPDX-License-Identifier: Apache-2.0
"""Reserve, confirm, commit, release, expire: units move between on hand, reserved and sold, and none is made or lost.

    (nothing) ──reserve──▶ held ──commit──▶ committed
                            │ └───release─▶ released
                            │ └──its time─▶ expired ──commit──▶ committed   (if the units are still there)
                            │                  └─────confirm──▶ held        (likewise)
                            └─confirm──▶ held, for as long as a payment may take to be known
    (nothing) ──release──▶ released      so that a reserve which arrives late finds the door shut

Whoever is about to take money confirms first: then the units cannot expire under a payment, and if they have gone
nobody is charged. Every one of these may be repeated: the order's id is the key, and where nothing is left to do
nothing is done.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from seeother_shop.database import alone

from .tables import Hold, Reservation, ReservationLine, Stock


class RefusalError(Exception):
    """Why a reservation cannot go where it was asked to go; `product` is what there is too little of."""

    def __init__(self, detail: str, *, product: str | None = None) -> None:
        """Say why, and of which product there is not enough."""
        super().__init__(detail)
        self.detail = detail
        self.product = product


def reserve(session: Session, order: str, wanted: Mapping[str, int], *, expires_at: float) -> Reservation:
    """Hold `wanted` (product to quantity) for an order until `expires_at`, all of it or nothing."""
    alone(session, order)
    known = session.get(Reservation, order)
    if known is not None:
        if known.state in {Hold.RELEASED, Hold.EXPIRED}:
            raise RefusalError(f"the reservation of order {order} is {known.state}")
        if {line.product: line.quantity for line in known.lines} != dict(wanted):
            raise RefusalError(f"order {order} has a reservation for other products")
        return known
    for product, quantity in sorted(wanted.items()):  # always in this order, or two orders could wait for each other
        _take(session, product, quantity).reserved += quantity
    lines = [ReservationLine(product=product, quantity=quantity) for product, quantity in wanted.items()]
    made = Reservation(order=order, state=Hold.HELD, expires_at=expires_at, lines=lines)
    session.add(made)
    return made


def confirm(session: Session, order: str, *, expires_at: float) -> Reservation:
    """Hold what an order holds until `expires_at`; what had expired is taken again, if it is still there."""
    reservation = _known(session, order)
    match reservation.state:
        case Hold.EXPIRED:
            for line in reservation.lines:
                _take(session, line.product, line.quantity).reserved += line.quantity
        case Hold.RELEASED:
            raise RefusalError(f"the reservation of order {order} was released")
        case Hold.COMMITTED:
            return reservation
        case _:
            pass
    reservation.state = Hold.HELD
    reservation.expires_at = max(expires_at, reservation.expires_at)
    return reservation


def commit(session: Session, order: str) -> Reservation:
    """Sell what an order holds; what had expired is taken again, if it is still there."""
    reservation = _known(session, order)
    match reservation.state:
        case Hold.HELD:
            for line in reservation.lines:
                stock = session.get_one(Stock, line.product, with_for_update=True)
                stock.reserved -= line.quantity
                stock.sold += line.quantity
        case Hold.EXPIRED:
            for line in reservation.lines:
                _take(session, line.product, line.quantity).sold += line.quantity
        case Hold.RELEASED:
            raise RefusalError(f"the reservation of order {order} was released")
        case _:
            return reservation
    reservation.state = Hold.COMMITTED
    return reservation


def release(session: Session, order: str, *, now: float) -> Reservation:
    """Put back what an order holds; an unknown order is written down as released."""
    alone(session, order)
    reservation = session.get(Reservation, order, with_for_update=True)
    if reservation is None:
        reservation = Reservation(order=order, state=Hold.RELEASED, expires_at=now, lines=[])
        session.add(reservation)
    elif reservation.state == Hold.COMMITTED:
        raise RefusalError(f"what order {order} reserved is sold")
    elif reservation.state == Hold.HELD:
        _put_back(session, reservation)
        reservation.state = Hold.RELEASED
    return reservation


def expire(session: Session, *, now: float) -> bool:
    """Put back the oldest reservation that was held longer than it may be; False when there is none."""
    overdue = select(Reservation).where(Reservation.state == Hold.HELD, Reservation.expires_at <= now)
    # One that somebody else works on is not waited for: it may be sold just now.
    oldest = overdue.order_by(Reservation.expires_at).limit(1).with_for_update(skip_locked=True)
    reservation = session.scalar(oldest)
    if reservation is None:
        return False
    _put_back(session, reservation)
    reservation.state = Hold.EXPIRED
    return True


def _known(session: Session, order: str) -> Reservation:
    reservation = session.get(Reservation, order, with_for_update=True)
    if reservation is None:
        raise RefusalError(f"there is no reservation for order {order}")
    return reservation


def _take(session: Session, product: str, quantity: int) -> Stock:
    stock = session.get(Stock, product, with_for_update=True)
    if stock is None or stock.on_hand < quantity:
        left = 0 if stock is None else stock.on_hand
        raise RefusalError(f"there are {left} of {product}, and {quantity} are wanted", product=product)
    stock.on_hand -= quantity
    return stock


def _put_back(session: Session, reservation: Reservation) -> None:
    for line in reservation.lines:
        stock = session.get_one(Stock, line.product, with_for_update=True)
        stock.reserved -= line.quantity
        stock.on_hand += line.quantity
