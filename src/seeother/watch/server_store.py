# SPDX-License-Identifier: Apache-2.0
"""A store on a ClickHouse server, which a Collector and other watches may fill too."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from seeother.settings import Settings

from .warehouse import (
    LINGER_SECONDS,
    QUIET_SECONDS,
    WRITERS,
    Encoding,
    Engine,
    Outcome,
    Progress,
    Receipts,
    Signal,
    StoreLock,
    Writer,
    login_of,
    upgrade,
)
from .warehouse.clickhouse import ClickHouseEngine

_BAR = 30  # characters


class ServerStore:
    """Tables on a server, and a folder for what came in and what is going in; ours from `__init__` to `close`."""

    def __init__(
        self,
        settings: Settings,
        *,
        report: Callable[[Progress], None] = lambda _: None,
        listening_on: str = "",
        quiet_seconds: int = QUIET_SECONDS,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        """Bring the configured store up to date, with what was there before; raises StoreError.

        `report` hears of each day that has to be read or made anew.
        """
        watch = settings.watch
        self.address = watch.store
        self.path = Path(watch.folder).expanduser().resolve()
        self._engines: list[Engine] = []
        self._listeners: list[Callable[[], None]] = []
        self._lock = StoreLock(self.path, listening_on)
        try:
            self._engines.append(ClickHouseEngine(self.address))
            done = upgrade(
                self._engines[0],
                settings.journeys,
                identity=watch.journey_id,
                login=login_of(self.address),
                cluster=watch.cluster,
                kept=(watch.keep, watch.keep_counts),
                quiet_seconds=quiet_seconds,
                report=report,
            )
            self._engines += [ClickHouseEngine(self.address) for _ in range(1, WRITERS)]
            self._writer = Writer(self._engines, self._changed, folder=self.path, linger_seconds=linger_seconds)
            self._writer.start()
        except BaseException:
            self._let_go()
            raise
        self.done = [f"applied {migration.number:04} {migration.name}" for migration in done.applied]
        self.done += ["made all rows anew for the configured journeys"] if done.refolded else []
        self.done += [f"read {done.days} days of the exporter's tables"] if done.days else []

    @property
    def receipts(self) -> Receipts:
        """Which bodies are in, of those that came by this watch."""
        return self._writer.receipts

    def submit(self, signal: Signal, encoding: Encoding, content: bytes) -> Future[Outcome]:
        """Hand over a request body; see Writer.submit."""
        return self._writer.submit(signal, encoding, content)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener`, from the writer's thread, whenever rows came in by us; returns its undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self) -> None:
        """Write what is waiting, and let go of the server and the folder."""
        self._writer.close()
        self._let_go()

    def _let_go(self) -> None:
        for engine in self._engines:
            engine.close()
        self._lock.release()

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def progress_bar(progress: Progress) -> str:
    """How far it is, in one line."""
    filled = _BAR * progress.done // progress.total
    return f"[{'#' * filled}{'.' * (_BAR - filled)}] {progress.day}, day {progress.done + 1} of {progress.total}"
