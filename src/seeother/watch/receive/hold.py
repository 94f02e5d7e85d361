# SPDX-License-Identifier: Apache-2.0
"""How much telemetry may be under way at once: read, decompressed or waiting for the writer; in bytes and in time.

Bytes bound memory. Time keeps the wait shorter than senders' patience (10 s in OpenTelemetry's exporters): work for a
sender that has given up already is done twice.
"""

from types import TracebackType
from typing import Self

from seeother.clock import SYSTEM_CLOCK, Clock

_BUSY = 0.75  # of the room: the rest is for those that are being read already
_PATIENCE_SECONDS = 3.0  # that the writer may need for whoever has waited longest


class FullError(Exception):
    """There is no room for more at the moment."""


class Hold:
    """A bound on bytes, shared by all requests; for one event loop."""

    def __init__(self, limit_bytes: int, clock: Clock = SYSTEM_CLOCK) -> None:
        """Allow `limit_bytes` in all."""
        self.limit_bytes = limit_bytes
        self.held_bytes = 0
        self._clock = clock
        self._waiting: dict[Share, float] = {}  # since when, the longest first

    @property
    def is_busy(self) -> bool:
        """Whether new requests should be refused, before anything of them is read."""
        if self.held_bytes > self.limit_bytes * _BUSY:
            return True
        since = next(iter(self._waiting.values()), None)
        return since is not None and self._clock.monotonic() - since > _PATIENCE_SECONDS

    def share(self) -> "Share":
        """A part of the room, for one request; empty at first."""
        return Share(self)

    def wait(self, share: "Share") -> None:
        """Count `share` among those that wait for the writer."""
        self._waiting[share] = self._clock.monotonic()

    def give_back(self, share: "Share", size: int) -> None:
        """Take back what `share` held."""
        self.held_bytes -= size
        self._waiting.pop(share, None)


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

    def wait(self) -> None:
        """The content is complete; from now on the writer is waited for."""
        self._hold.wait(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hold.give_back(self, self._bytes)
        self._bytes = 0
