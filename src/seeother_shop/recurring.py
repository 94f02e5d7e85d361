# SPDX-License-Identifier: Apache-2.0
"""Work that a service does beside its requests, again and again, in a thread of its own."""

import logging
import threading
from collections.abc import Callable

_LOGGER = logging.getLogger(__name__)


class Recurring:
    """Calls `work` every so many seconds, and at once when woken; an exception is logged and the next turn comes."""

    def __init__(self, name: str, work: Callable[[], object], *, every_seconds: float) -> None:
        """Name the thread and say what it does; nothing runs before `start`."""
        self._work = work
        self._every_seconds = every_seconds
        self._turn = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin with the first turn at once."""
        self._thread.start()

    def wake(self) -> None:
        """Do not wait for the next turn."""
        self._turn.set()

    def stop(self) -> None:
        """End after the turn under way, and wait for that."""
        self._stopped.set()
        self._turn.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._turn.clear()
            try:
                self._work()
            except Exception:
                _LOGGER.exception("%s failed; it is tried again", self._thread.name)
            self._turn.wait(self._every_seconds)
