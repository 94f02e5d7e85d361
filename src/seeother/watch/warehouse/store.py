# SPDX-License-Identifier: Apache-2.0
"""A store that is open: its lock, its writer, and who wants to hear of changes."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

from seeother.journey import Journey

from .address import store_address
from .arrivals import Encoding, Signal
from .exporter import EXPORTER_NUMBERS
from .fold import Progress, fold
from .lock import StoreLock
from .migrate import Migration, migrate, read_migrations
from .port import Engine
from .receipts import Receipts
from .retention import COUNT_DAYS, RAW_DAYS, keep
from .routes import SESSION
from .writer import LINGER_SECONDS, Outcome, Writer

WRITERS = 2  # threads with a connection each: the engine lets them work at the same time


class Store:
    """The tables in one folder, owned by this process from `__init__` to `close`."""

    def __init__(
        self,
        path: Path,
        open_engine: Callable[[Path], Engine],
        *,
        journeys: Iterable[Journey] | None = None,
        identity: str = SESSION,
        kept: tuple[timedelta, timedelta] = (RAW_DAYS, COUNT_DAYS),
        report: Callable[[Progress], None] = lambda _: None,
        listening_on: str = "",
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        """Take the lock, open the engine, bring tables and rows up to date; raises StoreError.

        Rows follow the `journeys` (None: those of last time) and, where no guard is, the attribute `identity`; when
        they have to be made anew, `report` hears of each day. Raw rows and counts are `kept` for so long.
        """
        self.path = path
        self.address = store_address(path)
        self._engines: list[Engine] = []
        self._listeners: list[Callable[[], None]] = []
        self._lock = StoreLock(path, listening_on)
        try:
            self._engines.append(open_engine(path))
            self.migrated: list[Migration] = migrate(self._engines[0], read_migrations(), optional=EXPORTER_NUMBERS)
            keep(self._engines[0], *kept)
            if journeys is not None:
                fold(self._engines[0], journeys, identity=identity, report=report)
            self._engines += [open_engine(path) for _ in range(1, WRITERS)]
            self._writer = Writer(self._engines, self._changed, folder=path, linger_seconds=linger_seconds)
            self._writer.start()
        except BaseException:
            self._let_go()
            raise

    @property
    def receipts(self) -> Receipts:
        """Which bodies are in."""
        return self._writer.receipts

    def submit(self, signal: Signal, encoding: Encoding, content: bytes) -> Future[Outcome]:
        """Hand over a request body; see Writer.submit."""
        return self._writer.submit(signal, encoding, content)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener`, from the writer's thread, whenever rows came in; returns its undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self) -> None:
        """Write what is waiting, close the engine and give the lock back."""
        self._writer.close()
        self._let_go()

    def _let_go(self) -> None:
        for engine in self._engines:
            engine.close()
        self._lock.release()

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()
