# SPDX-License-Identifier: Apache-2.0
"""Calls made with httpx2: they know when to stop, and carry the journey along to our own services.

stock = Caller(ours=["http://127.0.0.1:8306"])
client = httpx2.AsyncClient(transport=AsyncBreakerTransport(httpx2.AsyncHTTPTransport(), stock))

Where only the journey is to go along, a hook does it:

client = httpx2.AsyncClient(event_hooks={"request": [propagate_to(["http://127.0.0.1:8306"])]})
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Iterator
from typing import Any

import httpx2

from seeother.breaker import Outcome, judge_error
from seeother.errors import CallRefused
from seeother.message import Origin

from .call import PLAIN, Answer, Asked, Failure, answered, ask, call
from .caller import Caller
from .drive import drive, drive_blocking
from .propagation import origin, read_origins, stamp, tell_others, tell_ours
from .watch import Watch, Watched, watched_blocking

Fallback = Callable[[httpx2.Request, Exception], httpx2.Response]
AsyncFallback = Callable[[httpx2.Request, Exception], httpx2.Response | Awaitable[httpx2.Response]]

# What happens on this side of the connection says nothing of the other: too many calls of our own, a bad request.
_OWN = (httpx2.PoolTimeout, httpx2.LocalProtocolError, httpx2.UnsupportedProtocol)
_NOT_REACHED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)
_CUT = (httpx2.ReadError, httpx2.RemoteProtocolError)
_WAITS = ("connect", "pool", "read", "write")


class RefusedError(httpx2.TransportError, CallRefused):
    """A call that was not made, for those who handle the errors of httpx2."""

    def __init__(self, refused: CallRefused, request: httpx2.Request) -> None:
        """Say of `request` what `refused` says."""
        CallRefused.__init__(self, refused.name, refused.reason, refused.retry_after)
        self.request = request


class AsyncBreakerTransport(httpx2.AsyncBaseTransport):
    """A transport whose calls go by `caller`'s rules; the breaker is the host's, or that of `name`.

    `fallback` makes an answer where there is none, or only 502, 503 or 504; never where the outcome is unknown.
    Raises RefusedError and OutcomeUnknown beside the errors of the library.
    """

    def __init__(
        self,
        wrapped: httpx2.AsyncBaseTransport,
        caller: Caller | None = None,
        *,
        name: str | None = None,
        fallback: AsyncFallback | None = None,
    ) -> None:
        """Make the requests by `wrapped`."""
        self._wrapped = wrapped
        self._caller = caller or Caller()
        self._name = name
        self._hands = _Hands(wrapped, self._caller, fallback)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Make one call."""
        caller = self._caller
        asked = _asked(caller, request, self._name, falls_back=self._hands.fallback is not None)
        try:
            return await drive(call(caller, asked), self._hands, request, caller.alarms)
        except CallRefused as refused:
            raise RefusedError(refused, request) from None

    async def aclose(self) -> None:
        """Close what is wrapped."""
        await self._wrapped.aclose()


class BreakerTransport(httpx2.BaseTransport):
    """As AsyncBreakerTransport, for a Client.

    No single read, write or connection takes longer than the timeout; whether all of them do is looked at after each.
    """

    def __init__(
        self,
        wrapped: httpx2.BaseTransport,
        caller: Caller | None = None,
        *,
        name: str | None = None,
        fallback: Fallback | None = None,
    ) -> None:
        """Make the requests by `wrapped`."""
        self._wrapped = wrapped
        self._caller = caller or Caller()
        self._name = name
        self._hands = _BlockingHands(wrapped, self._caller, fallback)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Make one call."""
        asked = _asked(self._caller, request, self._name, falls_back=self._hands.fallback is not None)
        try:
            return drive_blocking(call(self._caller, asked), self._hands, request, self._caller.alarms)
        except CallRefused as refused:
            raise RefusedError(refused, request) from None

    def close(self) -> None:
        """Close what is wrapped."""
        self._wrapped.close()


class _Reading:
    """What requests, answers and errors of httpx2 say."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def stamp(self, request: httpx2.Request, seconds: float | None) -> None:
        stamp(request.headers, is_ours=_origin_of(request.url) in self._caller.ours, seconds=seconds)

    def read(self, response: httpx2.Response) -> Answer:
        return PLAIN.get(response.status_code) or answered(response.status_code, response.headers, self._caller.clock)

    def blame(self, error: BaseException) -> Failure | None:
        if not isinstance(error, Exception):
            return None
        if isinstance(error, _OWN):
            return Failure(Outcome.CANCELLED, error, reached=False)
        if isinstance(error, httpx2.TimeoutException):
            return Failure(Outcome.TIMEOUT, error, reached=not isinstance(error, _NOT_REACHED))
        if isinstance(error, httpx2.TransportError):
            return Failure(Outcome.UNREACHABLE, error, reached=not isinstance(error, _NOT_REACHED))
        return Failure(judge_error(error), error)

    def blame_content(self, error: BaseException) -> Failure | None:
        """As `blame`, of what happens while the content is read."""
        if isinstance(error, _CUT):
            return Failure(Outcome.CUT, error)
        return self.blame(error)

    def late(self, request: httpx2.Request) -> Failure:
        return Failure(Outcome.TIMEOUT, httpx2.ReadTimeout("the answer did not come whole in time", request=request))


