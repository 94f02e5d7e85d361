# SPDX-License-Identifier: Apache-2.0
"""What merchants' programs call: sessions, captures, and the queue of webhooks."""

import secrets

from fastapi import APIRouter, BackgroundTasks
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import select

from seeother.ledger import once
from seeother_shop.problem import problem

from .charging import capture
from .provider import Here, Merchant
from .tables import Payment, Session, Stage

ROUTES = APIRouter(dependencies=[Merchant])
_URL = r"^https?://[^\s\"'<>;,]+$"  # what may stand in a policy or an attribute


class Wish(BaseModel):
    """What a merchant wants paid, where the person goes afterwards and where the event goes."""

    order: str = Field(min_length=1, max_length=80)
    label: str = Field(min_length=1, max_length=40)
    merchant: str = Field(min_length=1, max_length=80)
    amount_minor: int = Field(gt=0, le=100_000_000)
    currency: str = Field(pattern="^[A-Z]{3}$")
    return_url: str = Field(pattern=_URL, max_length=2000)
    webhook_url: str = Field(pattern=_URL, max_length=2000)


class Expected(BaseModel):
    """What the merchant believes it captures."""

    order: str
    amount_minor: int


@ROUTES.post("/sessions", status_code=201)
def open_session(wish: Wish, provider: Here) -> dict[str, str]:
    """Open a hosted page for one order; whoever asks again under the same key is told of the same page."""
    session = Session(
        id=secrets.token_urlsafe(18),
        order_ref=wish.order,
        label=wish.label,
        merchant=wish.merchant,
        amount_minor=wish.amount_minor,
        currency=wish.currency,
        return_url=wish.return_url,
        webhook_url=wish.webhook_url,
        form_key=secrets.token_urlsafe(18),
        state=Stage.OPEN,
        created_at=provider.clock.time(),
    )
    with once(provider.database.writers) as action:
        action.session.add(session)
    return {"id": session.id, "url": f"{provider.origin}/pay/{session.id}"}


@ROUTES.post("/payments/{payment_id}/capture")
def capture_payment(payment_id: str, expected: Expected, provider: Here, afterwards: BackgroundTasks) -> JSONResponse:
    """Take the money of an authorised payment: this is the charge.

    It is committed together with its answer and the webhook that tells of it, or not at all.
    """
    with once(provider.database.writers) as action:
        transaction = action.session
        payment = transaction.get(Payment, payment_id)
        if payment is None:
            return problem(404, "Unknown payment", f"there is no payment {payment_id}")
        session = transaction.get_one(Session, payment.session_id)
        if (session.order_ref, session.amount_minor) != (expected.order, expected.amount_minor):
            return problem(409, "Another order", "the payment was authorised for another order or amount")
        if not payment.approved:
            return problem(402, "Declined", payment.reason)
        with provider.chance_lock:
            capture(transaction, session, payment, now=provider.clock.time(), chance=provider.chance)
    afterwards.add_task(provider.rounds.wake)  # once the webhook is committed
    return JSONResponse({"id": payment.id, "state": "captured", "order": session.order_ref})


@ROUTES.get("/sessions/{session_id}")
def read_session(session_id: str, provider: Here) -> JSONResponse:
    """How a session stands, so that a merchant need not believe what a browser brings back."""
    with provider.database.reading() as transaction:
        session = transaction.get(Session, session_id)
        if session is None:
            return problem(404, "Unknown session", f"there is no session {session_id}")
        payment = transaction.scalar(select(Payment).where(Payment.session_id == session_id))
    found = {
        "id": session.id,
        "state": session.state,
        "payment": payment.id if payment else None,
        "reason": payment.reason if payment else "",
    }
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@ROUTES.post("/webhooks/flush")
def flush_webhooks(provider: Here) -> dict[str, int]:
    """Send everything that waits now, even what is late or held back."""
    return {"delivered": provider.courier.deliver_all(), "pending": provider.courier.pending()}
