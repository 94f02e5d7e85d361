# SPDX-License-Identifier: Apache-2.0
"""What stands before the guard: one reading of each request, the guard of the day, and honest ends.

Rules of this file:
- A request that could be read in two ways is read in none (RFC 9112 sections 6.1 and 6.3), before anybody acts on it.
- When the configuration changes the new guard takes all that comes from then on, and the old one ends in peace.
- An answer that broke off is never ended as if it were whole.
- A request that comes back to the guard that has sent it goes no further, and nobody acts on it twice.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Protocol
from urllib.parse import unquote

from seeother.asgi import Message, Receive, Scope, Send
from seeother.errors import CallRefused, OutcomeUnknown, PeerError
from seeother.message import Field

from .conversation import refuse_handshake
from .forwarding import RETURNED, VIA_ME, has_passed

_log = logging.getLogger("seeother.proxy")
_CLOSE = (b"connection", b"close")
_BAD_REQUEST, _NOT_ACTED_UPON, _BAD_GATEWAY, _NO_ANSWER = 400, 503, 502, 504


class House(Protocol):
    """A guard with all that it stands before."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

    async def aclose(self) -> None:
        """Let what is under way end, and close everything."""
        ...


class _Inhabited:
    """A house, and how many requests are in it."""

    __slots__ = ("empty", "guests", "house", "is_left")

    def __init__(self, house: House) -> None:
        self.house = house
        self.guests = 0
        self.is_left = False
        self.empty = asyncio.Event()


class Front:
    """An ASGI application in front of a house that can be exchanged while requests pass."""

    def __init__(self, house: House) -> None:
        """Send all to this house."""
        self._now = _Inhabited(house)
        self._closing: set[asyncio.Task[None]] = set()
        self._date = (0, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one ASGI connection pass."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        inhabited = self._now
        inhabited.guests += 1
        try:
            if scope["type"] == "http":
                await self._answered(inhabited.house, scope, receive, send)
            else:
                await _conversed(inhabited.house, scope, receive, send)
        finally:
            inhabited.guests -= 1
            if inhabited.is_left and not inhabited.guests:
                inhabited.empty.set()

    def exchange(self, house: House) -> None:
        """Send all that comes from now on to another house; the old one is closed when nobody is in it."""
        old, self._now = self._now, _Inhabited(house)
        old.is_left = True
        if not old.guests:
            old.empty.set()
        task = asyncio.get_running_loop().create_task(_closed(old))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start with nothing to do, and close the houses at the end."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._now.is_left = True
        if not self._now.guests:
            self._now.empty.set()
        await asyncio.gather(self._now.house.aclose(), *self._closing)
        await send({"type": "lifespan.shutdown.complete"})

    async def _answered(self, house: House, scope: Scope, receive: Receive, send: Send) -> None:
        way = _Way(send, self._dated)
        read = one_reading(scope)
        if read is None:
            await way.refuse(_BAD_REQUEST, _CLOSE)
            return
        if has_passed(scope["headers"]):
            await way.refuse(RETURNED, VIA_ME)
            return
        try:
            await house(read, receive, way)
        except PeerError as error:
            _log.warning("%s: %s", scope["method"], error)
            if not way.has_begun:  # the guard may change nothing, so it has left it to the server
                await way.refuse(*_told(error))

    def _dated(self) -> bytes:
        """The field Date (RFC 9110 section 6.6.1), made once a second."""
        now = int(time.time())
        if self._date[0] != now:
            self._date = (now, formatdate(now, usegmt=True).encode())
        return self._date[1]


class _Way:
    """The way out: a `send` that adds Date, and knows whether a head has gone."""

    __slots__ = ("_dated", "_send", "has_begun")

    def __init__(self, send: Send, dated: Callable[[], bytes]) -> None:
        self._send = send
        self._dated = dated
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if not self.has_begun and message["type"] == "http.response.start":
            self.has_begun = True
            headers = message["headers"]
            for name, _ in headers:
                if name == b"date":
                    break
            else:
                message = {**message, "headers": [*headers, (b"date", self._dated())]}
        await self._send(message)

    async def refuse(self, status: int, *fields: Field) -> None:
        """Answer without content."""
        headers = [(b"content-length", b"0"), *fields]
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": b"", "more_body": False})


async def _conversed(house: House, scope: Scope, receive: Receive, send: Send) -> None:
    """Let one WebSocket pass: its handshake is a request like any other."""
    read = one_reading(scope)
    if read is None:
        await refuse_handshake(scope, send, _BAD_REQUEST)
    elif has_passed(read["headers"]):
        await refuse_handshake(scope, send, RETURNED, [VIA_ME])
    else:
        await house(read, receive, send)


def one_reading(scope: Scope) -> Scope | None:
    """The request as everybody behind will read it; None where two could read two.

    An absolute target becomes a path, and its authority the Host (RFC 9112 section 3.2.2).
    """
    coded, length = b"", False
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            coded = coded + b"," + value if coded else value
        elif name == b"content-length":
            length = True
    if coded and (length or scope["http_version"] < "1.1" or coded.strip().lower() != b"chunked"):
        return None
    target, method = scope["raw_path"], scope.get("method", "GET")  # a WebSocket has none
    if method == "CONNECT":  # whatever is sent after it would be another conversation
        return None
    if target[:1] == b"/" or (target == b"*" and method == "OPTIONS"):
        return scope
    scheme, parted, rest = target.partition(b"://")
    if not parted or scheme.lower() not in {b"http", b"https"}:
        return None
    authority, slash, path = rest.partition(b"/")
    if not authority or b"@" in authority or b"?" in authority:
        return None
    raw_path = slash + path or b"/"
    fields = [field for field in scope["headers"] if field[0] != b"host"]
    return {
        **scope,
        "raw_path": raw_path,
        "path": unquote(raw_path.decode("ascii")),
        "headers": [(b"host", authority), *fields],
    }


def _told(error: PeerError) -> tuple[int, *tuple[Field, ...]]:
    """The status of an answer that nobody has made, and the fields that it needs."""
    if isinstance(error, CallRefused):
        return _NOT_ACTED_UPON, (b"retry-after", b"%d" % max(1, round(error.retry_after)))
    return (_NO_ANSWER if isinstance(error, OutcomeUnknown) else _BAD_GATEWAY,)


async def _closed(old: _Inhabited) -> None:
    await old.empty.wait()
    await old.house.aclose()