class _Hands(_Reading):
    """Makes requests and awaits them."""

    __slots__ = ("_handle", "fallback")

    def __init__(self, wrapped: httpx2.AsyncBaseTransport, caller: Caller, fallback: AsyncFallback | None) -> None:
        super().__init__(caller)
        self._handle = wrapped.handle_async_request
        self.fallback = fallback

    def send(self, request: httpx2.Request, seconds: float | None) -> Coroutine[Any, Any, httpx2.Response]:
        if self._caller.ours:
            self.stamp(request, seconds)
        return self._handle(request)

    def deliver(self, request: httpx2.Request, response: httpx2.Response, watch: Watch) -> httpx2.Response:
        stream = response.stream
        if response.is_closed or not isinstance(stream, httpx2.AsyncByteStream):
            watch.ended()
        else:
            response.stream = _Content(stream, watch, self, request)
        return response

    async def discard(self, response: httpx2.Response) -> None:
        await response.aclose()

    async def substitute(self, request: httpx2.Request, error: Exception) -> httpx2.Response:
        if self.fallback is None:
            raise error
        made = self.fallback(request, error)
        return await made if isinstance(made, Awaitable) else made


class _BlockingHands(_Reading):
    """Makes requests and waits for them."""

    __slots__ = ("_handle", "fallback")

    def __init__(self, wrapped: httpx2.BaseTransport, caller: Caller, fallback: Fallback | None) -> None:
        super().__init__(caller)
        self._handle = wrapped.handle_request
        self.fallback = fallback

    def send(self, request: httpx2.Request, seconds: float | None) -> httpx2.Response:
        if self._caller.ours:
            self.stamp(request, seconds)
        if seconds is not None:
            own = request.extensions.get("timeout", {})
            waits = {each: seconds if own.get(each) is None else min(own[each], seconds) for each in _WAITS}
            request.extensions = {**request.extensions, "timeout": waits}
        return self._handle(request)

    def deliver(self, request: httpx2.Request, response: httpx2.Response, watch: Watch) -> httpx2.Response:
        stream = response.stream
        if response.is_closed or not isinstance(stream, httpx2.SyncByteStream):
            watch.ended()
        else:
            response.stream = _BlockingContent(stream, watch, self, request)
        return response

    def discard(self, response: httpx2.Response) -> None:
        response.close()

    def substitute(self, request: httpx2.Request, error: Exception) -> httpx2.Response:
        if self.fallback is None:
            raise error
        return self.fallback(request, error)


class _Content(Watched[httpx2.Request], httpx2.AsyncByteStream):
    """The content of an answer, watched."""

    def __init__(self, stream: httpx2.AsyncByteStream, watch: Watch, hands: _Hands, request: httpx2.Request) -> None:
        super().__init__(stream, watch, hands, request)
        self._stream = stream

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            if self._watch.flow is not None:
                self._watch.ended()


class _BlockingContent(httpx2.SyncByteStream):
    """The content of an answer, watched."""

    __slots__ = ("_hands", "_request", "_stream", "_watch")

    def __init__(
        self, stream: httpx2.SyncByteStream, watch: Watch, hands: _BlockingHands, request: httpx2.Request
    ) -> None:
        self._stream = stream
        self._watch = watch
        self._hands = hands
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        return watched_blocking(self._stream, self._watch, self._hands, self._request)

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            self._watch.ended()


class _Done:
    """What a hook gives an AsyncClient to await; a Client ignores it."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_DONE = _Done()


class Propagation:
    """A request hook for `Client` and `AsyncClient` that knows which origins are ours."""

    __slots__ = ("_origins",)

    def __init__(self, origins: Iterable[str]) -> None:
        """Remember the origins; raises CallerError for what is none."""
        self._origins = read_origins(origins)

    def __call__(self, request: httpx2.Request) -> _Done:
        """Add `traceparent` and `baggage` to a request to one of ours, take them from one to others."""
        if _origin_of(request.url) in self._origins:
            tell_ours(request.headers)
        else:
            tell_others(request.headers)
        return _DONE


def propagate_to(origins: Iterable[str]) -> Propagation:
    """The hook for calls to these origins: `scheme://host[:port]` each."""
    return Propagation(origins)


def _origin_of(url: httpx2.URL) -> Origin:
    return origin(url.scheme, url.raw_host.decode("ascii"), url.port)


def _asked(caller: Caller, request: httpx2.Request, name: str | None, *, falls_back: bool) -> Asked:
    """The call that a request is."""
    url = request.url
    if name is None:
        name = url.host if url.port is None else f"{url.host}:{url.port}"
    # What is read from a file or a generator is gone when it has been sent.
    can_resend = isinstance(request.stream, httpx2.ByteStream)
    return ask(caller, name, request.method, request.headers, can_resend=can_resend, falls_back=falls_back)
