# SPDX-License-Identifier: Apache-2.0
"""uvicorn's connection over HTTP/1.1, which waits for the head of a request only so long, and takes it in one reading.

Without, whoever sends a byte a minute keeps a connection for ever ("Slowloris"). Content may take its time.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from .reader import Unfolding

HEAD_SECONDS = 20.0
_HEAD_BYTES = 16 * 1024  # h11's own default


class HeadInTime(H11Protocol):
    """A connection whose next head must be whole after `HEAD_SECONDS`; before the first byte of it nobody counts."""

    _alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        self.conn = Unfolding(h11.SERVER, _HEAD_BYTES)
        super().connection_made(transport)
        self._alarm = self.loop.call_later(HEAD_SECONDS, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, and see whether a head has begun or is whole."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop()
        elif self._alarm is None:
            self._alarm = self.loop.call_later(HEAD_SECONDS, self._late)

    def _stop(self) -> None:
        alarm, self._alarm = self._alarm, None
        if alarm is not None:
            alarm.cancel()

    def _late(self) -> None:
        self._alarm = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
