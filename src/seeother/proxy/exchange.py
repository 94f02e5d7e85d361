# SPDX-License-Identifier: Apache-2.0
"""One exchange on its way to the server behind and back; content streams, and nothing is kept of it."""

import asyncio
from contextlib import suppress

import h11

from seeother.asgi import Message, Receive, Scope, Send
from seeother.breaker import Outcome
from seeother.gate import PASSING, Passage
from seeother.journey import IncidentKind
from seeother.message import SAFE_METHODS, Field, first

from .connection import Connection
from .forwarding import RETURNED, has_passed, to_client
from .pool import Pool
from .trouble import BrokenError, DepartedError, ReturnedError, SilentError, TroubleError

FAILING = frozenset({502, 504})  # answers that tell of a server behind the server; 503 it has thought of itself
_EARLY_HINTS = 103
_FIRST_ERROR, _LAST_STATUS = 400, 599
_EXPECT_SECONDS = 1.0  # to hear whether content is wanted, before it is sent all the same (RFC 9110 section 10.1.1)
WATCH_SECONDS = 0.1  # an answer that comes sooner needs nobody to look whether it is wanted still
_EVENTS = b"text/event-stream"  # silent for as long as nothing happens
_HINT = "http.response.early_hint"
_TRAILERS = "http.response.trailers"


