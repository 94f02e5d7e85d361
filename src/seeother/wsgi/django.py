# SPDX-License-Identifier: Apache-2.0
"""The guard as a Django middleware: the first in MIDDLEWARE, so that it sees what all the others make of an answer.

    MIDDLEWARE = ["seeother.wsgi.django.GuardMiddleware", ...]
    SEEOTHER_CONFIG = BASE_DIR / "seeother.toml"      # without it: seeother.toml in the working directory

    def order(request: HttpRequest) -> HttpResponse:
        return hand_off("/orders/7")                  # a redirect that is checked before a byte is sent

Rules of this file:
- Django's request and response are shown to the guard as an environment and an answer; the response stays the
  application's own object, for other middlewares and test clients know it, and what the guard changes is changed in it.
- A file, and content made by an asynchronous iterator, pass as they are: their heads are judged and repaired.
- Under ASGI Django runs this in a thread.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import cast
from wsgiref.types import StartResponse

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from seeother import policy
from seeother.gate import current_request
from seeother.message import Response as Answer
from seeother.settings import GUARD_SECTIONS, load_settings

from .environ import ROUTE, Environ
from .guard import Guard
from .outgoing import Headers

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_EXCHANGE = "seeother.exchange"
_SCHEME = "wsgi.url_scheme"
_BELIEVED = ("HTTP_HOST", "REMOTE_ADDR", _SCHEME)  # what a trusted proxy's words may change
_COOKIE = "set-cookie"
_CODE_DIGITS = 3


class GuardMiddleware:
    """A middleware that makes every exchange safe, as the settings say."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        """Stand around the rest of the application; raises SettingsError when the settings cannot be used."""
        path = getattr(settings, "SEEOTHER_CONFIG", None)
        read = None if path is None else load_settings(Path(path), os.environ, GUARD_SECTIONS)
        self._get_response = get_response
        self._guard = Guard(_answered, read)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let one exchange pass."""
        exchange = _Exchange(request, self._get_response)
        return exchange.ended(self._guard(exchange.environ, exchange.start))


def _answered(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The application, as the guard calls it."""
    exchange: _Exchange = environ[_EXCHANGE]
    return exchange.answered(environ, start_response)


def redirect(to: str, status: int = 303, *, allowed: frozenset[str] = frozenset()) -> HttpResponse:
    """The answer that redirects to `to`: 301, 302, 303, 307 or 308; raises CallerError for what cannot be used."""
    return response_of(policy.redirect(to, status, allowed=allowed, request=current_request()))


def hand_off(to: str, *, preserve_method: bool = False, allowed: frozenset[str] = frozenset()) -> HttpResponse:
    """The answer that takes a person to the next step: 303, or 307 with `preserve_method`, and not stored.

    `to` may be absolute for the hosts in `allowed` and, behind the guard, for the site itself. Raises CallerError when
    it cannot be used.
    """
    request = current_request()
    return response_of(policy.hand_off(to, preserve_method=preserve_method, allowed=allowed, request=request))


def response_of(answer: Answer) -> HttpResponse:
    """Django's response of the guard's."""
    response = HttpResponse(answer.content, status=answer.status)
    _head(response, [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.fields])
    return response


class _Exchange:
    """One request to Django, and what became of it on both sides of the guard."""

    def __init__(self, request: HttpRequest, get_response: GetResponse) -> None:
        """Show the request; its content comes by way of Django, which keeps it for the views."""
        self._request = request
        self._get_response = get_response
        self._response: HttpResponseBase | None = None
        self._given: Headers = []  # as the application gave them
        self._left: Headers = []  # as they left the guard
        self._line = ""
        self.environ: Environ = {
            **request.META,
            _SCHEME: request.scheme,
            "wsgi.input": _Content(request),
            "wsgi.input_terminated": True,
            "wsgi.file_wrapper": _Untouched,
            _EXCHANGE: self,
        }

    def answered(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Ask the application, with what the guard has made of the request."""
        self._see(environ)
        response = self._response = self._get_response(self._request)
        match = self._request.resolver_match
        if match is not None:
            environ[ROUTE] = match.route if match.route.startswith("^") else f"/{match.route}"
        self._given = [*response.items(), *[("Set-Cookie", each.OutputString()) for each in response.cookies.values()]]
        start_response(f"{response.status_code} {response.reason_phrase}", self._given)
        if isinstance(response, HttpResponse):
            return [response.content]
        if getattr(response, "file_to_stream", None) is not None or getattr(response, "is_async", False):
            return _Untouched()
        return cast("Iterable[bytes]", iter(response))

    def start(self, line: str, headers: Headers, _exc_info: object = None, /) -> Callable[[bytes], object]:
        """Take the head that leaves the guard."""
        self._line, self._left = line, headers
        return list[bytes]().append  # nothing here writes

    def ended(self, parts: Iterable[bytes]) -> HttpResponseBase:
        """The response as it leaves the guard."""
        response = self._response
        if isinstance(response, StreamingHttpResponse):
            if not isinstance(parts, _Untouched):
                response.streaming_content = cast("Iterator[bytes]", parts)
        else:
            content = b"".join(parts)
            if not isinstance(response, HttpResponse):
                response = HttpResponse()  # the application was not asked
            if content != response.content:
                response.content = content
        if self._left is not self._given:
            _head(response, self._left)
        code = int(self._line[:_CODE_DIGITS])
        if code != response.status_code:
            response.status_code = code
            response.reason_phrase = self._line[_CODE_DIGITS + 1 :]
        return response

    def _see(self, environ: Environ) -> None:
        """Have the application see what the guard believes of the request."""
        meta = self._request.META
        for key in self.environ.keys() - environ.keys():
            meta.pop(key, None)
        for key in _BELIEVED:
            if environ.get(key) != self.environ.get(key):
                meta[key] = environ[key]
                if key == _SCHEME and (scope := getattr(self._request, "scope", None)) is not None:
                    scope["scheme"] = environ[key]


class _Content:
    """The request's content, read when the guard asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        """Read by way of Django."""
        self._request = request
        self._source: BytesIO | None = None

    def read(self, size: int = -1) -> bytes:
        """The next bytes; raises OSError when the client has left."""
        if self._source is None:
            self._source = BytesIO(self._request.body)
        return self._source.read(size)


class _Untouched:
    """Content that is not looked at: for the guard, a file that the server sends."""

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


def _head(response: HttpResponseBase, headers: Headers) -> None:
    """Give the response these field lines, and no others."""
    lines: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in headers:
        if name.lower() == _COOKIE:
            cookies.append(value)
        else:
            lines[name] = f"{lines[name]}, {value}" if name in lines else value
    for name, _ in list(response.items()):
        if name.lower() not in {each.lower() for each in lines}:
            del response[name]
    for name, value in lines.items():
        response[name] = value
    for name, morsel in list(response.cookies.items()):
        if morsel.OutputString() in cookies:
            cookies.remove(morsel.OutputString())
        else:
            del response.cookies[name]
    for line in cookies:
        response.cookies.load(line)
