# SPDX-License-Identifier: Apache-2.0
"""What the inventory keeps; the database itself refuses a row in which stock came or went from nowhere."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Tables(DeclarativeBase):
    """The tables of the inventory."""


class Hold(StrEnum):
    """Where a reservation stands."""

    HELD = "held"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


class Stock(Tables):
    """How much there is of one product; every unit is on hand, reserved or sold."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("on_hand >= 0 AND reserved >= 0 AND sold >= 0", name="nothing_below_zero"),
        CheckConstraint("initial = on_hand + reserved + sold", name="conserved"),
    )

    product: Mapped[str] = mapped_column(primary_key=True)
    initial: Mapped[int]
    on_hand: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)
    sold: Mapped[int] = mapped_column(default=0)


class Reservation(Tables):
    """What one order wants; an order has at most one."""

    __tablename__ = "reservations"
    __table_args__ = (CheckConstraint("state IN ('held', 'committed', 'released', 'expired')", name="known_state"),)

    order: Mapped[str] = mapped_column("order_id", primary_key=True)
    state: Mapped[str]
    expires_at: Mapped[float] = mapped_column(index=True)  # seconds since the epoch
    lines: Mapped[list["ReservationLine"]] = relationship(lazy="selectin", order_by="ReservationLine.product")


class ReservationLine(Tables):
    """So many of one product within a reservation."""

    __tablename__ = "reservation_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="at_least_one"),)

    order: Mapped[str] = mapped_column("order_id", ForeignKey("reservations.order_id"), primary_key=True)
    product: Mapped[str] = mapped_column(ForeignKey("stock.product"), primary_key=True)
    quantity: Mapped[int]
