# SPDX-License-Identifier: Apache-2.0
"""A ledger in a SQLite file: the default, safe across threads and processes of one machine.

`synchronous = FULL`, because a claim that a power cut forgets lets its action run twice; `normal` survives the death of
the process but not always that of the machine, and waits for no disk. Whoever waits at the same time shares one commit
(`sqlite_writer.py`), so FULL costs less the more is going on. Its time does not jump with the wall clock
(`sqlite_time.py`).
"""

import os
import sqlite3
import threading
import weakref
from pathlib import Path
from typing import Literal

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.message import Response
from seeother.policy import Doubt, Granted, LedgerKey, Verdict

from .port import UNKNOWN_SECONDS, AsyncLedger
from .sqlite_errand import PURGE_ROWS, Errands, Work
from .sqlite_file import SQL, LedgerFile
from .sqlite_time import boot_of
from .sqlite_writer import Writer

CLAIM_SECONDS = 0.16  # how long a claim waits for the disk and for other processes; its answer is due in 250 ms

_LEDGERS: "weakref.WeakSet[SQLiteLedger]" = weakref.WeakSet()
_SUSPENDED: "list[SQLiteLedger]" = []  # while a fork is under way


class SQLiteLedger:
    """Keys and answers in one table of one file; one connection reads, a thread with another one writes."""

    blocking = True

    def __init__(
        self,
        path: str | Path,
        *,
        clock: Clock = SYSTEM_CLOCK,
        keep_unknown: float = UNKNOWN_SECONDS,
        synchronous: Literal["full", "normal"] = "full",
        patience: float = CLAIM_SECONDS,
        boot: str | None = None,
    ) -> None:
        """Create or open the file; raises StoreError or SettingsError with the cure when that cannot be.

        A claim waits up to `patience` seconds for the disk and for other processes; what ends one waits for longer.
        `boot` names what the clock's monotonic time counts from; the machine's clock knows by itself.
        """
        self._file = LedgerFile(Path(path).absolute(), synchronous)
        self._errands = Errands(keep_unknown, patience)
        self._reading = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None  # of the file that is open
        self._time = self._file.prepare(clock, boot_of(clock) if boot is None else boot)
        self._writer = Writer(self._file, self._time)
        self._awaited = _Awaited(self._errands, self._writer)
        _LEDGERS.add(self)

    @property
    def awaitable(self) -> AsyncLedger:
        """The same ledger for an event loop."""
        return self._awaited

    def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands; `rerun` takes an unknown one too."""
        errand = self._errands.claim(key, fingerprint, lease, rerun=rerun)
        look, errand.look = errand.look, None
        verdict = None if look is None else self._looked(look)
        return self._writer.done(errand) if verdict is None else verdict

    def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now; False when it is no longer ours or no longer running."""
        return self._writer.done(self._errands.renew(granted, lease))

    def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds; False, and nothing changed, when the claim is no longer ours."""
        return self._writer.done(self._errands.settle(granted, answer, keep))

    def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened; False when the claim is no longer ours."""
        return self._writer.done(self._errands.release(granted))

    def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown; False when the claim is no longer ours."""
        return self._writer.done(self._errands.abandon(granted))

    def unknown(self, most: int, *, grace: float = 0.0, after: Doubt | None = None) -> list[Doubt]:
        """At most so many claims whose outcome is unknown, oldest first."""
        now = self._time.now()
        values = {"now": now, "until": now - grace, "after": 0 if after is None else after.granted.token, "most": most}
        with self._reading, self._file.told():
            rows = self._opened().execute(SQL.unknown, values).fetchall()
        by_wall = self._time.wall_ahead()
        return [Doubt(Granted(LedgerKey(scope, key), token), since + by_wall) for token, scope, key, since in rows]

    def clear(self, granted: Granted) -> bool:
        """Free a key of unknown outcome, for nothing happened; False when it is not unknown."""
        return self._writer.done(self._errands.clear(granted))

    def purge(self) -> int:
        """Forget what has had its time; returns how many keys that were."""
        count = 0
        while True:
            gone = self._writer.done(self._errands.purge())
            count += gone
            if gone < PURGE_ROWS:
                return count

    def close(self) -> None:
        """Close the file; calls under way end first."""
        self._writer.close()
        with self._reading:
            self._disconnect()

    def suspend(self) -> None:
        """Close both connections, once transactions under way have ended, and keep everyone out until `resume`."""
        self._reading.acquire()
        self._disconnect()
        self._writer.suspend()

    def resume(self, *, reborn: bool = False) -> None:
        """Let calls in again; the first opens the file anew. In a child (`reborn`) nobody waits for one any more."""
        if reborn:
            self._writer.reborn()
        else:
            self._writer.resume()
        self._reading.release()

    def _looked(self, look: Work[Verdict | None]) -> Verdict | None:
        """What a look tells, in the caller's own thread, so that a replay waits for nobody's commit."""
        with self._reading:
            try:
                return look(self._opened(), self._time.now())
            except sqlite3.Error:
                self._disconnect()
                return None  # the writer will tell what is wrong

    def _opened(self) -> sqlite3.Connection:
        if self._reader is not None and self._file.identity() != self._identity:
            self._disconnect()
        if self._reader is None:
            self._reader = self._file.connect()
            self._identity = self._file.identity()
        return self._reader

    def _disconnect(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


class _Awaited:
    """The calls of an event loop: what comes in one turn of it goes into one commit, and back in one turn."""

    __slots__ = ("_errands", "_writer")

    def __init__(self, errands: Errands, writer: Writer) -> None:
        self._errands = errands
        self._writer = writer

    async def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        return await self._writer.awaited(self._errands.claim(key, fingerprint, lease, rerun=rerun))

    async def renew(self, granted: Granted, lease: float) -> bool:
        return await self._writer.awaited(self._errands.renew(granted, lease))

    async def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        return await self._writer.awaited(self._errands.settle(granted, answer, keep))

    async def release(self, granted: Granted) -> bool:
        return await self._writer.awaited(self._errands.release(granted))

    async def abandon(self, granted: Granted) -> bool:
        return await self._writer.awaited(self._errands.abandon(granted))


def _before_fork() -> None:
    """An open SQLite connection must not be carried across a fork: its locks stay with the parent."""
    for ledger in sorted(_LEDGERS, key=id):
        ledger.suspend()
        _SUSPENDED.append(ledger)


def _after_fork() -> None:
    while _SUSPENDED:
        _SUSPENDED.pop().resume()


def _in_child() -> None:
    while _SUSPENDED:
        _SUSPENDED.pop().resume(reborn=True)


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
