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
from .follower import FOLLOW_SECONDS, Follower
from .following import attached
from .lane import Outcome
from .lock import StoreLock
from .migrate import Migration, migrate, read_migrations
from .port import Engine
from .receipts import Receipts
from .recounter import Recounter
from .retention import COUNT_DAYS, RAW_DAYS, keep
from .routes import SESSION
from .writer import LINGER_SECONDS, Writer

WRITERS = 2  # threads with a connection each: the engine lets them work at the same time


class Store:
    """The tables in one folder, owned by this process from `__init__` to `close`."""

    def __init__(  # noqa: PLR0913 - each of them is set on its own
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
        follow_seconds: float | None = FOLLOW_SECONDS,
    ) -> None:
        """Take the lock, open the engine, bring tables and rows up to date; raises StoreError.

        Rows follow the `journeys` (None: those of last time) and, where no guard is, the attribute `identity`; when
        they have to be made anew, `report` hears of each day. Raw rows and counts are `kept` for so long. What follows
        from raw rows is there `follow_seconds` after their acknowledgement, or (None) before it, by views. Of the
        `journeys`, what came after is counted soon after that.
        """
        self.path = path
        self.address = store_address(path)
        self._engines: list[Engine] = []
        self._listeners: list[Callable[[], None]] = []
        self._recounter: Recounter | None = None
        self._lock = StoreLock(path, listening_on)
        try:
            self._engines.append(open_engine(path))
            self.migrated: list[Migration] = migrate(self._engines[0], read_migrations(), optional=EXPORTER_NUMBERS)
            keep(self._engines[0], *kept)
            self._follower = self._followed(follow_seconds)
            journeys = None if journeys is None else tuple(journeys)
            if journeys is not None:
                fold(self._engines[0], journeys, identity=identity, report=report)
            writing = [open_engine(path) for _ in range(WRITERS)]
            self._engines += writing
            heard = self._came if self._follower is None else self._follower.wake
            self._writer = Writer(writing, heard, folder=path, linger_seconds=linger_seconds)
            self._writer.start()
            if self._follower is not None:
                self._follower.start()
            if journeys is not None:
                self._engines.append(open_engine(path))
                is_fed = (lambda: True) if self._follower is None else self._follower.has_followed
                self._recounter = Recounter(self._engines[-1], journeys, self._changed, kept=kept[0], is_fed=is_fed)
                self._recounter.start()
        except BaseException:
            self._let_go()
            raise

    @property
    def receipts(self) -> Receipts:
        """Which bodies are in."""
        return self._writer.receipts

    @property
    def counted(self) -> int | None:
        """As of when it is counted what came after, microseconds since the epoch; None when it is not."""
        return None if self._recounter is None else self._recounter.counted

    def submit(self, signal: Signal, encoding: Encoding, content: bytes) -> Future[Outcome]:
        """Hand over a request body; see Writer.submit."""
        return self._writer.submit(signal, encoding, content)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener`, from the writer's thread, whenever rows came in; returns its undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def settle(self) -> None:
        """Return when everything has followed from what was acknowledged before, and is counted."""
        if self._follower is not None:
            self._follower.settle()
        if self._recounter is not None:
            self._recounter.settle()

    def close(self) -> None:
        """Write what is waiting, close the engine and give the lock back."""
        self._writer.close()
        if self._follower is not None:
            self._follower.close()
        if self._recounter is not None:
            self._recounter.close()
        self._let_go()

    def _followed(self, seconds: float | None) -> Follower | None:
        """Who brings up to date what follows from raw rows; nobody where views do it."""
        path = self.path / "follower.json"
        follower = Follower(self._engines[0], path, self._came, seconds=seconds or 0)
        if seconds is not None:
            follower.take_over()
            return follower
        if path.exists() or not attached(self._engines[0]):
            follower.hand_back()
        return None

    def _let_go(self) -> None:
        for engine in self._engines:
            engine.close()
        self._lock.release()

    def _came(self) -> None:
        if self._recounter is not None:
            self._recounter.wake()
        self._changed()

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()
