# SPDX-License-Identifier: Apache-2.0
"""A guarded application in this process, and a client that talks ASGI to it."""

from collections.abc import Callable, Iterator, Mapping

import httpx2
import pytest

from seeother.asgi import Guard
from seeother.settings import Settings, read_settings
from tests.seeother.telemetry.conftest import Sink

SECRET = "correct horse battery staple"
JOURNEY: dict[str, object] = {
    "checkout": {
        "step": [
            {"name": "product", "on": ["GET /products/{slug}"], "optional": True},
            {"name": "cart", "on": ["POST /cart/items"]},
            {"name": "submit_order", "on": ["POST /orders"]},
            {"name": "confirmation", "on": ["GET /orders/{id}"]},
        ]
    }
}


def settings(**sections: object) -> Settings:
    """Settings with a journey, a memory ledger and whatever `sections` say instead."""
    document: dict[str, object] = {
        "site": {"secrets": [SECRET]},
        "journey": JOURNEY,
        "ledger": {"url": "memory://"},
        "route": [{"match": "POST /orders", "idempotency": "required", "principal": "shared", "dialogue": [422]}],
    }
    return read_settings(document | sections, {})


Client = Callable[..., httpx2.AsyncClient]


@pytest.fixture
def client_of() -> Client:
    """Make a client for an application; it follows no redirects and shows the application's exceptions only on wish."""

    def make(
        app: Guard,
        *,
        raising: bool = True,
        fields: Mapping[str, str] | None = None,
        client: tuple[str, int] = ("127.0.0.1", 50000),
    ) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=raising, client=client)
        return httpx2.AsyncClient(transport=transport, base_url="http://shop.test", headers=dict(fields or {}))

    return make


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A collector that takes everything."""
    sink = Sink()
    yield sink
    sink.close()
