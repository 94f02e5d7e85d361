# SPDX-License-Identifier: Apache-2.0
"""A store on a ClickHouse server, which a Collector and other watches may fill too."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

from seeother.settings import Settings

from .old_rows import OldRows
from .warehouse import (
    LINGER_SECONDS,
    QUIET_SECONDS,
    WRITERS,
    Encoding,
    Engine,
    Outcome,
    Progress,
    Receipts,
    Recounter,
    Signal,
    StoreLock,
    Writer,
    login_of,
    upgrade,
)
from .warehouse.clickhouse import ClickHouseEngine

_LOOK_SECONDS = 1.0  # between looks for rows that others have brought
# By how much rows may be late on a cluster, whose machines number them each on its own: most, and those that are looked
# for once a day.
_LATE = timedelta(hours=1), timedelta(days=7)
_ON_TIME = timedelta(0), timedelta(0)


class ServerStore:
    """Tables on a server, and a folder for what came in and what is going in; ours from `__init__` to `close`."""

    def __init__(
        self,
        settings: Settings,
        *,
        report: Callable[[Progress], None] = lambda _: None,
        listening_on: str = "",
        reads_first: bool = True,
        quiet_seconds: int = QUIET_SECONDS,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        """Bring the configured store up to date; raises StoreError.

        What was there before is read now, or when `read_old_rows` is called; `report` hears of each day that is read
        or made anew.
        """
        watch = settings.watch
        self.address = watch.store
        self.path = Path(watch.folder).expanduser().resolve()
        self._engines: list[Engine] = []
        self._listeners: list[Callable[[], None]] = []
        self._old_rows: OldRows | None = None
        self._recounter: Recounter | None = None
        self._reads_later = not reads_first and watch.cluster is None
        self._quiet_seconds = quiet_seconds
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
                quiet_seconds=quiet_seconds if reads_first else None,
                report=report,
            )
            self._engines += [ClickHouseEngine(self.address) for _ in range(1, WRITERS)]
            self._writer = Writer(self._engines, self._changed, folder=self.path, linger_seconds=linger_seconds)
            self._writer.start()
            self._engines.append(ClickHouseEngine(self.address))
            late = _ON_TIME if watch.cluster is None else _LATE
            self._recounter = Recounter(
                self._engines[-1], settings.journeys, self._changed, kept=watch.keep, late=late,
                look_seconds=_LOOK_SECONDS,
            )  # fmt: skip
            self._recounter.start()
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

    @property
    def counted(self) -> int | None:
        """As of when it is counted what came after, microseconds since the epoch; None when it is not."""
        return None if self._recounter is None else self._recounter.counted

    def submit(self, signal: Signal, encoding: Encoding, content: bytes) -> Future[Outcome]:
        """Hand over a request body; see Writer.submit."""
        return self._writer.submit(signal, encoding, content)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener`, from the writer's thread, whenever rows came in by us; returns its undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def settle(self) -> None:
        """Return when everything is counted that is in."""
        if self._recounter is not None:
            self._recounter.settle()

    def read_old_rows(self, show: Callable[[str], None]) -> None:
        """Begin to read what was there before, if that was not done first; `show` hears how far it is."""
        if self._reads_later:
            self._old_rows = OldRows(self.address, show, quiet_seconds=self._quiet_seconds)
            self._old_rows.start()

    def close(self) -> None:
        """Write what is waiting, and let go of the server and the folder."""
        if self._old_rows is not None:
            self._old_rows.close()
        self._writer.close()
        if self._recounter is not None:
            self._recounter.close()
        self._let_go()

    def _let_go(self) -> None:
        for engine in self._engines:
            engine.close()
        self._lock.release()

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()
