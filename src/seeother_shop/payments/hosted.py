# SPDX-License-Identifier: Apache-2.0
"""The hosted page: a person types a card here, on the provider's own site, and is sent back to the shop.

The way back is a POST to another site, as many providers do it: a script sends the form, and where scripts are off
there is its button. The card form itself is answered 303, so that neither reload nor Back sends a card again.
"""

import secrets
from base64 import b64encode
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from sqlalchemy.orm import Session as Transaction

from seeother.asgi import idempotency_field
from seeother.ledger import once

from .cards import TEST_CARDS, Card, card_errors, refusal
from .provider import Here, Provider
from .tables import Payment, Session, Stage

ROUTES = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
_RETURN_SCRIPT = 'document.getElementById("return").submit()'
_SCRIPT_SOURCE = f"'sha256-{b64encode(sha256(_RETURN_SCRIPT.encode()).digest()).decode()}'"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {}"
)
_EMPTY = Card("", "", "", "")
_LAST_DIGITS = 4


@ROUTES.get("/pay/{session_id}")
def show(session_id: str, provider: Here) -> Response:
    """The card form; once the session has an end, the page that leads back to the shop."""
    with provider.database.reading() as transaction:
        session = transaction.get(Session, session_id)
    if session is None:
        return message(
            provider, 404, "Nothing to pay here", "This payment link is not known. Please start at the shop."
        )
    if session.state == Stage.OPEN:
        return _card_form(provider, session, _EMPTY, {})
    return _way_back(provider, session)


@ROUTES.post("/pay/{session_id}")
def submit(
    session_id: str,
    provider: Here,
    *,
    card_number: Annotated[str, Form()] = "",
    expiry: Annotated[str, Form()] = "",
    cvc: Annotated[str, Form()] = "",
    holder: Annotated[str, Form()] = "",
    action: Annotated[str, Form()] = "pay",
) -> Response:
    """Ask the issuer, or cancel; either way on to the page that leads back."""
    card = Card(card_number, expiry, cvc, holder)
    now = provider.clock.time()
    with once(provider.database.writers) as asked:
        session = asked.session.get(Session, session_id, with_for_update=True)
        if session is None:
            text = "This payment link is not known. Please start at the shop."
            return message(provider, 404, "Nothing to pay here", text)
        errors = card_errors(card, now=now) if session.state == Stage.OPEN and action != "cancel" else {}
        if errors:
            return _card_form(provider, session, card, errors)
        if session.state == Stage.OPEN:
            if action == "cancel":
                session.state = Stage.CANCELLED
            else:
                _authorise(asked.session, session, card, now)
    return RedirectResponse(f"/pay/{session_id}", 303, {"Cache-Control": "no-store"})


def message(provider: Provider, status: int, title: str, text: str) -> Response:
    """A page with nothing to do on it but to read."""
    context = {"title": title, "text": text}
    return provider.pages.answer("message.html", context, policy=_POLICY.format("'none'"), status=status)


def _authorise(transaction: Transaction, session: Session, card: Card, now: float) -> None:
    reason = refusal(card)
    session.state = Stage.DECLINED if reason else Stage.AUTHORISED
    transaction.add(
        Payment(
            id="pay_" + secrets.token_hex(12),
            session_id=session.id,
            approved=not reason,
            reason=reason,
            last_digits=card.digits[-_LAST_DIGITS:],
            created_at=now,
        )
    )


def _card_form(provider: Provider, session: Session, card: Card, errors: dict[str, str]) -> Response:
    numbers = [(" ".join(number[at : at + 4] for at in range(0, 16, 4)), why) for number, why in TEST_CARDS.items()]
    one_time = Markup(idempotency_field(session.form_key))  # noqa: S704 - the guard's own markup
    context = {"session": session, "card": card, "errors": errors, "test_cards": numbers, "one_time": one_time}
    # The form is answered 303 to this site; browsers hold a redirect against form-action, too.
    policy = _POLICY.format("'self'")
    return provider.pages.answer("card.html", context, policy=policy, status=422 if errors else 200)


def _way_back(provider: Provider, session: Session) -> Response:
    parts = urlsplit(session.return_url)
    policy = f"{_POLICY.format(f'{parts.scheme}://{parts.netloc}')}; script-src {_SCRIPT_SOURCE}"
    context = {"session": session, "script": _RETURN_SCRIPT}
    return provider.pages.answer("return.html", context, policy=policy)
