# SPDX-License-Identifier: Apache-2.0
"""A store that is open: its lock, its writer, and who wants to hear of changes."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from .address import store_address
from .arrivals import Encoding, Signal
from .lock import StoreLock
from .migrate import Migration, migrate, read_migrations
from .port import Engine
from .writer import LINGER_SECONDS, Outcome, Writer


class Store:
    """The tables in one folder, owned by this process from `__init__` to `close`."""

    def __init__(
        self,
        path: Path,
        open_engine: Callable[[Path], Engine],
        *,
        listening_on: str = "",
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        """Take the lock, open the engine, bring the tables up to date; raises StoreError."""
        self.path = path
        self.address = store_address(path)
        self._listeners: list[Callable[[], None]] = []
        self._lock = StoreLock(path, listening_on)
        try:
            self._engine = open_engine(path)
            try:
                self.migrated: list[Migration] = migrate(self._engine, read_migrations())
            except BaseException:
                self._engine.close()
                raise
        except BaseException:
            self._lock.release()
            raise
        self._writer = Writer(self._engine, self._changed, linger_seconds=linger_seconds)
        self._writer.start()

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
        self._engine.close()
        self._lock.release()

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()
