# SPDX-License-Identifier: Apache-2.0
"""Reads what a Collector had stored before watch came, in a thread, while watch answers already."""

from collections.abc import Callable
from logging import getLogger
from threading import Event, Thread

from seeother.errors import StoreError

from .warehouse import QUIET_SECONDS, Progress, backfill
from .warehouse.clickhouse import ClickHouseEngine

_GRACE_SECONDS = 10  # for a statement under way; then it is left to the server, and its day is mended at the next start
_BAR = 30  # characters of the bar

_log = getLogger(__name__)


class OldRows:
    """One reading, from `start` to its end or `close`."""

    def __init__(self, address: str, show: Callable[[str], None], *, quiet_seconds: int = QUIET_SECONDS) -> None:
        """Read in the store on a server at `address`; `show` hears how far it is."""
        self._address = address
        self._show = show
        self._quiet_seconds = quiet_seconds
        self._closing = Event()
        self._thread = Thread(target=self._run, name="watch-old-rows", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Until it has ended, or so long."""
        self._thread.join(seconds)

    def stop(self) -> None:
        """Have it end at the next opportunity; the next reading goes on there."""
        self._closing.set()

    def close(self) -> None:
        """Have it end, and give it a while for that."""
        self.stop()
        self.wait(_GRACE_SECONDS)

    def _run(self) -> None:
        try:
            engine = ClickHouseEngine(self._address)
            try:
                days = backfill(engine, self._report, quiet_seconds=self._quiet_seconds)
            finally:
                engine.close()
        except _ClosingError:
            pass
        except StoreError:
            _log.exception("reading old rows has stopped; it goes on when watch is started again")
        else:
            if days:
                self._show(f"read {days} days of the exporter's tables")

    def _report(self, progress: Progress) -> None:
        if self._closing.is_set():
            raise _ClosingError
        self._show(progress_bar(progress))


class _ClosingError(Exception):
    """There is no time for more."""


def progress_bar(progress: Progress) -> str:
    """How far it is, in one line."""
    filled = _BAR * progress.done // progress.total
    return f"[{'#' * filled}{'.' * (_BAR - filled)}] {progress.day}, day {progress.done + 1} of {progress.total}"
