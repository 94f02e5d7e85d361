# SPDX-License-Identifier: Apache-2.0
"""Keeps claims ours while their applications run: one thread for all claims of the process.

A renewal that fails is tried again when the next is due; without any the claim becomes unknown at the end of its lease.
"""

import logging
import os
import threading
from contextlib import suppress
from dataclasses import dataclass

from seeother.clock import SYSTEM_CLOCK
from seeother.errors import StoreError
from seeother.ledger import Ledger
from seeother.policy import Granted

_SHARE = 3  # of a lease: two renewals may fail before it is over
_log = logging.getLogger("seeother.ledger")


@dataclass(eq=False, slots=True)
class Renewal:
    """One claim that is renewed each third of its lease (seconds)."""

    ledger: Ledger
    granted: Granted
    lease: float
    due: float


class Renewals:
    """The claims that are renewed, and the thread that does it; it starts with the first one."""

    def __init__(self) -> None:
        """Renew nothing yet."""
        self.reborn()

    def reborn(self) -> None:
        """Begin anew, as a forked child must: the thread stays with the parent."""
        self._held: set[Renewal] = set()
        self._changed = threading.Condition(threading.Lock())
        self._thread: threading.Thread | None = None
        self._next: float | None = None  # when the thread will look again; None while it waits for a first claim

    def begin(self, ledger: Ledger, granted: Granted, lease: float) -> Renewal:
        """Renew this claim from now on."""
        renewal = Renewal(ledger, granted, lease, SYSTEM_CLOCK.monotonic() + lease / _SHARE)
        with self._changed:
            self._held.add(renewal)
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="seeother-renewals", daemon=True)
                with suppress(RuntimeError):  # no thread to be had: the lease alone must do
                    thread.start()
                    self._thread = thread
            elif self._next is None or renewal.due < self._next:
                self._changed.notify()
        return renewal

    def end(self, renewal: Renewal) -> None:
        """Renew it no longer; a renewal under way does no harm, for a settled claim is not renewed."""
        with self._changed:
            self._held.discard(renewal)

    def _work(self) -> None:
        while True:
            for renewal in self._due():
                try:
                    is_ours = renewal.ledger.renew(renewal.granted, renewal.lease)
                except StoreError:
                    is_ours = True  # as far as we know
                except Exception:  # noqa: BLE001 - the thread must live: it renews the claims of all ledgers
                    _log.exception("a claim could not be renewed, and is tried again")
                    is_ours = True
                renewal.due = SYSTEM_CLOCK.monotonic() + renewal.lease / _SHARE
                if not is_ours:
                    self.end(renewal)

    def _due(self) -> list[Renewal]:
        """Wait until some are due."""
        with self._changed:
            while True:
                now = SYSTEM_CLOCK.monotonic()
                due = [renewal for renewal in self._held if renewal.due <= now]
                if due:
                    return due
                self._next = min([renewal.due for renewal in self._held], default=None)
                self._changed.wait(None if self._next is None else self._next - now)


RENEWALS = Renewals()
os.register_at_fork(after_in_child=RENEWALS.reborn)
