# SPDX-License-Identifier: Apache-2.0
"""A provider to test alone, and a merchant who listens for its webhooks."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from seeother.asgi import Guard
from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.settings import GUARD_SECTIONS, load_settings
from seeother_shop import payments
from seeother_shop.database import Database
from seeother_shop.payments import Charge, Courier
from seeother_shop.serving import API_KEY, WEBHOOK_SECRET, fresh_secrets
from tests.seeother_shop.premises import open_service

SECRETS = fresh_secrets()
KEY = {"Authorization": f"Bearer {SECRETS[API_KEY]}"}
CARD = {"card_number": "4242424242424242", "expiry": "12/34", "cvc": "123", "holder": "Ada", "action": "pay"}


@dataclass(slots=True)
class Desk:
    """A provider at which one session can be opened, paid and captured."""

    database: Database
    app: FastAPI
    client: TestClient
    webhook_url: str = "http://127.0.0.1:9/none"

    @property
    def courier(self) -> Courier:
        """The provider's courier."""
        courier: Courier = self.app.state.provider.courier
        return courier

    def open(self, order: str = "order-1", amount_minor: int = 1800) -> str:
        """Open a session; its id."""
        wish = {
            "order": order,
            "label": "ORDER",
            "merchant": "Linden",
            "amount_minor": amount_minor,
            "currency": "EUR",
            "return_url": "http://127.0.0.1:8303/payments/return?seeother_return=token",
            "webhook_url": self.webhook_url,
        }
        answer = self.client.post("/sessions", json=wish, headers={**KEY, "Idempotency-Key": f"open-{order}"})
        assert answer.status_code == 201
        session_id: str = answer.json()["id"]
        return session_id

    def show_card(self, session_id: str, **changes: str) -> Any:  # noqa: ANN401 - a TestClient's answer
        """Send the card form."""
        key = {"idempotency_key": f"form of {session_id}".replace(" ", "-")}
        return self.client.post(f"/pay/{session_id}", data={**CARD, **key, **changes}, follow_redirects=False)

    def standing(self, session_id: str) -> dict[str, str]:
        """How a session stands."""
        found: dict[str, str] = self.client.get(f"/sessions/{session_id}", headers=KEY).json()
        return found

    def capture(self, payment: str, order: str = "order-1", amount_minor: int = 1800, key: str | None = "k") -> Any:  # noqa: ANN401 - a TestClient's answer
        """Capture a payment."""
        fields = KEY if key is None else {**KEY, "Idempotency-Key": key}
        wish = {"order": order, "amount_minor": amount_minor}
        return self.client.post(f"/payments/{payment}/capture", json=wish, headers=fields)

    def charge(self, order: str = "order-1") -> None:
        """The whole way, to one charge."""
        session_id = self.open(order)
        self.show_card(session_id)
        assert self.capture(self.standing(session_id)["payment"], order, key=order).status_code == 200

    def charges(self) -> int:
        """How often money was taken."""
        with self.database.reading() as session:
            return len(session.scalars(select(Charge)).all())


@contextmanager
def desk(
    folder: Path,
    *,
    mode: str = "repair",
    seed: int = 1,
    is_held: Callable[[], bool] = lambda: False,
    clock: Clock = SYSTEM_CLOCK,
) -> Generator[Desk]:
    """A provider whose courier goes only when it is told to."""
    with Database(f"sqlite:///{folder / 'payments.db'}") as database:
        app = payments.create_app(
            database,
            api_key=SECRETS[API_KEY],
            webhook_secret=SECRETS[WEBHOOK_SECRET],
            origin="http://localhost:8305",
            seed=seed,
            is_held=is_held,
            clock=clock,
        )
        environ = {"SEEOTHER_SITE_MODE": mode, "SEEOTHER_LEDGER_URL": "memory://"}
        settings = load_settings(Path(payments.__file__).parent / "seeother.toml", environ, GUARD_SECTIONS)
        try:
            yield Desk(database, app, TestClient(Guard(app, settings)))
        finally:
            app.state.provider.courier.close()


@dataclass(slots=True)
class Merchant:
    """Takes webhooks; answers each with the next of `answers`, and with 204 when there is none left."""

    answers: list[int] = field(default_factory=list[int])
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        status = 200
        if request.method == "POST":
            content = await request.body()
            with self.lock:
                self.taken.append((dict(request.headers), content))
                status = self.answers.pop(0) if self.answers else 204
        await Response(status_code=status)(scope, receive, send)


@contextmanager
def listening(merchant: Merchant) -> Generator[str]:
    """Have the merchant listen; where."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": message["type"] + ".complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        await merchant(scope, receive, send)

    with open_service("127.0.0.1", lambda _: app) as origin:
        yield f"{origin}/hook"
