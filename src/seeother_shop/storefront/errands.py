# SPDX-License-Identifier: Apache-2.0
"""Runs the errands that orders have written down: at once, and again until they are done.

They are letters in the outbox of `seeother.ledger.once`, committed with whatever caused them.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypedDict

from seeother.clock import Clock
from seeother.ledger import Delivery, Letter, Outbox, UndeliverableError
from seeother.telemetry import resume
from seeother_shop.database import Database
from seeother_shop.recurring import Recurring

from .clerk import Clerk
from .tables import Errand

_LOGGER = logging.getLogger(__name__)
_EVERY_SECONDS = 1.0  # how late a repeated errand may be
_PATIENCE_SECONDS = 3.0  # how long a person is kept waiting for errands; what is not done by then is done without them
_HANDS = 8  # errands at once; while somebody else is slow, as many calls to them are out
# A person may wait for each, and the breaker keeps them from being too many. After some seven hours somebody must look;
# the provider keeps a key for a day, so until then a capture that is asked for again is the same one.
_DELIVERY = Delivery(first_wait=0.5, longest_wait=5.0, attempts=6000)
_MOST = 10_000  # that many are counted


def open_errands(database: Database) -> int:
    """How many commits and releases the inventory has not heard yet, those included that nobody tries any more.

    `database` is the storefront's; it is only read.
    """
    outbox = Outbox(database.readers, _leave)
    letters = (*outbox.waiting(_MOST), *outbox.dead(_MOST))
    return sum(letter.kind in {Errand.COMMIT, Errand.RELEASE} for letter in letters)


def _leave(letter: Letter) -> None:
    """Deliver nothing."""
    raise NotImplementedError(letter.kind)


class Note(TypedDict):
    """What an errand says: the order it is about, and the exchange that caused it."""

    order: str
    carrier: Mapping[str, str]


class Errands:
    """The storefront's errands; several processes may share them."""

    def __init__(self, database: Database, clerk: Clerk, clock: Clock) -> None:
        """Send the clerk on the errands in `database`."""
        self._clerk = clerk
        self._outbox = Outbox(database.writers, self._do, _DELIVERY, clock=clock)
        self._hands = ThreadPoolExecutor(_HANDS, "errand")
        self._rounds = Recurring("errands", self.run_due, every_seconds=_EVERY_SECONDS)

    def start(self) -> None:
        """Look for errands that are due again and again."""
        self._rounds.start()

    def stop(self) -> None:
        """End after the errands under way."""
        self._rounds.stop()
        self._hands.shutdown()

    def run_due(self) -> None:
        """Run every errand whose time has come."""
        self._outbox.deliver_due()

    def run_now(self) -> None:
        """Have them run, and wait for that, though not for long: a person waits.

        In a thread of its own: what has begun here ends there, and belongs to the order and not to this exchange.
        """
        run = self._hands.submit(self.run_due)
        run.add_done_callback(_tell)
        with suppress(Exception):  # told by the callback; the errands are still there
            run.result(_PATIENCE_SECONDS)

    def _do(self, letter: Letter) -> None:
        note: Note = letter.payload
        with resume(note["carrier"]):
            match letter.kind:
                case Errand.PREPARE:
                    self._clerk.prepare(note["order"])
                case Errand.SETTLE:
                    self._clerk.settle(note["order"])
                case errand:
                    if not self._clerk.tell(note["order"], errand):
                        refusal = f"the inventory refuses to {errand} order {note['order']}"
                        _LOGGER.error(refusal)
                        raise UndeliverableError(refusal)


def _tell(run: "Future[None]") -> None:
    error = run.exception()
    if error is not None:
        _LOGGER.error("errands could not be run; they are tried again", exc_info=error)
