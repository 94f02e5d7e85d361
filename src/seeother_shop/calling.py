# SPDX-License-Identifier: Apache-2.0
"""How the shop asks other services: through a breaker, within a time, and with one way to say that it went wrong.

CallRefused      a kind of PeerError: not asked, for the other side is in trouble; it says when to come back
OutcomeUnknown   a kind of PeerError: asked to do something, and nobody knows whether it did (a 504, a cut, a timeout)
PeerError        anything else: nothing was done
"""

from collections.abc import Mapping

import httpx2

from seeother.breaker import Permit
from seeother.client import Caller
from seeother.client.httpx2 import BreakerTransport
from seeother.errors import CallRefused, PeerError
from seeother_shop.connection import SHORT_QUIET, trusted_for


class Service:
    """Another service at its origin; its calls go by the rules of `caller`."""

    def __init__(self, name: str, origin: str, caller: Caller, fields: Mapping[str, str] | None = None) -> None:
        """Ask the service at `origin`, with these fields in each request; its breaker is that of `name`."""
        self.name = name
        self._caller = caller
        wire = httpx2.HTTPTransport(verify=trusted_for(origin), limits=SHORT_QUIET, trust_env=False)
        self._client = httpx2.Client(
            base_url=origin,
            transport=BreakerTransport(wire, caller, name=name),
            headers=dict(fields or {}),
            trust_env=False,
            timeout=None,  # the breaker's policy says how long
        )

    def ask(self, target: str) -> httpx2.Response:
        """GET; raises PeerError where there is no answer."""
        return self._sent("GET", target, None, {})

    def tell(self, target: str, content: object, *, key: str) -> httpx2.Response:
        """POST, under a key by which the other side knows a repetition; raises PeerError where there is no answer."""
        return self._sent("POST", target, content, {"Idempotency-Key": f'"{key}"'})

    def refuses_for(self) -> float | None:
        """Seconds for which calls would be refused; None where they are let through."""
        now = self._caller.clock.monotonic()
        permit = self._caller.breakers.breaker(self.name, now).enter(now)
        if isinstance(permit, Permit):
            permit.cancel(now)
            return None
        return permit.retry_after

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _sent(self, method: str, target: str, content: object, fields: Mapping[str, str]) -> httpx2.Response:
        try:
            return self._client.request(method, target, json=content, headers=dict(fields))
        except CallRefused:  # of the library's errors one, too
            raise
        except httpx2.HTTPError as error:
            raise PeerError(f"{self.name} could not be reached: {error}") from error
