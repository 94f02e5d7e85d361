# SPDX-License-Identifier: Apache-2.0
"""Taking the money, and in the same transaction promising the merchant a webhook about it.

Nothing in here asks whether a payment was captured before: a merchant may capture in parts. What keeps a retry from
charging twice is the Idempotency-Key, which is taken in the same transaction, too (`seeother.ledger.once`).
"""

import json
import random
import secrets
from datetime import UTC, datetime

from sqlalchemy.orm import Session as Transaction

from .tables import Charge, Delivery, Payment, Session

EVENT = "payment.captured"
_TWICE = 0.25  # share of events that are sent twice
_LATE = 0.2  # share of events that are late
_PROMPT_SECONDS = (0.05, 0.4)
_LATE_SECONDS = (1.0, 4.0)


def capture(
    transaction: Transaction, session: Session, payment: Payment, *, now: float, chance: random.Random
) -> Charge:
    """Charge the authorised amount and queue the event, sometimes twice and sometimes late."""
    charge = Charge(
        payment_id=payment.id,
        order_ref=session.order_ref,
        amount_minor=session.amount_minor,
        currency=session.currency,
        charged_at=now,
    )
    transaction.add(charge)
    transaction.flush()
    event = "evt_" + secrets.token_hex(12)
    content = _content(session, payment, now)
    for _ in range(2 if chance.random() < _TWICE else 1):
        delay = chance.uniform(*(_LATE_SECONDS if chance.random() < _LATE else _PROMPT_SECONDS))
        transaction.add(
            Delivery(
                event=event,
                charge_id=charge.id,
                url=session.webhook_url,
                content=content,
                due_at=now + delay,
                attempts=0,
                delivered_at=None,
            )
        )
    return charge


def _content(session: Session, payment: Payment, now: float) -> str:
    """The event as it is signed: made once, so that every attempt sends the same bytes."""
    return json.dumps(
        {
            "type": EVENT,
            "timestamp": datetime.fromtimestamp(now, UTC).isoformat(),
            "data": {
                "payment": payment.id,
                "session": session.id,
                "order": session.order_ref,
                "amount_minor": session.amount_minor,
                "currency": session.currency,
            },
        },
        separators=(",", ":"),
    )
