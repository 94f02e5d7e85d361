# SPDX-License-Identifier: Apache-2.0
"""Looks into actions of which nobody knows how they ended, and ends them in the ledger.

Whoever knows is asked: the provider by the action's derived key, or the application's own tables. A route's
`reconcile` is asked when a duplicate comes; this is for those of which none does.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator

from seeother.errors import StoreError
from seeother.message import Response
from seeother.policy import Doubt, Outcome

from .port import Ledger

_KEEP_SECONDS = 24 * 3600.0  # as an answer that came by itself
_GRACE_SECONDS = 60.0  # a late owner may still come back and end it
_MOST = 1000  # doubts at a time
_log = logging.getLogger("seeother.ledger")


class Reconciler:
    """Asks `look` about every unknown outcome of a ledger.

    It says an answer, which is given to duplicates from then on; `Outcome.NOTHING_HAPPENED`, which is a promise and
    frees the key; or `Outcome.STILL_UNKNOWN`. What it raises is logged, and it is asked again the next time.
    """

    def __init__(
        self,
        ledger: Ledger,
        look: Callable[[Doubt], Response | Outcome | Awaitable[Response | Outcome]],
        *,
        keep: float = _KEEP_SECONDS,
        grace: float = _GRACE_SECONDS,
    ) -> None:
        """Leave doubts alone that are younger than `grace` seconds; remember answers for `keep` seconds."""
        self._ledger = ledger
        self._look = look
        self._keep = keep
        self._grace = grace

    def reconcile(self) -> int:
        """Ask about every doubt once; returns how many were ended. For a `look` that blocks."""
        ended = 0
        for doubt in self._doubts():
            try:
                found = self._look(doubt)
            except Exception:  # noqa: BLE001 - the application's own; it is told, and asked again
                _log.exception("what became of %s cannot be told", doubt.granted.key.scope)
                continue
            if not isinstance(found, (Response, Outcome)):
                raise TypeError(f"{self._look!r} is for `areconcile`")
            ended += self._ended(doubt, found)
        return ended

    async def areconcile(self) -> int:
        """`reconcile` on an event loop, for either kind of `look`; the ledger is asked in a thread."""
        ended = 0
        doubts = self._doubts()
        while (doubt := await asyncio.to_thread(next, doubts, None)) is not None:
            try:
                found = self._look(doubt)
                if isinstance(found, Awaitable):
                    found = await found
            except Exception:  # noqa: BLE001 - as above
                _log.exception("what became of %s cannot be told", doubt.granted.key.scope)
                continue
            ended += await asyncio.to_thread(self._ended, doubt, found)
        return ended

    def run(self, stopped: threading.Event, *, every: float = 30.0) -> None:
        """Reconcile each `every` seconds until `stopped` is set; a ledger that is away is told."""
        while not stopped.is_set():
            try:
                self.reconcile()
            except StoreError:
                _log.exception("the ledger could not be asked for unknown outcomes, and is asked again")
            stopped.wait(every)

    def _doubts(self) -> Iterator[Doubt]:
        """Those that are old enough, by the ledger's clock; what stays unknown is passed on the way to the younger."""
        last: Doubt | None = None
        while some := self._ledger.unknown(_MOST, grace=self._grace, after=last):
            yield from some
            last = some[-1]

    def _ended(self, doubt: Doubt, found: Response | Outcome) -> bool:
        if isinstance(found, Response):
            return self._ledger.settle(doubt.granted, found, self._keep)
        return found is Outcome.NOTHING_HAPPENED and self._ledger.clear(doubt.granted)
