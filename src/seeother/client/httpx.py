# SPDX-License-Identifier: Apache-2.0
# Made from httpx2.py by `make generate`: change that one.
"""Calls made with httpx: they know when to stop, and carry the journey along to our own services.

stock = Caller(ours=["http://127.0.0.1:8306"])
client = httpx.AsyncClient(transport=AsyncBreakerTransport(httpx.AsyncHTTPTransport(), stock))

Where only the journey is to go along, a hook does it:

client = httpx.AsyncClient(event_hooks={"request": [propagate_to(["http://127.0.0.1:8306"])]})
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Iterator
from typing import Any

import httpx

from seeother.breaker import Outcome, judge_error
from seeother.errors import CallRefused
from seeother.message import Origin

from .call import PLAIN, Answer, Asked, Failure, answered, ask, call
from .caller import Caller
from .drive import drive, drive_blocking
from .propagation import origin, read_origins, stamp, tell_others, tell_ours
from .watch import Watch, Watched, watched_blocking

Fallback = Callable[[httpx.Request, Exception], httpx.Response]
AsyncFallback = Callable[[httpx.Request, Exception], httpx.Response | Awaitable[httpx.Response]]

# What happens on this side of the connection says nothing of the other: too many calls of our own, a bad request.
_OWN = (httpx.PoolTimeout, httpx.LocalProtocolError, httpx.UnsupportedProtocol)
_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
_CUT = (httpx.ReadError, httpx.RemoteProtocolError)
_WAITS = ("connect", "pool", "read", "write")


class RefusedError(httpx.TransportError, CallRefused):
    """A call that was not made, for those who handle the errors of httpx."""

    def __init__(self, refused: CallRefused, request: httpx.Request) -> None:
        """Say of `request` what `refused` says."""
        CallRefused.__init__(self, refused.name, refused.reason, refused.retry_after)
        self.request = request


class AsyncBreakerTransport(httpx.AsyncBaseTransport):
    """A transport whose calls go by `caller`'s rules; the breaker is the host's, or that of `name`.

    `fallback` makes an answer where there is none, or only 502, 503 or 504; never where the outcome is unknown.
    Raises RefusedError and OutcomeUnknown beside the errors of the library.
    """

    def __init__(
        self,
        wrapped: httpx.AsyncBaseTransport,
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

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
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


class BreakerTransport(httpx.BaseTransport):
    """As AsyncBreakerTransport, for a Client.

    No single read, write or connection takes longer than the timeout; whether all of them do is looked at after each.
    """

    def __init__(
        self,
        wrapped: httpx.BaseTransport,
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

    def handle_request(self, request: httpx.Request) -> httpx.Response:
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
    """What requests, answers and errors of httpx say."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def stamp(self, request: httpx.Request, seconds: float | None) -> None:
        stamp(request.headers, is_ours=_origin_of(request.url) in self._caller.ours, seconds=seconds)

    def read(self, response: httpx.Response) -> Answer:
        return PLAIN.get(response.status_code) or answered(response.status_code, response.headers, self._caller.clock)

    def blame(self, error: BaseException) -> Failure | None:
        if not isinstance(error, Exception):
            return None
        if isinstance(error, _OWN):
            return Failure(Outcome.CANCELLED, error, reached=False)
        if isinstance(error, httpx.TimeoutException):
            return Failure(Outcome.TIMEOUT, error, reached=not isinstance(error, _NOT_REACHED))
        if isinstance(error, httpx.TransportError):
            return Failure(Outcome.UNREACHABLE, error, reached=not isinstance(error, _NOT_REACHED))
        return Failure(judge_error(error), error)

    def blame_content(self, error: BaseException) -> Failure | None:
        """As `blame`, of what happens while the content is read."""
        if isinstance(error, _CUT):
            return Failure(Outcome.CUT, error)
        return self.blame(error)

    def late(self, request: httpx.Request) -> Failure:
        return Failure(Outcome.TIMEOUT, httpx.ReadTimeout("the answer did not come whole in time", request=request))


