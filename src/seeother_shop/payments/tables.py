# SPDX-License-Identifier: Apache-2.0
"""What the provider keeps. Of a card it keeps the last four digits and nothing else."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Tables(DeclarativeBase):
    """The tables of the provider."""


class Stage(StrEnum):
    """Where a session stands."""

    OPEN = "open"
    AUTHORISED = "authorised"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class Session(Tables):
    """One visit to the hosted page, opened by a merchant for one order."""

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        CheckConstraint("state IN ('open', 'authorised', 'declined', 'cancelled')", name="known_state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    order_ref: Mapped[str]
    label: Mapped[str]  # the order as a person knows it
    merchant: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    return_url: Mapped[str]
    webhook_url: Mapped[str]
    form_key: Mapped[str]  # the one-time key in the card form
    state: Mapped[str]
    created_at: Mapped[float]  # seconds since the epoch, as all times here


class Payment(Tables):
    """What the card's issuer said to a session."""

    __tablename__ = "payments"

    id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), unique=True)
    approved: Mapped[bool]
    reason: Mapped[str]
    last_digits: Mapped[str]
    created_at: Mapped[float]


class Charge(Tables):
    """Money that was taken. A payment may be captured more than once: what forbids it is the merchant's key."""

    __tablename__ = "charges"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="charge_above_zero"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    order_ref: Mapped[str] = mapped_column(index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    charged_at: Mapped[float]


class Delivery(Tables):
    """One webhook to be sent until it is answered 2xx; two rows may carry one event."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str]
    charge_id: Mapped[int] = mapped_column(ForeignKey("charges.id"))
    url: Mapped[str]
    content: Mapped[str]
    due_at: Mapped[float] = mapped_column(index=True)
    attempts: Mapped[int]
    delivered_at: Mapped[float | None]
