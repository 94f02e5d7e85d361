# SPDX-License-Identifier: Apache-2.0
"""Calls to the inventory: a service of our own, so the journey goes along."""

from collections.abc import Mapping
from urllib.parse import quote

import httpx2

from seeother.client.httpx2 import propagate_to
from seeother_shop.connection import SHORT_QUIET, trusted_for

_TIMEOUT_SECONDS = 4.0
_NOT_POSSIBLE = 409


class ShortageError(Exception):
    """There is not enough of something."""

    def __init__(self, product: str) -> None:
        """Name the product."""
        super().__init__(product)
        self.product = product


class UnreachableError(Exception):
    """There was no usable answer; what was asked for may have been done or not."""


class Stockroom:
    """The inventory as the storefront sees it."""

    def __init__(self, origin: str) -> None:
        """Call the inventory at `origin`."""
        self._client = httpx2.Client(
            base_url=origin,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            verify=trusted_for(origin),
            limits=SHORT_QUIET,
            event_hooks={"request": [propagate_to([origin])]},
        )

    def reserve(self, order_id: str, wanted: Mapping[str, int]) -> None:
        """Have an order's products put aside; raises ShortageError or UnreachableError."""
        lines = [{"product": product, "quantity": quantity} for product, quantity in wanted.items()]
        answer = self._post("/reservations", {"order": order_id, "lines": lines})
        if answer.status_code == _NOT_POSSIBLE:
            raise ShortageError(str(answer.json().get("product", "")))
        if not answer.is_success:
            raise UnreachableError(f"the inventory answered {answer.status_code}")

    def tell(self, order_id: str, errand: str) -> bool:
        """Have an order's products sold or put back; False when the inventory says that it cannot be done."""
        answer = self._post(f"/reservations/{quote(order_id)}/{errand}", None)
        if answer.status_code == _NOT_POSSIBLE:
            return False
        if not answer.is_success:
            raise UnreachableError(f"the inventory answered {answer.status_code}")
        return True

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, target: str, content: object) -> httpx2.Response:
        try:
            return self._client.post(target, json=content)
        except httpx2.HTTPError as error:
            raise UnreachableError(f"the inventory did not answer: {error}") from error
