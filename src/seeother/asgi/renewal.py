# SPDX-License-Identifier: Apache-2.0
"""Keeps a claim ours while its application runs: a timer of the event loop, and a task only when it goes off.

A renewal that fails is tried again when the next is due; without any the claim becomes unknown at the end of its lease.
"""

import asyncio
import logging

from seeother.errors import StoreError
from seeother.ledger import Ledger
from seeother.policy import Granted

_SHARE = 3  # of a lease: two renewals may fail before it is over
_log = logging.getLogger("seeother.ledger")


class Renewal:
    """The renewals of one claim, each third of its lease (seconds), from now until `stop`."""

    __slots__ = ("_granted", "_lease", "_ledger", "_loop", "_task", "_timer")

    def __init__(self, ledger: Ledger, granted: Granted, lease: float) -> None:
        """Begin; must be called on an event loop."""
        self._ledger = ledger
        self._granted = granted
        self._lease = lease
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = self._loop.call_later(lease / _SHARE, self._due)

    def stop(self) -> None:
        """End; a renewal under way is let go, for the claim may be settled meanwhile without harm."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._task = self._loop.create_task(self._asked())

    async def _asked(self) -> None:
        try:
            is_ours = await self._ledger.awaitable.renew(self._granted, self._lease)
        except StoreError:
            is_ours = True  # as far as we know
        except Exception:  # noqa: BLE001 - a claim that is not renewed is somebody else's before its action has ended
            _log.exception("a claim could not be renewed, and is tried again")
            is_ours = True
        if is_ours:
            self._again()

    def _again(self) -> None:
        if self._timer is not None:
            self._timer = self._loop.call_later(self._lease / _SHARE, self._due)
