# SPDX-License-Identifier: Apache-2.0
"""Proves, from the three databases, that money and stock are conserved.

It reads only, trusts no total that a service keeps, and may run beside the services: what is still under way (a webhook
not yet accepted, an errand not yet run) is counted, so that "not yet" is told from "wrong".
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from seeother.errors import StoreError
from seeother_shop import inventory, payments, storefront
from seeother_shop.database import Database

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class ProductBook:
    """One product's units: as the inventory states them, and as its reservations and the paid orders add up."""

    product: str
    initial: int
    on_hand: int
    reserved: int
    sold: int
    held_by_reservations: int
    sold_by_reservations: int
    sold_by_orders: int

    @property
    def conserved(self) -> bool:
        """Whether every unit is somewhere, and each count is what its reservations say."""
        counted = (self.held_by_reservations, self.sold_by_reservations)
        return self.initial == self.on_hand + self.reserved + self.sold and counted == (self.reserved, self.sold)


@dataclass(frozen=True, slots=True)
class Books:
    """What the shop sold, what was charged for it, and what is not settled yet."""

    orders: int  # paid ones
    charges: int
    duplicate_charges: int  # beyond the first for an order
    unsettled_charges: int  # the order is not paid yet, and a webhook that will tell it is still under way
    charges_match_orders: bool  # each paid order was charged its total, and nobody else was charged
    open_errands: int  # commits and releases that the inventory has not heard yet
    products: tuple[ProductBook, ...]

    @property
    def stock_conserved(self) -> bool:
        """Whether no unit of any product came or went from nowhere."""
        return all(product.conserved for product in self.products)

    @property
    def stock_matches_orders(self) -> bool:
        """Whether exactly what the paid orders name is sold; not so while errands are open."""
        return all(product.sold == product.sold_by_orders for product in self.products)

    @property
    def balanced(self) -> bool:
        """Whether nothing is wrong and nothing is under way."""
        settled = not self.unsettled_charges and not self.open_errands and not self.duplicate_charges
        return settled and self.charges_match_orders and self.stock_conserved and self.stock_matches_orders


@dataclass(frozen=True, slots=True)
class _Sales:
    paid: Mapping[str, int]  # order to its total
    sold: Mapping[str, int]  # product to units


@dataclass(frozen=True, slots=True)
class _Takings:
    charged: Mapping[str, tuple[int, ...]]  # order to the amounts that were taken for it
    under_way: frozenset[str]  # orders with a webhook that was not accepted yet


def read_books(*, shop: str, payments: str, inventory: str) -> Books:
    """Read the three databases, given by their URLs; raises StoreError when one is not there."""
    # Beside running services: whoever was paid before has a charge by now, and whoever has one is paid afterwards.
    before = _read(shop, _sales)
    takings = _read(payments, _takings)
    after = _read(shop, _sales)
    errands = _open_errands(shop)
    products = _read(inventory, lambda session: _products(session, after.sold))
    unsettled = {order for order in takings.charged if order not in after.paid and order in takings.under_way}
    paid_was_charged = all(takings.charged.get(order) == (total,) for order, total in before.paid.items())
    charged_is_paid = all(
        amounts == (after.paid.get(order),) for order, amounts in takings.charged.items() if order not in unsettled
    )
    return Books(
        orders=len(after.paid),
        charges=sum(len(amounts) for amounts in takings.charged.values()),
        duplicate_charges=sum(len(amounts) - 1 for amounts in takings.charged.values()),
        unsettled_charges=len(unsettled),
        charges_match_orders=paid_was_charged and charged_is_paid,
        open_errands=errands,
        products=products,
    )


def _read(url: str, question: Callable[[Session], _Answer]) -> _Answer:
    with Database(url) as database:
        if not database.is_there:
            raise StoreError(f"there is no database {database.place.database}")
        try:
            with database.reading() as session:
                return question(session)
        except OperationalError as error:
            raise StoreError(f"the database {database.place.database} cannot be read: {error.orig}") from error


def _open_errands(url: str) -> int:
    with Database(url) as database:
        return storefront.open_errands(database)


def _sales(session: Session) -> _Sales:
    order, line = storefront.Order, storefront.OrderLine
    is_paid = order.state == storefront.OrderState.PAID
    paid = {row.id: row.total_minor for row in session.execute(select(order.id, order.total_minor).where(is_paid))}
    sold: Counter[str] = Counter()
    for row in session.execute(select(line.product, line.quantity).join(order).where(is_paid)):
        sold[row.product] += row.quantity
    return _Sales(paid, sold)


def _takings(session: Session) -> _Takings:
    charge, delivery = payments.Charge, payments.Delivery
    charged: dict[str, tuple[int, ...]] = {}
    for row in session.execute(select(charge.order_ref, charge.amount_minor).order_by(charge.id)):
        charged[row.order_ref] = (*charged.get(row.order_ref, ()), row.amount_minor)
    # A charge is told as soon as one of its webhooks was accepted; a second one may still be under way.
    told = select(delivery.charge_id).where(delivery.delivered_at.is_not(None))
    untold = session.scalars(select(charge.order_ref).where(charge.id.not_in(told)))
    return _Takings(charged, frozenset(untold))


def _products(session: Session, sold_by_orders: Mapping[str, int]) -> tuple[ProductBook, ...]:
    stock, reservation, line = inventory.Stock, inventory.Reservation, inventory.ReservationLine
    held: Counter[str] = Counter()
    sold: Counter[str] = Counter()
    for row in session.execute(select(line.product, line.quantity, reservation.state).join(reservation)):
        if row.state == inventory.Hold.HELD:
            held[row.product] += row.quantity
        elif row.state == inventory.Hold.COMMITTED:
            sold[row.product] += row.quantity
    return tuple(
        ProductBook(
            row.product,
            row.initial,
            row.on_hand,
            row.reserved,
            row.sold,
            held_by_reservations=held[row.product],
            sold_by_reservations=sold[row.product],
            sold_by_orders=sold_by_orders.get(row.product, 0),
        )
        for row in session.scalars(select(stock).order_by(stock.product))
    )
