# SPDX-License-Identifier: Apache-2.0
"""One connection to a server behind: one request at a time, everything else in the order in which it comes.

h11 reads and writes HTTP/1.1, and refuses what could be read in two ways (RFC 9112 sections 6.3 and 11.2); here are
time, flow and the ends of a connection. Nothing is read that nobody waits for, so an answer takes the memory of two
pieces, however long it is.
"""

import asyncio
from collections.abc import Sequence
from typing import cast

import h11

from seeother.message import Field

from .trouble import BrokenError, CutError, SilentError, TroubleError

_HEAD_BYTES = 64 * 1024  # of an answer's head; more is refused
_AHEAD_BYTES = 64 * 1024  # read and not yet passed on


class Connection(asyncio.Protocol):
    """A connection under way to the server called `name`; `idle_since` is on the loop's clock."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        """Wait to be made by the loop."""
        self._name = name
        self._loop = loop
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._full: asyncio.Future[None] | None = None
        self._unread = 0
        self._is_paused = False
        self._is_busy = False
        self._failure: TroubleError | None = None
        self._has_ended = False
        self._in_content = False
        self.has_answered = False  # whether a byte of the answer is there
        self.idle_since = 0.0
        self.uses = 0

    # --- what the loop tells ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those that nobody has asked for end the connection: whose answer would they be?"""
        if not self._is_busy:
            self.close()
            return
        self.has_answered = True
        self._h11.receive_data(data)
        self._unread += len(data)
        if self._unread > _AHEAD_BYTES and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """The server sends no more."""
        self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; a reset is told from an end, which may be that of an answer without a length."""
        if exc is not None and self._failure is None and not self._has_ended:
            kind = CutError if self._in_content else BrokenError
            self._failure = kind(f"{self._name} has cut the connection: {exc}")
        self._end()
        self.resume_writing()

    def pause_writing(self) -> None:
        """The server takes no more for now."""
        self._full = self._loop.create_future()

    def resume_writing(self) -> None:
        """It takes more, or never will."""
        full, self._full = self._full, None
        if full is not None and not full.done():
            full.set_result(None)

    # --- what a proxy does --------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether another request can be sent."""
        transport = self._transport
        return transport is not None and not transport.is_closing() and not self._has_ended and self._failure is None

    def send_head(self, method: bytes, target: bytes, fields: Sequence[Field]) -> None:
        """Send the head of a request; raises h11.LocalProtocolError for one that cannot be written down."""
        self._is_busy, self._in_content, self.has_answered = True, False, False
        self.uses += 1
        self._write(h11.Request(method=method, target=target, headers=list(fields)))

    def send_content(self, content: bytes) -> None:
        """Send some of its content; follow it by `drained`."""
        self._write(h11.Data(data=content))

    def send_end(self) -> None:
        """The request is whole."""
        self._write(h11.EndOfMessage())

    async def drained(self, seconds: float) -> None:
        """Wait until the server takes more."""
        while self._full is not None and self._failure is None:
            await self._timed(self._full, seconds)

    def look(self) -> h11.Event | None:
        """The next event if it is here already; raises TroubleError where there will never be one."""
        try:
            event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise self._unreadable(error) from None
        if event is h11.NEED_DATA:
            if self._failure is not None:
                raise self._failure
            return None
        if isinstance(event, h11.ConnectionClosed):
            raise self._failure or BrokenError(f"{self._name} has closed the connection without an answer")
        if isinstance(event, h11.Response):
            self._in_content = True
        return cast("h11.Event", event)

    async def event(self, seconds: float | None) -> h11.Event:
        """The next event; raises SilentError when nothing comes for so long."""
        while True:
            event = self.look()
            if event is not None:
                return event
            await self.more(seconds)

    async def more(self, seconds: float | None) -> None:
        """Wait for bytes, after `look` has found nothing; None: for ever."""
        self._resume()
        self._waiter = waiter = self._loop.create_future()
        try:
            await self._timed(waiter, seconds)
        finally:
            self._waiter = None

    def give_up(self, failure: TroubleError) -> None:
        """Have whoever waits here raise `failure`, and close."""
        self._failure = failure
        self.close()
        self._wake()
        self.resume_writing()

    def is_reusable(self) -> bool:
        """Make ready for another request, where this connection can carry one."""
        self._is_busy = False
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE or not self.is_open:
            return False
        if self._h11.trailing_data[0]:
            return False
        self._h11.start_next_cycle()
        self._unread = 0
        self._resume()
        return True

    def close(self) -> None:
        """Have done with it."""
        if self._transport is not None:
            self._transport.abort()

    def _write(self, event: h11.Event) -> None:
        data = self._h11.send(event)
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _resume(self) -> None:
        self._unread = 0
        if self._is_paused and self._transport is not None and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()

    def _end(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            if self._failure is None:
                self._h11.receive_data(b"")
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def _timed(self, waiter: "asyncio.Future[None]", seconds: float | None) -> None:
        if seconds is None:
            await waiter
            return
        alarm = self._loop.call_later(seconds, self._late, waiter, seconds)
        try:
            await waiter
        finally:
            alarm.cancel()

    def _late(self, waiter: "asyncio.Future[None]", seconds: float) -> None:
        if not waiter.done():
            waiter.set_exception(SilentError(f"{self._name} has sent nothing for {seconds:g} s"))

    def _unreadable(self, error: h11.RemoteProtocolError) -> TroubleError:
        if self._failure is not None:
            return self._failure
        if self._in_content:
            return CutError(f"{self._name} has ended its answer before its end: {error}")
        if not self.has_answered:
            return BrokenError(f"{self._name} has closed the connection without an answer")
        return BrokenError(f"{self._name} has answered what cannot be read: {error}")
