# SPDX-License-Identifier: Apache-2.0
"""Calls made with requests: an adapter by which they know when to stop.

session = requests.Session()
session.mount("http://", BreakerAdapter(requests.adapters.HTTPAdapter(), Caller()))

No single read or connection takes longer than the timeout; whether all of them do is looked at after each.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

import requests
import requests.adapters
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

from seeother.breaker import Outcome, judge_error
from seeother.errors import CallRefused

from .call import PLAIN, Answer, Asked, Failure, answered, ask, call
from .caller import Caller
from .drive import drive_blocking
from .propagation import FieldMap, origin, stamp
from .watch import Watch, watched_blocking

Fallback = Callable[[requests.PreparedRequest, Exception], requests.Response]
Timeout: TypeAlias = float | tuple[float | None, float | None] | None

_OWN = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.InvalidHeader)
_NEVER_THERE = (ConnectTimeoutError, NewConnectionError)
_PIECE = 1 << 16  # bytes


class RefusedError(requests.RequestException, CallRefused):
    """A call that was not made, for those who handle the errors of requests."""

    def __init__(self, refused: CallRefused, request: requests.PreparedRequest) -> None:
        """Say of `request` what `refused` says."""
        CallRefused.__init__(self, refused.name, refused.reason, refused.retry_after)
        self.request = request
        self.response = None


class BreakerAdapter(requests.adapters.BaseAdapter):
    """An adapter whose calls go by `caller`'s rules; the breaker is the host's, or that of `name`.

    `fallback` makes an answer where there is none, or only 502, 503 or 504; never where the outcome is unknown.
    Raises RefusedError and OutcomeUnknown beside the errors of the library.
    """

    def __init__(
        self,
        wrapped: requests.adapters.BaseAdapter,
        caller: Caller | None = None,
        *,
        name: str | None = None,
        fallback: Fallback | None = None,
    ) -> None:
        """Make the requests by `wrapped`."""
        super().__init__()
        self._wrapped = wrapped
        self._caller = caller or Caller()
        self._name = name
        self._fallback = fallback

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the signature of requests
        timeout: Timeout = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002 - as above
        cert: Any = None,  # noqa: ANN401 - as above
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        """Make one call."""
        caller = self._caller

        def send(seconds: float | None) -> requests.Response:
            return self._wrapped.send(
                request, stream=stream, timeout=_shorter(timeout, seconds), verify=verify, cert=cert, proxies=proxies
            )  # fmt: skip

        asked = _asked(caller, request, self._name, falls_back=self._fallback is not None)
        try:
            return drive_blocking(call(caller, asked), _Hands(caller, send, self._fallback), request, caller.alarms)
        except CallRefused as refused:
            raise RefusedError(refused, request) from None

    def close(self) -> None:
        """Close what is wrapped."""
        self._wrapped.close()


class _Hands:
    """Makes the requests of one call, and reads what answers and errors of requests say."""

    __slots__ = ("_caller", "_fallback", "_send")

    def __init__(
        self, caller: Caller, send: Callable[[float | None], requests.Response], fallback: Fallback | None
    ) -> None:
        self._caller = caller
        self._send = send
        self._fallback = fallback

    def send(self, request: requests.PreparedRequest, seconds: float | None) -> requests.Response:
        if self._caller.ours:
            parts = urlsplit(request.url or "")
            is_ours = origin(parts.scheme, parts.hostname or "", parts.port) in self._caller.ours
            stamp(_fields(request), is_ours=is_ours, seconds=seconds)
        return self._send(seconds)

    def read(self, response: requests.Response) -> Answer:
        return PLAIN.get(response.status_code) or answered(response.status_code, response.headers, self._caller.clock)

    def blame(self, error: BaseException) -> Failure | None:
        if not isinstance(error, Exception):
            return None
        if isinstance(error, _OWN):
            return Failure(Outcome.CANCELLED, error, reached=False)
        if isinstance(error, requests.Timeout):
            return Failure(Outcome.TIMEOUT, error, reached=not isinstance(error, requests.ConnectTimeout))
        if isinstance(error, requests.ConnectionError):
            return Failure(Outcome.UNREACHABLE, error, reached=_may_have_come(error))
        return Failure(judge_error(error), error)

    def blame_content(self, error: BaseException) -> Failure | None:
        """What an error of urllib3 says while the content is read."""
        if isinstance(error, ReadTimeoutError):
            return Failure(Outcome.TIMEOUT, error)
        return Failure(Outcome.CUT, error) if isinstance(error, (HTTPError, OSError)) else self.blame(error)

    def late(self, request: requests.PreparedRequest) -> Failure:
        return Failure(Outcome.TIMEOUT, _TooLateError(f"the answer of {request.url} did not come whole in time"))

    def deliver(
        self, request: requests.PreparedRequest, response: requests.Response, watch: Watch
    ) -> requests.Response:
        if not hasattr(response.raw, "stream"):
            watch.ended()
        else:
            response.raw = _Content(response.raw, watch, self, request)
        return response

    def discard(self, response: requests.Response) -> None:
        response.close()

    def substitute(self, request: requests.PreparedRequest, error: Exception) -> requests.Response:
        if self._fallback is None:
            raise error
        return self._fallback(request, error)


class _TooLateError(ReadTimeoutError):
    """What requests makes a ConnectionError of, as of a read that took too long."""

    def __init__(self, text: str) -> None:
        HTTPError.__init__(self, text)


class _Content:
    """The content of an answer, watched where it is read as a stream, as requests does; the rest is urllib3's."""

    def __init__(self, raw: Any, watch: Watch, hands: _Hands, request: requests.PreparedRequest) -> None:  # noqa: ANN401 - urllib3's, or what an adapter of somebody's gives
        self._raw = raw
        self._watch = watch
        self._hands = hands
        self._request = request

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._raw, name)

    def stream(self, amt: int = _PIECE, decode_content: bool | None = None) -> Iterator[bytes]:  # noqa: FBT001 - as urllib3 has it
        """The content, as it comes."""
        raw = self._raw
        if hasattr(raw, "read1") and not getattr(raw, "chunked", False):
            # `stream` waits for `amt` bytes, and each of them may take its time.
            parts = iter(lambda: raw.read1(amt, decode_content=decode_content), b"")
        else:
            parts = raw.stream(amt, decode_content=decode_content)
        return watched_blocking(parts, self._watch, self, self._request)

    def blame_content(self, error: BaseException) -> Failure | None:
        """As the hands have it."""
        return self._hands.blame_content(error)

    def late(self, request: requests.PreparedRequest) -> Failure:
        """As the hands have it; requests leaves closing to whoever reads, and to the collector of garbage."""
        self._raw.close()
        return self._hands.late(request)

    def close(self) -> None:
        """Nobody wants the rest."""
        try:
            self._raw.close()
        finally:
            self._watch.ended()

    def release_conn(self) -> None:
        """As `close`, for a connection that may be used again."""
        try:
            self._raw.release_conn()
        finally:
            self._watch.ended()


