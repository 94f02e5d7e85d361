# SPDX-License-Identifier: Apache-2.0
"""Calls to the payment provider: another company, so nothing of the journey goes along.

The order's id is the key of whatever changes something there, so that asking again is how one learns what became of
it; what a call may raise says `calling.py`.
"""

from dataclasses import dataclass
from urllib.parse import quote

from seeother.breaker import BreakerPolicy, Retry
from seeother.client import Caller
from seeother.errors import OutcomeUnknown, PeerError
from seeother_shop.calling import Service

from .orders import number
from .tables import Order

# Issuers take their time. A second try would only cut into that: the background asks again.
_POLICY = BreakerPolicy(timeout_seconds=6.0, slow_seconds=5.0)
_ONCE = Retry(tries=1)
_PAYMENT_REQUIRED = 402
_NOT_ACTED_UPON = frozenset({429, 503})  # RFC 6585 section 4, RFC 9110 section 15.6.4


@dataclass(frozen=True, slots=True)
class Opened:
    """A hosted page that waits for a person."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a session stands, in the provider's words: open, authorised, declined, cancelled."""

    state: str
    payment: str | None
    reason: str


class Till:
    """The provider as the storefront sees it."""

    def __init__(self, origin: str, api_key: str) -> None:
        """Call the provider at `origin` and show the key."""
        fields = {"Authorization": f"Bearer {api_key}"}
        self._service = Service("the payment provider", origin, Caller(_POLICY, retry=_ONCE), fields)

    def open(self, order: Order, *, merchant: str, webhook_url: str) -> Opened:
        """Open a hosted page for an order; the same one whenever it is asked for."""
        wish = {
            "order": order.id,
            "label": number(order.id),
            "merchant": merchant,
            "amount_minor": order.total_minor,
            "currency": order.currency,
            "return_url": order.return_url,
            "webhook_url": webhook_url,
        }
        answer = self._service.tell("/sessions", wish, key=order.id)
        if not answer.is_success:
            raise PeerError(f"the payment provider answered {answer.status_code}")
        opened: dict[str, str] = answer.json()
        return Opened(opened["id"], opened["url"])

    def standing(self, session_id: str) -> Standing:
        """How a session stands."""
        answer = self._service.ask(f"/sessions/{quote(session_id, safe='')}")
        if not answer.is_success:
            raise PeerError(f"the payment provider answered {answer.status_code}")
        found: dict[str, str] = answer.json()
        return Standing(found["state"], found["payment"], found["reason"])

    def capture(self, payment: str, order: Order) -> bool:
        """Take the money, once however often it is asked for; False: declined."""
        wish = {"order": order.id, "amount_minor": order.total_minor}
        answer = self._service.tell(f"/payments/{quote(payment, safe='')}/capture", wish, key=order.id)
        if answer.status_code == _PAYMENT_REQUIRED:
            return False
        if answer.status_code in _NOT_ACTED_UPON:
            raise PeerError(f"the payment provider answered {answer.status_code}")
        if not answer.is_success:
            raise OutcomeUnknown("the payment provider", why=f"it answered {answer.status_code}", key=order.id)
        return True

    def close(self) -> None:
        """Close the connections."""
        self._service.close()
