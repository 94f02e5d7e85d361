# SPDX-License-Identifier: Apache-2.0
"""Which request bodies are in: the digest of each, for a quarter of an hour, also across restarts.

A sender whose answer got lost sends the body again (OTLP 1.11, "Failures"), alone or in other company; here it is
recognised. Digests live in two files, of which the older goes when the younger has lasted its time. Time that nobody
was there to answer does not count: whoever was cut off by a kill comes back to the next process, however late that is.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from struct import Struct

from blake3 import blake3

from seeother.clock import SYSTEM_CLOCK, Clock

from .arrivals import Encoding, Signal

DIGEST_BYTES = 16
KEPT_SECONDS = 15 * 60
LIMIT = 1 << 20  # digests a file: about 150 MB of memory; more come in only above 1,100 bodies a second
_RECORD = Struct(f"<{DIGEST_BYTES}sII")  # digest, seconds since the epoch, records that were refused


def digest_of(signal: Signal, encoding: Encoding, content: bytes) -> bytes:
    """What a body is known by: BLAKE3, for the event loop waits for it (a quarter of what SHA-256 takes)."""
    digest = blake3(f"{signal} {encoding}\n".encode())
    digest.update(content)
    return digest.digest(DIGEST_BYTES)


class Receipts:
    """The digests in a folder's two files; for one thread at a time."""

    def __init__(self, folder: Path, clock: Clock = SYSTEM_CLOCK, *, limit: int = LIMIT) -> None:
        """Read what the last process left."""
        self._clock = clock
        self._limit = limit
        self._young_path, self._old_path = folder / "receipts.young", folder / "receipts.old"
        old, young = _read(self._old_path), _read(self._young_path)
        newest = max([seconds for _, seconds, _ in (*old, *young)], default=0)
        away = max(int(clock.time()) - newest, 0)
        self._old, self._young = _known(old, away), _known(young, away)
        self._born = min([_time_of(value) for value in self._young.values()], default=int(clock.time()))
        self._file = _opened(self._young_path)

    def find(self, digest: bytes) -> int | None:
        """How many records of the body with this digest were refused when it came in; None: it is not known."""
        value = self._young.get(digest)
        if value is None:
            value = self._old.get(digest)
        if value is None or self._clock.time() - _time_of(value) > KEPT_SECONDS:
            return None
        return value & 0xFFFFFFFF

    def add(self, bodies: Iterable[tuple[bytes, int]]) -> None:
        """Remember bodies that are in: their digests, and how many records of each were refused.

        Raises OSError when the disk takes no more; until the end of the process they are known all the same.
        """
        now = int(self._clock.time())
        try:
            if now - self._born > KEPT_SECONDS or len(self._young) >= self._limit:
                self._turn(now)
        finally:
            records: list[bytes] = []
            for digest, rejected in bodies:
                self._young[digest] = now << 32 | rejected
                records.append(_RECORD.pack(digest, now, rejected))
        os.write(self._file, b"".join(records))
        _cut(self._file)

    def clear(self) -> None:
        """Forget all: what was taken out of the tables by hand may come again."""
        self._old = {}
        self._young = {}
        self._old_path.unlink(missing_ok=True)
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _turn(self, now: int) -> None:
        """The young become the old."""
        newest = self._young_path.with_suffix(".new")
        file = _opened(newest)  # first: on a full disk all stays as it is
        self._young_path.replace(self._old_path)
        newest.replace(self._young_path)
        os.close(self._file)
        self._old, self._young, self._born, self._file = self._young, {}, now, file


def _opened(path: Path) -> int:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    _cut(file)
    return file


def _cut(file: int) -> None:
    """Take off half a record that a kill or a full disk has left: what comes behind it could not be read."""
    size = os.fstat(file).st_size
    if size % _RECORD.size:
        os.ftruncate(file, size - size % _RECORD.size)


def _read(path: Path) -> list[tuple[bytes, int, int]]:
    content = path.read_bytes() if path.exists() else b""
    whole = content[: len(content) - len(content) % _RECORD.size]
    return list(_RECORD.iter_unpack(whole))


def _known(records: Iterable[tuple[bytes, int, int]], away: int) -> dict[bytes, int]:
    return {digest: (seconds + away) << 32 | rejected for digest, seconds, rejected in records}


def _time_of(value: int) -> int:
    return value >> 32