def _may_have_come(error: requests.ConnectionError) -> bool:
    """Whether the request may have reached the other side: not where there never was a connection."""
    cause = error.args[0] if error.args else None
    return not (isinstance(cause, MaxRetryError) and isinstance(cause.reason, _NEVER_THERE))


def _shorter(timeout: Timeout, seconds: float | None) -> Timeout:
    """No wait longer than that."""
    if seconds is None:
        return timeout
    if isinstance(timeout, tuple):
        connect, read = timeout
        return (seconds if connect is None else min(connect, seconds), seconds if read is None else min(read, seconds))
    return seconds if timeout is None else min(timeout, seconds)


def _fields(request: requests.PreparedRequest) -> FieldMap:
    """The fields of a request; a value that somebody gave as bytes is none of those that are looked at here."""
    return cast("FieldMap", request.headers)


def _asked(caller: Caller, request: requests.PreparedRequest, name: str | None, *, falls_back: bool) -> Asked:
    """The call that a request is."""
    if name is None:
        name = urlsplit(request.url or "").netloc.rpartition("@")[2]
    # What is read from a file or a generator is gone when it has been sent.
    can_resend = request.body is None or isinstance(request.body, (bytes, str))
    return ask(caller, name, request.method or "GET", _fields(request), can_resend=can_resend, falls_back=falls_back)
