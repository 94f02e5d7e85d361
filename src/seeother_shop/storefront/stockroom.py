# SPDX-License-Identifier: Apache-2.0
"""Calls to the inventory: a service of our own, so the journey and the time that is left go along.

An order's id names its reservation, so that each call may be repeated; what a call may raise says `calling.py`.
"""

from collections.abc import Mapping
from urllib.parse import quote

import httpx2

from seeother.breaker import BreakerPolicy, Retry
from seeother.client import Caller
from seeother.errors import PeerError
from seeother_shop.calling import Service

# The article's breaker (chapter 3.3), made for a small shop: one that has five calls in ten seconds must not wait for
# twenty, and an inventory that is a process on this machine is back in seconds.
_POLICY = BreakerPolicy(timeout_seconds=4.0, slow_seconds=3.0, minimum_calls=5, open_seconds=5.0)
_NOT_POSSIBLE = 409


class ShortageError(Exception):
    """There is not enough of something."""

    def __init__(self, product: str) -> None:
        """Name the product."""
        super().__init__(product)
        self.product = product


class Stockroom:
    """The inventory as the storefront sees it."""

    def __init__(self, origin: str, policy: BreakerPolicy = _POLICY) -> None:
        """Call the inventory at `origin`."""
        self._service = Service("the inventory", origin, Caller(policy, retry=Retry(tries=2), ours=[origin]))

    def refuses_for(self) -> float | None:
        """Seconds for which there is no use in asking; None where there is."""
        return self._service.refuses_for()

    def reserve(self, order_id: str, wanted: Mapping[str, int]) -> None:
        """Have an order's products put aside for a while; raises ShortageError."""
        lines = [{"product": product, "quantity": quantity} for product, quantity in wanted.items()]
        answer = self._service.tell("/reservations", {"order": order_id, "lines": lines}, key=order_id)
        _expect(answer, shortage=True)

    def confirm(self, order_id: str) -> None:
        """Have them kept until the payment is known; raises ShortageError where they have gone back and been sold."""
        _expect(self._told(order_id, "confirm"), shortage=True)

    def tell(self, order_id: str, errand: str) -> bool:
        """Have an order's products sold (`commit`) or put back (`release`); False when that cannot be done."""
        answer = self._told(order_id, errand)
        if answer.status_code == _NOT_POSSIBLE:
            return False
        _expect(answer, shortage=False)
        return True

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    def _told(self, order_id: str, what: str) -> httpx2.Response:
        return self._service.tell(f"/reservations/{quote(order_id)}/{what}", None, key=order_id)


def _expect(answer: httpx2.Response, *, shortage: bool) -> None:
    if shortage and answer.status_code == _NOT_POSSIBLE:
        raise ShortageError(str(answer.json().get("product", "")))
    if not answer.is_success:
        raise PeerError(f"the inventory answered {answer.status_code}")