class _Hands(_Reading):
    """Makes requests and awaits them."""

    __slots__ = ("_handle", "fallback")

    def __init__(self, wrapped: httpx.AsyncBaseTransport, caller: Caller, fallback: AsyncFallback | None) -> None:
        super().__init__(caller)
        self._handle = wrapped.handle_async_request
        self.fallback = fallback

    def send(self, request: httpx.Request, seconds: float | None) -> Coroutine[Any, Any, httpx.Response]:
        if self._caller.ours:
            self.stamp(request, seconds)
        return self._handle(request)

    def deliver(self, request: httpx.Request, response: httpx.Response, watch: Watch) -> httpx.Response:
        stream = response.stream
        if response.is_closed or not isinstance(stream, httpx.AsyncByteStream):
            watch.ended()
        else:
            response.stream = _Content(stream, watch, self, request)
        return response

    async def discard(self, response: httpx.Response) -> None:
        await response.aclose()

    async def substitute(self, request: httpx.Request, error: Exception) -> httpx.Response:
        if self.fallback is None:
            raise error
        made = self.fallback(request, error)
        return await made if isinstance(made, Awaitable) else made


class _BlockingHands(_Reading):
    """Makes requests and waits for them."""

    __slots__ = ("_handle", "fallback")

    def __init__(self, wrapped: httpx.BaseTransport, caller: Caller, fallback: Fallback | None) -> None:
        super().__init__(caller)
        self._handle = wrapped.handle_request
        self.fallback = fallback

    def send(self, request: httpx.Request, seconds: float | None) -> httpx.Response:
        if self._caller.ours:
            self.stamp(request, seconds)
        if seconds is not None:
            own = request.extensions.get("timeout", {})
            waits = {each: seconds if own.get(each) is None else min(own[each], seconds) for each in _WAITS}
            request.extensions = {**request.extensions, "timeout": waits}
        return self._handle(request)

    def deliver(self, request: httpx.Request, response: httpx.Response, watch: Watch) -> httpx.Response:
        stream = response.stream
        if response.is_closed or not isinstance(stream, httpx.SyncByteStream):
            watch.ended()
        else:
            response.stream = _BlockingContent(stream, watch, self, request)
        return response

    def discard(self, response: httpx.Response) -> None:
        response.close()

    def substitute(self, request: httpx.Request, error: Exception) -> httpx.Response:
        if self.fallback is None:
            raise error
        return self.fallback(request, error)


class _Content(Watched[httpx.Request], httpx.AsyncByteStream):
    """The content of an answer, watched."""

    def __init__(self, stream: httpx.AsyncByteStream, watch: Watch, hands: _Hands, request: httpx.Request) -> None:
        super().__init__(stream, watch, hands, request)
        self._stream = stream

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            if self._watch.flow is not None:
                self._watch.ended()


class _BlockingContent(httpx.SyncByteStream):
    """The content of an answer, watched."""

    __slots__ = ("_hands", "_request", "_stream", "_watch")

    def __init__(
        self, stream: httpx.SyncByteStream, watch: Watch, hands: _BlockingHands, request: httpx.Request
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

    def __call__(self, request: httpx.Request) -> _Done:
        """Add `traceparent` and `baggage` to a request to one of ours, take them from one to others."""
        if _origin_of(request.url) in self._origins:
            tell_ours(request.headers)
        else:
            tell_others(request.headers)
        return _DONE


def propagate_to(origins: Iterable[str]) -> Propagation:
    """The hook for calls to these origins: `scheme://host[:port]` each."""
    return Propagation(origins)


def _origin_of(url: httpx.URL) -> Origin:
    return origin(url.scheme, url.raw_host.decode("ascii"), url.port)


def _asked(caller: Caller, request: httpx.Request, name: str | None, *, falls_back: bool) -> Asked:
    """The call that a request is."""
    url = request.url
    if name is None:
        name = url.host if url.port is None else f"{url.host}:{url.port}"
    # What is read from a file or a generator is gone when it has been sent.
    can_resend = isinstance(request.stream, httpx.ByteStream)
    return ask(caller, name, request.method, request.headers, can_resend=can_resend, falls_back=falls_back)
