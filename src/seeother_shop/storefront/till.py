# SPDX-License-Identifier: Apache-2.0
"""Calls to the payment provider: another company, so nothing of the journey goes along."""

from dataclasses import dataclass
from urllib.parse import quote

import httpx2

from seeother_shop.connection import SHORT_QUIET, trusted_for

from .orders import number
from .tables import Order

_TIMEOUT_SECONDS = 6.0
_PAYMENT_REQUIRED = 402


class NotReachedError(Exception):
    """The provider was never asked: nothing has happened there."""


class LostError(Exception):
    """The provider was asked and its answer is missing: nobody knows what happened."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A hosted page that waits for a person."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a session stands, in the provider's words."""

    state: str
    payment: str | None
    reason: str


class Till:
    """The provider as the storefront sees it."""

    def __init__(self, origin: str, api_key: str) -> None:
        """Call the provider at `origin` and show the key."""
        self._client = httpx2.Client(
            base_url=origin,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            verify=trusted_for(origin),
            limits=SHORT_QUIET,
            headers={"Authorization": f"Bearer {api_key}"},
        )

    def open(self, order: Order, *, merchant: str, return_url: str, webhook_url: str) -> Opened:
        """Open a hosted page for an order; raises NotReachedError or LostError."""
        wish = {
            "order": order.id,
            "label": number(order.id),
            "merchant": merchant,
            "amount_minor": order.total_minor,
            "currency": order.currency,
            "return_url": return_url,
            "webhook_url": webhook_url,
        }
        answer = self._asked("POST", "/sessions", wish)
        return Opened(answer["id"], answer["url"])

    def standing(self, session_id: str) -> Standing:
        """How a session stands; raises NotReachedError for any failure, for asking changes nothing."""
        try:
            answer = self._asked("GET", f"/sessions/{quote(session_id, safe='')}")
        except LostError as error:
            raise NotReachedError(str(error)) from error
        return Standing(answer["state"], answer["payment"], answer["reason"])

    def capture(self, payment: str, order: Order) -> bool:
        """Take the money, once however often it is asked for; False: declined. Raises NotReachedError or LostError."""
        wish = {"order": order.id, "amount_minor": order.total_minor}
        answer = self._sent("POST", f"/payments/{quote(payment, safe='')}/capture", wish, {"Idempotency-Key": order.id})
        if answer.status_code == _PAYMENT_REQUIRED:
            return False
        if not answer.is_success:
            raise LostError(f"the provider answered {answer.status_code}")
        return True

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _asked(self, method: str, target: str, content: object = None) -> dict[str, str]:
        answer = self._sent(method, target, content, {})
        if not answer.is_success:
            raise LostError(f"the provider answered {answer.status_code}")
        try:
            document: dict[str, str] = answer.json()
        except ValueError as error:
            raise LostError("the provider's answer cannot be read") from error
        return document

    def _sent(self, method: str, target: str, content: object, fields: dict[str, str]) -> httpx2.Response:
        try:
            return self._client.request(method, target, json=content, headers=fields)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise NotReachedError(f"the provider could not be reached: {error}") from error
        except httpx2.HTTPError as error:
            raise LostError(f"the provider's answer is lost: {error}") from error
