# SPDX-License-Identifier: Apache-2.0
"""Runs the errands to the inventory: at once where they are written down, and again until they are done."""

import json
import logging

from sqlalchemy import func, select

from seeother.clock import Clock
from seeother.telemetry import resume
from seeother_shop.database import Database

from .stockroom import Stockroom, UnreachableError
from .tables import Errand

_LOGGER = logging.getLogger(__name__)
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0


class Errands:
    """The queue of errands in the storefront's own database; the inventory takes each as often as it comes."""

    def __init__(self, database: Database, stockroom: Stockroom, clock: Clock) -> None:
        """Read the queue from `database` and tell the inventory through `stockroom`."""
        self._database = database
        self._stockroom = stockroom
        self._clock = clock

    def run(self, order_id: str) -> None:
        """Run the errand of one order now; if it fails it stays in the queue."""
        with self._database.reading() as session:
            errand = session.get(Errand, order_id)
        if errand is not None and errand.done_at is None:
            self._attempt(errand)

    def run_due(self) -> None:
        """Run every errand whose time has come, each for the journey that it was written down in."""
        due = select(Errand).where(Errand.done_at.is_(None), Errand.due_at <= self._clock.time())
        with self._database.reading() as session:
            errands = session.scalars(due.order_by(Errand.due_at)).all()
        for errand in errands:
            with resume(json.loads(errand.carrier)):
                self._attempt(errand)

    def open(self) -> int:
        """How many errands are not done."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(Errand).where(Errand.done_at.is_(None))) or 0

    def _attempt(self, errand: Errand) -> None:
        try:
            if not self._stockroom.tell(errand.order_id, errand.errand):
                _LOGGER.error("the inventory refuses to %s order %s", errand.errand, errand.order_id)
            done = True
        except UnreachableError as error:
            _LOGGER.info("errand %s of order %s waits: %s", errand.errand, errand.order_id, error)
            done = False
        now = self._clock.time()
        with self._database.writing() as session:
            row = session.get(Errand, errand.order_id)
            if row is None or row.errand != errand.errand:
                return  # it was replaced meanwhile
            row.attempts += 1
            if done:
                row.done_at = now
            else:
                row.due_at = now + min(_FIRST_WAIT_SECONDS * 2**row.attempts, _LONGEST_WAIT_SECONDS)
