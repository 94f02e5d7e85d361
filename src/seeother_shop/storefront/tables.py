# SPDX-License-Identifier: Apache-2.0
"""What the storefront keeps. Nothing in here forbids a second order from one form: that is the guard's work."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Tables(DeclarativeBase):
    """The tables of the storefront."""


class OrderState(StrEnum):
    """Where an order stands."""

    PLACED = "placed"  # waits for its stock and a page to pay on, then for the payment
    CHECKING = "checking"  # the payment was begun and nobody knows how it ended
    PAID = "paid"
    DECLINED = "declined"
    FAILED = "failed"  # nothing was ordered


class Errand(StrEnum):
    """What others have to be asked for or told, written down with its cause and repeated until it is done."""

    PREPARE = "prepare"  # have the inventory put things aside, and the provider open a page to pay on
    SETTLE = "settle"  # learn how a payment ended that was begun
    COMMIT = "commit"  # tell the inventory that they are sold
    RELEASE = "release"  # tell it to put them back


class Shelf(Tables):
    """A product with the price it has today."""

    __tablename__ = "products"
    __table_args__ = (CheckConstraint("price_minor > 0", name="price_above_zero"),)

    slug: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]


class CartLine(Tables):
    """So many of one product in a cart."""

    __tablename__ = "cart_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="at_least_one"),)

    cart_id: Mapped[str] = mapped_column(ForeignKey("carts.id"), primary_key=True)
    slug: Mapped[str] = mapped_column("product", ForeignKey("products.slug"), primary_key=True)
    quantity: Mapped[int]
    product: Mapped[Shelf] = relationship(lazy="joined")

    @property
    def name(self) -> str:
        """The product's name."""
        return self.product.name

    @property
    def price_minor(self) -> int:
        """Today's price of one."""
        return self.product.price_minor


class Cart(Tables):
    """What one person means to buy; `form_key` stays as long as the content does."""

    __tablename__ = "carts"

    id: Mapped[str] = mapped_column(primary_key=True)
    form_key: Mapped[str]
    changed_at: Mapped[float]  # seconds since the epoch, as all times here
    lines: Mapped[list[CartLine]] = relationship(lazy="selectin", cascade="all, delete-orphan", order_by=CartLine.slug)


class OrderLine(Tables):
    """So many of one product, at the name and the price it was ordered for."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="at_least_one"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    product: Mapped[str] = mapped_column(ForeignKey("products.slug"), primary_key=True)
    name: Mapped[str]
    price_minor: Mapped[int]
    quantity: Mapped[int]


class Order(Tables):
    """One order; its id is hard to guess, for it is all that a guest needs to see it."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("state IN ('placed', 'checking', 'paid', 'declined', 'failed')", name="known_state"),
        CheckConstraint("total_minor > 0", name="total_above_zero"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_has_its_time"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    cart_id: Mapped[str] = mapped_column(ForeignKey("carts.id"), index=True)
    form_key: Mapped[str]  # of the form it was made with; not unique, as the head of this file says
    state: Mapped[str]
    name: Mapped[str]
    email: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    total_minor: Mapped[int]
    currency: Mapped[str]
    return_url: Mapped[str]  # where the provider sends the person back to, with the journey's token
    session_id: Mapped[str | None] = mapped_column(unique=True)  # the provider's
    pay_url: Mapped[str | None]
    reason: Mapped[str]  # why it was declined or failed
    placed_at: Mapped[float]
    paid_at: Mapped[float | None]
    lines: Mapped[list[OrderLine]] = relationship(lazy="selectin", order_by=OrderLine.product)