class Exchange:
    """Asks for one request; `begun` tells whether the head of an answer has been passed on."""

    __slots__ = ("_connection", "_fields", "_has_content", "_is_safe", "_pool", "_receive", "_scope",
                 "_send", "_until", "_watch", "begun")  # fmt: skip

    def __init__(self, pool: Pool, scope: Scope, receive: Receive, send: Send, fields: list[Field]) -> None:
        """Send `fields`, which are as the server is to see them."""
        self._pool = pool
        self._scope = scope
        self._receive = receive
        self._send = send
        self._fields = fields
        self._is_safe = scope["method"] in SAFE_METHODS
        self._has_content = has_content(scope)
        self._connection: Connection | None = None
        self._until: float | None = None
        self._watch: asyncio.TimerHandle | asyncio.Task[None] | None = None
        self.begun = False

    async def run(self) -> Outcome:
        """Ask, and pass the answer on; how it went for the server's breaker. Raises TroubleError."""
        upstream = self._pool.upstream
        if upstream.total is not None:
            self._until = asyncio.get_running_loop().time() + upstream.total
        try:
            connection, response = await self._asked()
            if response.status_code > _LAST_STATUS:
                raise BrokenError(f"{upstream.name} has answered {response.status_code}, which is no status")
            if response.status_code == RETURNED and has_passed(response.headers):
                _report(IncidentKind.RETURNED, upstream=upstream.name)
                raise ReturnedError(f"{upstream.name} leads back to this guard")
            await self._pass_on(response, connection)
        finally:
            unfinished = self._over()
            if unfinished is not None:
                unfinished.close()
        return Outcome.FAILURE if response.status_code in FAILING else Outcome.SUCCESS

    async def _asked(self) -> tuple[Connection, h11.Response]:
        """The connection with the head of the answer; what is safe is asked again where a used one was just closed."""
        self._connection = connection = await self._pool.take(is_safe=self._is_safe)
        if self._is_safe and not self._has_content:  # else who reads the content would miss what this one hears
            self._watch = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._look_out)
        try:
            return connection, await self._ask(connection)
        except BrokenError:
            was_stale = connection.uses > 1 and not connection.has_answered
            if not self._is_safe or self._has_content or not was_stale:
                raise
        connection.close()
        self._connection = connection = await self._pool.connect()
        return connection, await self._ask(connection)

    async def _ask(self, connection: Connection) -> h11.Response:
        scope = self._scope
        query = scope["query_string"]
        target = scope["raw_path"] + b"?" + query if query else scope["raw_path"]
        connection.send_head(scope["method"].encode("ascii"), target, self._fields)
        response = None
        if self._has_content:
            response = await self._send_content(connection)
        else:
            connection.send_end()
        while response is None:
            response = await self._final(await connection.event(self._seconds()))
        return response

    async def _final(self, event: h11.Event) -> h11.Response | None:
        """The event if it is a final head; hints go to a client that takes them, other interim answers nowhere."""
        if isinstance(event, h11.Response):
            return event
        if isinstance(event, h11.InformationalResponse) and event.status_code == _EARLY_HINTS:
            links = [value for name, value in event.headers if name == b"link"]
            if links and _HINT in (self._scope.get("extensions") or {}):
                await self._send({"type": _HINT, "links": links})
        return None

    async def _send_content(self, connection: Connection) -> h11.Response | None:
        """Pass content on as it comes; the answer's head, where the server did not wait for all of it."""
        expected = first(self._fields, b"expect")
        if expected is not None and expected.lower() == b"100-continue":
            with suppress(SilentError):
                event = await connection.event(_EXPECT_SECONDS)
                if isinstance(event, h11.Response):
                    return event
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise DepartedError("the client left before its request was complete")
            content = message.get("body", b"")
            more = message.get("more_body", False)
            if content:
                connection.send_content(content)
            if not more:
                connection.send_end()
                return None
            await connection.drained(self._seconds())
            while connection.has_answered or not connection.is_open:
                early = connection.look()
                if early is None:
                    break
                response = await self._final(early)
                if response is not None:
                    return response

    async def _pass_on(self, response: h11.Response, connection: Connection) -> None:
        """Pass the answer on as it comes, in as few pieces as are there at a time."""
        fields = to_client(response.headers)
        _look_into(response.status_code, fields)
        announced = first(response.headers, b"trailer")
        trails = announced is not None and _TRAILERS in (self._scope.get("extensions") or {})
        head: Message = {"type": "http.response.start", "status": response.status_code, "headers": fields}
        if trails and announced is not None:
            fields.append((b"trailer", announced))
            head["trailers"] = True
        self.begun = True
        await self._send(head)
        is_endless = (first(fields, b"content-type") or b"").startswith(_EVENTS)
        if self._watch is None and (is_endless or not _is_declared()):  # it would go on for nobody
            self._watch = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._look_out)
        parts: list[bytes] = []
        while True:
            try:
                event = connection.look()
            except TroubleError:
                if parts:  # whoever asked gets all that there is
                    await self._piece(parts, more=True)
                raise
            if isinstance(event, h11.Data):
                parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self._pool.give_back(self._over() or connection)
                await self._piece(parts, more=False)
                if trails:
                    await self._send({"type": _TRAILERS, "headers": list(event.headers), "more_trailers": False})
                return
            elif parts:
                await self._piece(parts, more=True)
                parts = []
            else:
                await connection.more(None if is_endless and self._until is None else self._seconds())

    async def _piece(self, parts: list[bytes], *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": b"".join(parts), "more_body": more})

    def _seconds(self) -> float:
        """How long the server may be silent from now on; raises SilentError when all its time is over."""
        read, until = self._pool.upstream.read, self._until
        if until is None:
            return read
        left = until - asyncio.get_running_loop().time()
        if left <= 0:
            raise SilentError(f"{self._pool.upstream.name} has taken {self._pool.upstream.total:g} s")
        return min(read, left)

    def _look_out(self) -> None:
        """Begin to look whether the answer is wanted still."""
        self._watch = asyncio.get_running_loop().create_task(self._departure())

    async def _departure(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._connection is not None:
            self._connection.give_up(DepartedError("the client has left"))

    def _over(self) -> Connection | None:
        """Stop looking out; the connection, if it is ours still."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        connection, self._connection = self._connection, None
        return connection


def has_content(scope: Scope) -> bool:
    """Whether the request has content (RFC 9112 section 6.3); from HTTP/2 on nothing need say so."""
    method: str = scope["method"]
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return True
        if name == b"content-length":
            return bool(value.strip(b"0"))
    return scope.get("http_version", "1.1")[:1] != "1" and method not in SAFE_METHODS


def _is_declared() -> bool:
    """Whether the answer is that of a declared action, which is remembered whoever listens."""
    passing = PASSING.get()
    return isinstance(passing, Passage) and passing.place.is_action


def _look_into(status: int, fields: list[Field]) -> None:
    """Tell of an error that no rule can look into."""
    coding = first(fields, b"content-encoding")
    if status >= _FIRST_ERROR and coding not in {None, b"identity"}:
        why = f"its content is coded ({(coding or b'').decode('latin-1')})"
        _report(IncidentKind.OUT_OF_REACH, answered=str(status), why=why)


def _report(kind: IncidentKind, **detail: str) -> None:
    """Have it judged; where the guard does nothing there is nobody to judge."""
    passing = PASSING.get()
    if passing is not None:
        passing.happened(kind, **detail)
