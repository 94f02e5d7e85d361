# SPDX-License-Identifier: Apache-2.0
"""The whole lines of a file that somebody else writes, renames and cuts short."""

import os
from io import FileIO
from pathlib import Path
from typing import NamedTuple

LINE_LIMIT = 64 << 10  # bytes; a longer line is no entry of ours
_READ = 1 << 20  # bytes at a time


class Position(NamedTuple):
    """Where reading goes on: which file it was, and how many of its bytes are done."""

    inode: int
    offset: int


class Tail:
    """Reads on from where it was; without `position` from where the file ends now, or begins when it comes to be.

    A renamed file is read to its end before the new one is begun. One that was cut short is read from its beginning.
    """

    def __init__(self, path: Path, position: Position | None = None) -> None:
        """Open the file if it is there; raises OSError where it cannot be read."""
        self._path = path
        self._partial = b""
        self._is_too_long = False
        self._done = 0  # bytes of whole lines
        self._file = self._opened()
        if self._file is not None:
            found = os.fstat(self._file.fileno())
            known = position is not None and position.inode == found.st_ino and position.offset <= found.st_size
            start = position.offset if position is not None and known else 0 if position is not None else found.st_size
            self._done = self._file.seek(start)

    @property
    def position(self) -> Position | None:
        """Where another would go on: after the last whole line that was given out."""
        return None if self._file is None else Position(os.fstat(self._file.fileno()).st_ino, self._done)

    def read(self) -> list[bytes]:
        """The lines that have come since, without their ends; none where there is no file."""
        file = self._file = self._file or self._opened()
        if file is None:
            return []
        if os.fstat(file.fileno()).st_size < file.tell():
            self._begin()
            file.seek(0)
        data = file.read(_READ)
        if not data and self._is_replaced(file) and not (data := file.read(_READ)):  # written between the two looks
            self.close()
            self._file = self._opened()
            data = None if self._file is None else self._file.read(_READ)
        return self._lines(data or b"")

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._partial, self._is_too_long, self._done = b"", False, 0

    def _opened(self) -> FileIO | None:
        self._begin()
        try:
            return FileIO(self._path)
        except FileNotFoundError:
            return None

    def _is_replaced(self, file: FileIO) -> bool:
        """Whether another file has the name, with something in it: nginx writes to the old one until it reopens."""
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        return named.st_ino != os.fstat(file.fileno()).st_ino and named.st_size > 0

    def _lines(self, data: bytes) -> list[bytes]:
        *whole, rest = (self._partial + data).split(b"\n")
        self._done += sum(len(line) + 1 for line in whole)
        if whole and self._is_too_long:
            whole, self._is_too_long = whole[1:], False
        if len(rest) > LINE_LIMIT:
            self._done += len(rest)
            rest, self._is_too_long = b"", True
        elif self._is_too_long:
            self._done += len(rest)
            rest = b""
        self._partial = rest
        return [line for line in whole if len(line) <= LINE_LIMIT]
