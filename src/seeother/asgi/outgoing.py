# SPDX-License-Identifier: Apache-2.0
"""The way out of one exchange: one head, held until there is content, so that it can still be mended.

The application's messages come in by `from_application` and are judged; the guard's own and replayed answers by
`send`, for those were judged when they were made.

    nothing ── head ──> held ── content, or flush ──> begun ── the last content ──> ended
                         └── another head: it takes the first one's place

A redirect and an error are held until they are all in hand: middlewares of the usual sort (Starlette's
BaseHTTPMiddleware) make pieces of every answer, and nobody streams these.

A head after the answer has begun cannot be sent any more (ERR005). If it was a redirect and the page is still open,
the page gets a link and a meta refresh instead: a way on where there would be a dead end.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress

from seeother.gate import Passage, goes_alone, second_head
from seeother.journey import IncidentKind
from seeother.message import Fields
from seeother.policy import Answer, Staging

from .control import carries_hints, early_hint, refusal
from .drive import Application, Message, Receive, Scope, Send, is_last

_START, _BODY = "http.response.start", "http.response.body"
_CONTENT = frozenset({_BODY, "http.response.pathsend", "http.response.zerocopysend"})
_CONTENT_TYPE = b"content-type"
_NAME = len(_CONTENT_TYPE)
_FIRST_REDIRECT = 300
_FAILED = 500
_GATHERED = 1 << 20  # bytes of an answer that are held; of a longer one only the head is judged
_BESIDE = frozenset({"http.response.early_hint", "http.response.push"})


class Outgoing:
    """The way out of one exchange; it keeps the promise `Wire` that an application's control asks for."""

    __slots__ = ("_ended", "_fields", "_flushed", "_gathered", "_late", "_muted", "_next", "_passage",
                 "_scope", "_send", "begun", "held")  # fmt: skip

    def __init__(self, passage: Passage, scope: Scope, send: Send) -> None:
        """Send to the client by `send`."""
        self._passage = passage
        self._scope = scope
        self._send = send
        self._next: Send | None = None  # where judged messages go; to the client unless a flow wants them
        self.held: Message | None = None  # the head that waits for content
        self._gathered: list[bytes] = []  # pieces of an answer that is held until it is all in hand
        self._fields: Fields = ()  # of the head that has begun
        self._flushed = False
        self._muted = False  # what comes is of an answer that cannot be sent
        self._late: bytes = b""  # what the page gets for a redirect that came too late
        self._ended = False
        self.begun = False

    async def from_application(self, message: Message) -> None:
        """Judge and repair what the application sends, and send it on."""
        kind = message["type"]
        if kind == _BODY:
            if self.held is None:
                await self._more(message)
            elif self._gathered or message.get("more_body", False):
                await self._first(message)
            else:
                await self._released(message)
        elif kind == _START:
            if self._goes(message):
                await self._released(None)
        elif kind in _BESIDE:
            await self._beside(message)
        elif not self._muted:
            if self.held is not None and kind in _CONTENT:
                await self._released(None)
            await self._on(message)

    def repairing(self, app: Application) -> Application:
        """The application with its answers judged and repaired before anyone remembers them."""

        async def repaired(scope: Scope, receive: Receive, send: Send) -> None:
            self._next = send
            try:
                await app(scope, receive, self.from_application)
            finally:
                self._next = None

        return repaired

    async def send(self, message: Message) -> None:
        """Send a message to the client; a head as it is to leave."""
        if message["type"] == _START:
            answer = self._passage.leaving(message["status"], _fields_of(message), None)
            await self._begin(message, answer)
            if answer.content is not None:
                await self._finish(answer.content)
                self._muted = True
        elif not self._muted:
            await self._send(message)
            if is_last(message):
                self._end()

    async def respond(self, answer: Answer) -> None:
        """Send a whole answer to the client."""
        answer = self._passage.leaving(*answer)
        await self._begin({"type": _START}, answer)
        await self._finish(answer.content or b"")

    async def returned(self) -> None:
        """The application is done: a head without content goes as it is, for the server to complain about."""
        if self.held is not None:
            await self._released(self._piece())

    async def failed(self, error: Exception) -> None:
        """The application has raised: answer in its place if nothing was sent, else say that the answer broke off."""
        if self.begun:
            if not self._ended:
                self._passage.happened(IncidentKind.CUT, error=type(error).__name__)
            return
        answer = self._passage.broken_off(error=error)
        if answer is not None:
            self.held = None
            await self.respond(answer)

    async def overdue(self) -> bool:
        """Answer whoever has waited long enough, unless something has left; what the application gives goes nowhere."""
        parting = self._passage.overdue()
        if parting is None:
            return False
        passage, send = self._passage, self._send
        (status, fields, content), self._passage = parting
        self._send = _nowhere
        with suppress(OSError):  # the client has left, which is no matter of the application's
            await send({"type": _START, "status": status, "headers": list(fields)})
            await send({"type": _BODY, "body": content or b"", "more_body": False})
        passage.ended()
        return True

    @property
    def staging(self) -> Staging:
        """What is staged for the head."""
        return self._passage.staging

    @property
    def may_hint(self) -> bool:
        """Whether this connection carries early hints."""
        return carries_hints(self._scope)

    async def hint(self, links: Sequence[bytes]) -> None:
        """Send early hints to the client at once."""
        await self._send(early_hint(links))

    async def flush(self) -> None:
        """Let the head go if one is held, and hold none from now on."""
        self._flushed = True
        if self.held is not None:
            await self._released(self._piece())

    def _goes(self, message: Message) -> bool:
        """Hold a head, and tell whether it goes at once; a second one takes its place, or comes too late."""
        if self.begun or self.held is not None:
            self._second(message)
            if self.begun:
                return False
            self._gathered = []
        self.held = message
        return self._flushed or message.get("trailers", False) or _is_awaited(message)

    def _second(self, message: Message) -> None:
        page = () if self._ended else self._fields
        late = second_head(self._passage, message["status"], _fields_of(message), page=page if self.begun else None)
        if self.begun:
            self._muted = True
            self._late = late or self._late

    async def _first(self, body: Message) -> None:
        """Take content for the held head; nobody streams a redirect or an error, so their pieces are gathered."""
        head = self.held
        if self._gathered or (body.get("more_body", False) and head is not None and head["status"] >= _FIRST_REDIRECT):
            self._gathered.append(body.get("body", b""))
            if body.get("more_body", False) and sum(map(len, self._gathered)) <= _GATHERED:
                return
            body = {**body, "body": b"".join(self._gathered)}
        await self._released(body)

    def _piece(self) -> Message | None:
        """What was gathered, as the first piece of an answer."""
        return {"type": _BODY, "body": b"".join(self._gathered), "more_body": True} if self._gathered else None

    async def _released(self, body: Message | None) -> None:
        """Let the held head go, judged and repaired, and with it the first content."""
        head, self.held = self.held, None
        if head is None:
            return
        content: bytes | None = None
        if body is not None and not body.get("more_body", False) and not head.get("trailers", False):
            content = body.get("body", b"")
        if self._next is not None:
            await self._kept(self._next, head, body, content)
            return
        passage, status, lines = self._passage, head["status"], head.get("headers", ())
        instead = self._instead(head, content) if status == _FAILED else None
        answer = passage.let_out(status, lines, content) if instead is None else passage.leaving(*instead)
        status, fields, made = answer
        if made is not None and made is not content:
            await self._begin({"type": _START}, Answer(status, fields))
            await self._finish(made)
            self._muted = True  # whatever else the application gives is of the answer that this one replaces
            return
        self.begun = True
        self._fields = fields
        await self._send({**head, "status": status, "headers": list(fields)})
        if body is not None:
            await self._send(body)
            if made is not None:
                self._ended = True
                passage.ended()

    def _instead(self, head: Message, content: bytes | None) -> Answer | None:
        """What stands in for a failure; a framework answers from within its `except`, before it raises again."""
        if content is None:
            return None
        return self._passage.stood_in(sys.exception(), _FAILED, _fields_of(head), content)

    async def _kept(self, keep: Send, head: Message, body: Message | None, content: bytes | None) -> None:
        """Give the judged head, and with it the first content, to the flow that waits for it."""
        answer = self._instead(head, content) if head["status"] == _FAILED else None
        answer = answer or self._passage.answered(head["status"], _fields_of(head), content)
        self.begun = True
        self._fields = answer.fields
        await keep({**head, "status": answer.status, "headers": list(answer.fields)})
        if body is not None:
            await keep(body if answer.content is None else {**body, "body": answer.content})

    async def _begin(self, head: Message, answer: Answer) -> None:
        self.begun = True
        self._fields = answer.fields
        await self._send({**head, "status": answer.status, "headers": list(answer.fields)})

    async def _finish(self, content: bytes) -> None:
        await self._send({"type": _BODY, "body": content, "more_body": False})
        self._end()

    async def _more(self, body: Message) -> None:
        """Take content after the first; of an answer that cannot be sent, only its end is of use."""
        if not self._muted:
            await self._on(body)
        elif is_last(body):
            await self._closed()

    async def _on(self, message: Message) -> None:
        """Pass on what needs no judging."""
        if self._next is not None:
            await self._next(message)
            return
        await self._send(message)
        if is_last(message):
            self._end()

    async def _closed(self) -> None:
        """End an open page whose application has gone on to another answer."""
        if not self._ended:
            await self._on({"type": _BODY, "body": self._late, "more_body": False})

    async def _beside(self, message: Message) -> None:
        """Early hints and push: only what the server offers (FBK005)."""
        why = refusal(message, self)
        if why is None:
            await self._send(message)
            return
        kind = IncidentKind.PUSH if message["type"].endswith("push") else IncidentKind.HINT_REFUSED
        self._passage.happened(kind, why=why)

    def _end(self) -> None:
        self._ended = True
        self._passage.ended()


def _is_awaited(message: Message) -> bool:
    """Whether a client waits for this head alone."""
    for name, value in message.get("headers", ()):
        if len(name) == _NAME and name.lower() == _CONTENT_TYPE:
            return goes_alone(value)
    return False


async def _nowhere(_message: Message) -> None:
    """Send to nobody, for whoever waited has an answer."""


def _fields_of(message: Message) -> Fields:
    """The field lines of a head; names in lower case, as ASGI asks and Django forgets."""
    return tuple([(name.lower(), value) for name, value in message.get("headers", ())])
