# SPDX-License-Identifier: Apache-2.0
"""The batch that is being inserted, kept in a file until it is in.

An insert feeds several tables, and a process can be killed between two of them. Whoever opens the store next inserts
the same bodies under the same token, which brings what was missing and nothing twice. The file is written over, not
anew, and never synchronised: what it has to outlive is the process, not the machine's power.
"""

import os
from collections.abc import Sequence
from logging import getLogger
from pathlib import Path
from struct import Struct
from zlib import crc32

from .arrivals import Body, Encoding, Signal
from .receipts import DIGEST_BYTES, digest_of

_HEAD = Struct("<8sIII")  # mark, how often it was taken up again, number of bodies, checksum of the table of them
_ENTRY = Struct(f"<QBBQ{DIGEST_BYTES}s")  # number, signal, encoding, length, digest
_MARK = b"seebatch"
_NONE = bytes(len(_MARK))
_TAKEN_BYTES = 4
_KEPT_BYTES = 32 << 20  # of the file's length; what one large body needs is not kept for ever
_BUFFERS = 512  # in one call of the system, which takes 1024
_SIGNALS, _ENCODINGS = tuple(Signal), tuple(Encoding)

_log = getLogger(__name__)


class Journal:
    """One writer's file."""

    def __init__(self, path: Path) -> None:
        """Open or make it."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, bodies: Sequence[Body], digests: Sequence[bytes]) -> None:
        """Remember these bodies instead of any before."""
        table = b"".join([_entry(body, digest) for body, digest in zip(bodies, digests, strict=True)])
        parts = [_HEAD.pack(_MARK, 0, len(bodies), crc32(table)), table, *[body.content for body in bodies]]
        os.lseek(self._file, 0, os.SEEK_SET)
        views = [memoryview(part) for part in parts if part]
        for first in range(0, len(views), _BUFFERS):
            _write_all(self._file, views[first : first + _BUFFERS])

    def clear(self) -> None:
        """Forget them: they are in, or refused."""
        os.pwrite(self._file, _NONE, 0)
        if os.fstat(self._file).st_size > _KEPT_BYTES:
            os.ftruncate(self._file, 0)

    def take_up(self) -> list[Body]:
        """The bodies that a process before left behind; none when its file ends early, for their insert never began.

        They are given out once: if they are what killed the process, they must not kill each that follows.
        """
        head = os.pread(self._file, _HEAD.size, 0)
        if len(head) < _HEAD.size or not head.startswith(_MARK):
            return []
        _, taken, count, checksum = _HEAD.unpack(head)
        if taken:
            _log.error("a batch that could not be completed twice is given up; none of it was acknowledged")
            self.clear()
            return []
        os.pwrite(self._file, _HEAD.pack(_MARK, 1, count, checksum), 0)
        return self._read(count, checksum)

    def put_back(self) -> None:
        """Give them out once more to whoever opens the store next: it was not they that failed."""
        os.pwrite(self._file, bytes(_TAKEN_BYTES), len(_MARK))

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _read(self, count: int, checksum: int) -> list[Body]:
        """All bodies, or none when one of them is not what it was."""
        table = os.pread(self._file, count * _ENTRY.size, _HEAD.size)
        if len(table) < count * _ENTRY.size or crc32(table) != checksum:
            return []
        offset = _HEAD.size + len(table)
        bodies: list[Body] = []
        for number, signal, encoding, length, digest in _ENTRY.iter_unpack(table):
            body = Body(number, _SIGNALS[signal], _ENCODINGS[encoding], os.pread(self._file, length, offset))
            if digest_of(body.signal, body.encoding, body.content) != digest:
                return []
            bodies.append(body)
            offset += length
        return bodies


def _entry(body: Body, digest: bytes) -> bytes:
    kind = _SIGNALS.index(body.signal), _ENCODINGS.index(body.encoding)
    return _ENTRY.pack(body.number, *kind, len(body.content), digest)


def _write_all(file: int, parts: list[memoryview]) -> None:
    """Write every byte, however few the system takes at a time."""
    while parts:
        written = os.writev(file, parts)
        while parts and written >= len(parts[0]):
            written -= len(parts.pop(0))
        if written:
            parts[0] = parts[0][written:]
