# SPDX-License-Identifier: Apache-2.0
"""Cookies that carry a session: known by their names, and kept as a browser keeps them along a trail."""

import re
from functools import lru_cache
from typing import NamedTuple

from seeother.message import Exchange, Request, SetCookie, every, origin_of, read_set_cookie

_SESSION = re.compile(
    rb"(?:sess(?:ion)?[._-]?(?:id|key|token)?|sid|ssid|auth(?:[._-]?token)?|(?:access|login)[._-]?token|logged[._-]?in|"
    rb"jwt|remember(?:[._-](?:me|token|user)(?:[._-]token)?)?)"
)
_EDGE = rb"(?:\A|[^a-z0-9]|\Aphp|\Aj|\Aasp)"
_NAME = re.compile(_EDGE + _SESSION.pattern + rb"(?:\Z|[^a-z0-9]|(?<=sessionid)[a-z]{8}\Z)")
# Analytics calls its visits sessions, too; nobody is logged out when such a cookie is lost.
_MEASURING = re.compile(rb"_?_?(?:ga|gcl|hj|hs|pk|mp|amp|ajs|ai|li|fb|cf|dd|utm|mtm|rl|uet|ab|vis|analytics|shopify)_")
_LONGEST = 128  # bytes of a name that is remembered
_NEVER = 86_400 * 366  # seconds since the epoch: who sets a cookie to expire in 1970 deletes it


class KeptCookie(NamedTuple):
    """A session cookie, where and when it was set; `set_by` is the index of the exchange that set it."""

    cookie: SetCookie
    host: str
    path: str
    set_by: int
    at: float | None


def is_session_name(name: bytes) -> bool:
    """Whether a cookie of this name most likely says who somebody is."""
    return _remembered(name) if len(name) <= _LONGEST else _says_who(name)


def _says_who(name: bytes) -> bool:
    label = name.lower()
    for prefix in (b"__host-", b"__secure-"):
        label = label.removeprefix(prefix)
    return _NAME.search(label) is not None and _MEASURING.match(label) is None


_remembered = lru_cache(maxsize=1024)(_says_who)  # a site has some dozens of names, and is sent all of them each time


def is_deletion(cookie: SetCookie, at: float | None = None) -> bool:
    """Whether setting the cookie takes it away; without a time only what is plainly meant so."""
    if cookie.max_age is not None:
        return cookie.max_age <= 0
    if cookie.expires is not None:
        return cookie.expires.timestamp <= (_NEVER if at is None else at)
    return not cookie.value


class SessionJar:
    """The session cookies that a browser has after the exchanges it was told of."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[tuple[bytes, str, str], KeptCookie] = {}

    def take(self, index: int, exchange: Exchange) -> None:
        """Keep what the answer sets, and drop what it deletes."""
        request = exchange.request
        for value in every(exchange.response.fields, b"set-cookie"):
            cookie = read_set_cookie(value)
            if cookie is None or not is_session_name(cookie.name):
                continue
            host = _host(request) if cookie.domain is None else "." + cookie.domain.decode("latin-1")
            path = _default_path(request) if cookie.path is None else cookie.path.decode("latin-1")
            self._kept.pop((cookie.name, host, path), None)
            if not is_deletion(cookie, exchange.at):
                self._kept[cookie.name, host, path] = KeptCookie(cookie, host, path, index, exchange.at)

    def missing(self, exchange: Exchange) -> list[KeptCookie]:
        """The cookies that belong to the request's target and did not come with it."""
        request = exchange.request
        sent = names_sent(request)
        return [
            kept
            for kept in self._kept.values()
            if kept.cookie.name not in sent and _belongs(kept, request, exchange.at)
        ]

    def sent(self, exchange: Exchange) -> list[KeptCookie]:
        """The cookies that belong to the request's target and came with it."""
        request = exchange.request
        sent = names_sent(request)
        return [
            kept for kept in self._kept.values() if kept.cookie.name in sent and _belongs(kept, request, exchange.at)
        ]


def names_sent(request: Request) -> set[bytes]:
    """The names of the cookies that a request carries."""
    return {name for value in every(request.fields, b"cookie") for name in names_of(value)}


def names_of(line: bytes) -> list[bytes]:
    """The names of the cookies in one Cookie field."""
    return [pair.partition(b"=")[0].strip() for pair in line.split(b";")]


def _belongs(kept: KeptCookie, request: Request, at: float | None) -> bool:
    """Domain, path, Secure and age, as in RFC 6265bis section 5.8.3."""
    host, cookie = _host(request), kept.cookie
    if host != kept.host and not (kept.host.startswith(".") and ("." + host).endswith(kept.host)):
        return False
    path = kept.path.rstrip("/")
    if request.path != kept.path and not (request.path == path or request.path.startswith(path + "/")):
        return False
    if cookie.secure and request.scheme != "https":
        return False
    if cookie.max_age is not None and at is not None and kept.at is not None:
        return at < kept.at + cookie.max_age
    return cookie.expires is None or at is None or at < cookie.expires.timestamp


def _host(request: Request) -> str:
    origin = origin_of(request)
    return "" if origin is None else origin.host


def _default_path(request: Request) -> str:
    """The folder of the request's path (RFC 6265bis section 5.1.4)."""
    return request.path.rpartition("/")[0] or "/"
