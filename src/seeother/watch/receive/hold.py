# SPDX-License-Identifier: Apache-2.0
"""How many bytes of telemetry may be under way at once: read, decompressed or waiting for the writer."""

from types import TracebackType
from typing import Self

_BUSY = 0.75  # of the room


class FullError(Exception):
    """There is no room for more at the moment."""


class Hold:
    """A bound on bytes, shared by all requests; for one event loop."""

    def __init__(self, limit_bytes: int) -> None:
        """Allow `limit_bytes` in all."""
        self.limit_bytes = limit_bytes
        self.held_bytes = 0

    @property
    def is_busy(self) -> bool:
        """Whether new requests should be refused: what is left is for those that are being read already."""
        return self.held_bytes > self.limit_bytes * _BUSY

    def share(self) -> "Share":
        """A part of the room, for one request; empty at first."""
        return Share(self)


class Share:
    """What one request holds, until the end of its `with` block."""

    def __init__(self, hold: Hold) -> None:
        """Begin with nothing."""
        self._hold = hold
        self._bytes = 0

    def grow(self, size: int) -> None:
        """Hold `size` bytes more; raises FullError when there is no room."""
        if self._hold.held_bytes + size > self._hold.limit_bytes:
            raise FullError
        self._hold.held_bytes += size
        self._bytes += size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hold.held_bytes -= self._bytes
        self._bytes = 0
