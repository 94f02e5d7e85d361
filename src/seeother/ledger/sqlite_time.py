# SPDX-License-Identifier: Apache-2.0
"""The time of a ledger in a file: one for all processes of the machine, and it does not jump.

The wall clock is shared and survives a restart, but jumps when it is set: ahead, an answer is forgotten early and its
action runs twice; back, a dead claim blocks its key for longer. The monotonic clock does not jump, but begins anew with
each boot. So the file holds, for each boot, how far the wall clock was ahead of the monotonic one when the ledger was
first opened in it, and all processes of that boot go by this.
"""

import sqlite3
from pathlib import Path

from seeother.clock import SYSTEM_CLOCK, Clock

BOOTS = "CREATE TABLE boot (id TEXT PRIMARY KEY, ahead REAL NOT NULL) WITHOUT ROWID"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/time")  # within another one the monotonic clock has another beginning


class LedgerTime:
    """Seconds since the Unix epoch as the ledger counts them."""

    __slots__ = ("_ahead", "_clock")

    def __init__(self, clock: Clock, ahead: float | None) -> None:
        """Go by the monotonic clock and this distance, or without one by the wall clock."""
        self._clock = clock
        self._ahead = ahead

    def now(self) -> float:
        """The time."""
        return self._clock.time() if self._ahead is None else self._clock.monotonic() + self._ahead

    def wall_ahead(self) -> float:
        """How far the wall clock has been set ahead of the ledger's time since then, for times that others look at."""
        return self._clock.time() - self.now()


def boot_of(clock: Clock) -> str | None:
    """What the clock's monotonic time counts from; None where nobody can tell."""
    if clock is not SYSTEM_CLOCK:
        return None
    try:
        return f"{_BOOT_ID.read_text().strip()} {_NAMESPACE.readlink() if _NAMESPACE.is_symlink() else ''}"
    except OSError:
        return None  # no Linux: the wall clock must do


def distance(connection: sqlite3.Connection, boot: str, clock: Clock) -> float:
    """How far the ledger's time is ahead of this boot's monotonic clock; settled now if this is the first opening.

    It does not begin before the last claim of an earlier boot, whatever the wall clock says after a power cut.
    """
    row = connection.execute("SELECT ahead FROM boot WHERE id = ?", (boot,)).fetchone()
    if row is None:
        last = connection.execute("SELECT since FROM claim ORDER BY token DESC LIMIT 1").fetchone()
        row = (max(clock.time(), 0.0 if last is None else last[0]) - clock.monotonic(),)
        connection.execute("INSERT INTO boot (id, ahead) VALUES (?, ?)", (boot, row[0]))
    ahead: float = row[0]
    return ahead
