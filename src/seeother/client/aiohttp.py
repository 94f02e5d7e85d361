# SPDX-License-Identifier: Apache-2.0
"""Calls made with aiohttp's client: a middleware by which they know when to stop.

session = aiohttp.ClientSession(middlewares=(BreakerMiddleware(Caller()),))

aiohttp itself makes an idempotent request a second time when the server has closed the connection; that is a call of
its own here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar, cast

import aiohttp

from seeother.breaker import Outcome, judge_error
from seeother.errors import CallRefused

from .alarm import timed
from .call import PLAIN, Answer, Asked, Failure, answered, ask, call
from .caller import Caller
from .drive import drive
from .propagation import origin, stamp
from .watch import Watch, note

Fallback = Callable[[aiohttp.ClientRequest, Exception], Awaitable[aiohttp.ClientResponse]]
Part = TypeVar("Part")

_NOT_REACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class RefusedError(aiohttp.ClientConnectionError, CallRefused):
    """A call that was not made, for those who handle the errors of aiohttp."""

    def __init__(self, refused: CallRefused) -> None:
        """Say what `refused` says."""
        CallRefused.__init__(self, refused.name, refused.reason, refused.retry_after)


class BreakerMiddleware:
    """A middleware whose calls go by `caller`'s rules; the breaker is the host's, or that of `name`.

    `fallback` makes an answer where there is none, or only 502, 503 or 504; never where the outcome is unknown.
    Raises RefusedError and OutcomeUnknown beside the errors of the library.
    """

    def __init__(
        self, caller: Caller | None = None, *, name: str | None = None, fallback: Fallback | None = None
    ) -> None:
        """Make calls by these rules."""
        self._caller = caller or Caller()
        self._name = name
        self._fallback = fallback

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Make one call."""
        caller = self._caller
        asked = _asked(caller, request, self._name, falls_back=self._fallback is not None)
        try:
            return await drive(call(caller, asked), _Hands(caller, handler, self._fallback), request, caller.alarms)
        except CallRefused as refused:
            raise RefusedError(refused) from None


class _Hands:
    """Makes the requests of one call, and reads what answers and errors of aiohttp say."""

    __slots__ = ("_caller", "_fallback", "_handler")

    def __init__(self, caller: Caller, handler: aiohttp.ClientHandlerType, fallback: Fallback | None) -> None:
        self._caller = caller
        self._handler = handler
        self._fallback = fallback

    def send(
        self, request: aiohttp.ClientRequest, seconds: float | None
    ) -> Coroutine[Any, Any, aiohttp.ClientResponse]:
        if self._caller.ours:
            url = request.url
            is_ours = origin(url.scheme, url.raw_host or "", url.port) in self._caller.ours
            stamp(request.headers, is_ours=is_ours, seconds=seconds)
        return cast("Coroutine[Any, Any, aiohttp.ClientResponse]", self._handler(request))

    def read(self, response: aiohttp.ClientResponse) -> Answer:
        return PLAIN.get(response.status) or answered(response.status, response.headers, self._caller.clock)

    def blame(self, error: BaseException) -> Failure | None:
        if not isinstance(error, Exception):
            return None
        if isinstance(error, (aiohttp.InvalidURL, aiohttp.TooManyRedirects)):
            return Failure(Outcome.CANCELLED, error, reached=False)
        if isinstance(error, TimeoutError):
            return Failure(Outcome.TIMEOUT, error, reached=not isinstance(error, _NOT_REACHED))
        if isinstance(error, aiohttp.ClientPayloadError):
            return Failure(Outcome.CUT, error)
        if isinstance(error, aiohttp.ClientConnectionError):
            return Failure(Outcome.UNREACHABLE, error, reached=not isinstance(error, _NOT_REACHED))
        return Failure(judge_error(error), error)

    def blame_content(self, error: BaseException) -> Failure | None:
        return self.blame(error)

    def late(self, request: aiohttp.ClientRequest) -> Failure:
        late = aiohttp.ServerTimeoutError(f"the answer of {request.url.host} did not come whole in time")
        return Failure(Outcome.TIMEOUT, late)

    def deliver(
        self, request: aiohttp.ClientRequest, response: aiohttp.ClientResponse, watch: Watch
    ) -> aiohttp.ClientResponse:
        connection, content = response.connection, response.content
        if connection is None or content.is_eof():
            watch.ended()
            return response
        response.content = _Content(content, watch, self, request)
        connection.add_callback(partial(_let_go, content, watch))
        return response

    async def discard(self, response: aiohttp.ClientResponse) -> None:
        response.close()

    async def substitute(self, request: aiohttp.ClientRequest, error: Exception) -> aiohttp.ClientResponse:
        if self._fallback is None:
            raise error
        return await self._fallback(request, error)


