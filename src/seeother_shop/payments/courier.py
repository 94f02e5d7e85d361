# SPDX-License-Identifier: Apache-2.0
"""Sends the queued webhooks by Standard Webhooks, each until the merchant answers 2xx.

A row is marked after the answer has come: whoever is killed in between sends it again. At least once, never at most.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2
from sqlalchemy import func, select
from standardwebhooks import Webhook

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother_shop.connection import SHORT_QUIET, trusted_for
from seeother_shop.database import Database

from .tables import Delivery

_LOGGER = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 5.0
_BATCH = 50
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Letter:
    """What one attempt sends."""

    id: int
    event: str
    url: str
    content: str
    attempts: int


class Courier:
    """Delivers what is due; `is_held` says that nothing may leave now."""

    def __init__(
        self,
        database: Database,
        secret: str,
        *,
        is_held: Callable[[], bool] = lambda: False,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Sign with `secret`, a `whsec_…` string."""
        self._database = database
        self._webhook = Webhook(secret)
        self._is_held = is_held
        self._clock = clock
        self._client = httpx2.Client(
            timeout=_TIMEOUT_SECONDS, trust_env=False, verify=trusted_for("https:"), limits=SHORT_QUIET
        )
        self._round = threading.Lock()  # two rounds at once would send each letter twice for no reason

    def deliver_due(self) -> int:
        """Send what is due, unless held; the number of webhooks that were accepted."""
        return 0 if self._is_held() else self._deliver(until=self._clock.time())

    def deliver_all(self) -> int:
        """Send everything that waits, due or not, held or not; the number that were accepted."""
        return self._deliver(until=None)

    def pending(self) -> int:
        """How many webhooks have not been accepted yet."""
        with self._database.reading() as session:
            waiting = select(func.count()).select_from(Delivery).where(Delivery.delivered_at.is_(None))
            return session.scalar(waiting) or 0

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _deliver(self, *, until: float | None) -> int:
        with self._round:
            return sum(self._sent(letter) for letter in self._letters(until))

    def _letters(self, until: float | None) -> list[_Letter]:
        waiting = select(Delivery).where(Delivery.delivered_at.is_(None)).order_by(Delivery.due_at)
        if until is not None:
            waiting = waiting.where(Delivery.due_at <= until).limit(_BATCH)
        with self._database.reading() as session:
            return [_Letter(row.id, row.event, row.url, row.content, row.attempts) for row in session.scalars(waiting)]

    def _sent(self, letter: _Letter) -> bool:
        accepted = self._accepted(letter)
        now = self._clock.time()
        with self._database.writing() as session:
            row = session.get_one(Delivery, letter.id)
            row.attempts += 1
            if accepted:
                row.delivered_at = now
            else:
                row.due_at = now + min(_FIRST_WAIT_SECONDS * 2**letter.attempts, _LONGEST_WAIT_SECONDS)
        return accepted

    def _accepted(self, letter: _Letter) -> bool:
        now = datetime.fromtimestamp(self._clock.time(), UTC)
        fields = {
            "Content-Type": "application/json",
            "Webhook-Id": letter.event,
            "Webhook-Timestamp": str(int(now.timestamp())),
            "Webhook-Signature": self._webhook.sign(letter.event, now, letter.content),
        }
        try:
            answer = self._client.post(letter.url, content=letter.content.encode(), headers=fields)
        except httpx2.HTTPError as error:
            _LOGGER.info("webhook %s to %s was not answered: %s", letter.event, letter.url, error)
            return False
        return answer.is_success
