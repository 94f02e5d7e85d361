# SPDX-License-Identifier: Apache-2.0
"""Reserve, commit, release, expire: each moves units between on hand, reserved and sold, and none makes or loses one.

    (nothing) ──reserve──▶ held ──commit──▶ committed
                             ├────release─▶ released
                             └──its time──▶ expired ──commit──▶ committed   (if the units are still there)
    (nothing) ──release──▶ released      so that a reserve which arrives late finds the door shut

Every one of them may be repeated: the order's id is the key, and where nothing is left to do nothing is done.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

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
    known = session.get(Reservation, order)
    if known is not None:
        if known.state in {Hold.RELEASED, Hold.EXPIRED}:
            raise RefusalError(f"the reservation of order {order} is {known.state}")
        if {line.product: line.quantity for line in known.lines} != dict(wanted):
            raise RefusalError(f"order {order} has a reservation for other products")
        return known
    for product, quantity in wanted.items():
        _take(session, product, quantity).reserved += quantity
    lines = [ReservationLine(product=product, quantity=quantity) for product, quantity in wanted.items()]
    made = Reservation(order=order, state=Hold.HELD, expires_at=expires_at, lines=lines)
    session.add(made)
    return made


def commit(session: Session, order: str) -> Reservation:
    """Sell what an order holds; what had expired is taken again, if it is still there."""
    reservation = _known(session, order)
    match reservation.state:
        case Hold.HELD:
            for line in reservation.lines:
                stock = session.get_one(Stock, line.product)
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
    reservation = session.get(Reservation, order)
    if reservation is None:
        reservation = Reservation(order=order, state=Hold.RELEASED, expires_at=now, lines=[])
        session.add(reservation)
    elif reservation.state == Hold.COMMITTED:
        raise RefusalError(f"what order {order} reserved is sold")
    elif reservation.state == Hold.HELD:
        _put_back(session, reservation)
        reservation.state = Hold.RELEASED
    return reservation


def expire(session: Session, *, now: float) -> int:
    """Put back what was held longer than it may be; the number of reservations that ended so."""
    overdue = select(Reservation).where(Reservation.state == Hold.HELD, Reservation.expires_at <= now)
    ended = 0
    for reservation in session.scalars(overdue):
        _put_back(session, reservation)
        reservation.state = Hold.EXPIRED
        ended += 1
    return ended


def _known(session: Session, order: str) -> Reservation:
    reservation = session.get(Reservation, order)
    if reservation is None:
        raise RefusalError(f"there is no reservation for order {order}")
    return reservation


def _take(session: Session, product: str, quantity: int) -> Stock:
    stock = session.get(Stock, product)
    if stock is None or stock.on_hand < quantity:
        left = 0 if stock is None else stock.on_hand
        raise RefusalError(f"there are {left} of {product}, and {quantity} are wanted", product=product)
    stock.on_hand -= quantity
    return stock


def _put_back(session: Session, reservation: Reservation) -> None:
    for line in reservation.lines:
        stock = session.get_one(Stock, line.product)
        stock.reserved -= line.quantity
        stock.on_hand += line.quantity