class _Content(aiohttp.StreamReader):
    """The content of an answer, watched: each read is, whatever it is called; the rest is the wrapped stream's."""

    __slots__ = ("_hands", "_request", "_stream", "_watch")

    def __init__(  # pyright: ignore[reportMissingSuperCall] - nothing of the base class's own state is used
        self, stream: aiohttp.StreamReader, watch: Watch, hands: _Hands, request: aiohttp.ClientRequest
    ) -> None:
        self._stream = stream
        self._watch = watch
        self._hands = hands
        self._request = request

    async def _read(self, reading: Coroutine[Any, Any, Part]) -> Part:
        """What the stream gives, unless the time is over or it breaks off."""
        watch = self._watch
        try:
            part = await timed(reading, watch)
        except asyncio.IncompleteReadError:
            watch.ended()  # the reader asked for more than there was
            raise
        except BaseException as error:
            note(error, watch, self._hands, self._request)
            raise
        if self._stream.at_eof():
            watch.ended()
        return part

    async def read(self, n: int = -1) -> bytes:
        return await self._read(self._stream.read(n))

    async def readany(self) -> bytes:
        return await self._read(self._stream.readany())

    async def readchunk(self) -> tuple[bytes, bool]:
        return await self._read(self._stream.readchunk())

    async def readexactly(self, n: int) -> bytes:
        return await self._read(self._stream.readexactly(n))

    async def readline(self, *, max_line_length: int | None = None) -> bytes:
        return await self._read(self._stream.readline(max_line_length=max_line_length))

    async def readuntil(self, separator: bytes = b"\n", *, max_size: int | None = None) -> bytes:
        return await self._read(self._stream.readuntil(separator, max_size=max_size))

    def read_nowait(self, n: int = -1) -> bytes:
        return self._stream.read_nowait(n)

    def exception(self) -> BaseException | None:
        return self._stream.exception()

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        if exc_cause is None:
            self._stream.set_exception(exc)
        else:
            self._stream.set_exception(exc, exc_cause)

    def on_eof(self, callback: Callable[[], None]) -> None:
        self._stream.on_eof(callback)

    def is_eof(self) -> bool:
        return self._stream.is_eof()

    def at_eof(self) -> bool:
        return self._stream.at_eof()

    async def wait_eof(self) -> None:
        await self._stream.wait_eof()

    def get_read_buffer_limits(self) -> tuple[int, int]:
        return self._stream.get_read_buffer_limits()

    def set_read_chunk_size(self, n: int) -> None:
        self._stream.set_read_chunk_size(n)


def _let_go(content: aiohttp.StreamReader, watch: Watch) -> None:
    """The connection is not needed any more: the content came whole, broke off, or was not wanted."""
    error = content.exception()
    # A cut that nobody has read; whoever closed the answer wants no error.
    is_cut = isinstance(error, aiohttp.ClientPayloadError)
    with suppress(Exception):
        watch.ended(Failure(Outcome.CUT, error) if is_cut and isinstance(error, Exception) else None)


def _asked(caller: Caller, request: aiohttp.ClientRequest, name: str | None, *, falls_back: bool) -> Asked:
    """The call that a request is."""
    url, body = request.url, request.body
    if name is None:
        host = url.host or ""
        name = host if url.is_default_port() else f"{host}:{url.port}"
    # What is read from a file or a generator is gone when it has been sent.
    can_resend = not body or isinstance(body, aiohttp.BytesPayload)
    return ask(caller, name, request.method, request.headers, can_resend=can_resend, falls_back=falls_back)
