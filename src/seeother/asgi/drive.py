# SPDX-License-Identifier: Apache-2.0
"""Drives a flow against an ASGI server and an application.

Where a flow has read the request's content, the application gets it from memory and hears of no disconnect before
it has answered: an action that happens once runs to its end, whatever the client does.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from seeother.errors import CallerError, PeerError, StoreError
from seeother.journey import IncidentKind
from seeother.ledger import NOT_TAKEN, Ledger, Pledge, offered
from seeother.message import Response
from seeother.policy import (
    Abandon,
    Answer,
    Claim,
    Flow,
    Forward,
    Found,
    Granted,
    Inquire,
    Inquiry,
    Offer,
    Pause,
    Read,
    Reconcile,
    Release,
    Reply,
    Report,
    Respond,
    Settle,
    Streamed,
    Tally,
    Verdict,
    Want,
)
from seeother.telemetry import to_carrier

from .renewal import Renewal

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Respondent = Callable[[Answer], Awaitable[None]]
Reporter = Callable[[IncidentKind, str], None]

_CONTENT = frozenset({"http.response.body", "http.response.pathsend", "http.response.zerocopysend"})
_ENDING = (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit)
_ANSWER = _CONTENT | {"http.response.start", "http.response.trailers"}
_TO_LEDGER = (Claim, Settle, Release, Abandon)


def is_last(message: Message) -> bool:
    """Whether a message ends an answer's content; trailers may follow it."""
    return message["type"] in _CONTENT and not message.get("more_body", False)


class ClientGone(PeerError):  # noqa: N818 - it says what happened
    """The client left before its request was complete; nothing was begun."""


class Drive:
    """One flow under way; `replayed` tells afterwards that the answer was an earlier one."""

    __slots__ = ("_app", "_content", "_ledger", "_receive", "_report", "_respond", "_scope", "_send", "_unsent",
                 "replayed")  # fmt: skip

    def __init__(
        self, app: Application, scope: Scope, receive: Receive, send: Send, *, respond: Respondent,
        ledger: Ledger | None, report: Reporter,
    ) -> None:  # fmt: skip
        """Take the three ends of an ASGI call, who sends a whole answer, the ledger, and who hears of incidents."""
        self._app = app
        self._scope = scope
        self._receive = receive
        self._send = send
        self._respond = respond
        self._ledger = ledger
        self._report = report
        self._content: bytes | None = None  # until it has been read
        self._unsent: _Capture | None = None  # a framework's own error page, until it is written down how it ended
        self.replayed = False

    async def run(self, flow: Flow) -> None:
        """Give the flow what it wants until it ends; failures are thrown into it and leave by it."""
        ledger = None if self._ledger is None or self._ledger.blocking else self._ledger
        try:
            want = next(flow)
            while True:
                try:
                    if ledger is not None and isinstance(want, _TO_LEDGER):
                        reply: Reply = _said(ledger, want)
                    else:
                        reply = await self._given(want)
                except BaseException as failure:
                    if isinstance(failure, GeneratorExit):
                        raise
                    want = flow.throw(failure)
                else:
                    want = flow.send(reply)
        except StopIteration:
            return
        except BaseException:
            if self._unsent is not None:
                await self._unsent.flush()
            raise
        finally:
            flow.close()

    async def _given(self, want: Want) -> Reply:
        reply: Reply = None
        match want:  # in the order of how often they come
            case Read(limit):
                reply = await self._read(limit)
            case Forward(content_limit, held, lease, offer):
                reply = await self._held(content_limit, held, lease, offer)
            case Respond(response, replayed):
                self.replayed = replayed
                await self._respond(Answer(response.status, response.fields, response.content))
            case Claim() | Settle() | Release() | Abandon():
                reply = await self._asked(want)
            case Report(kind, detail):
                self._report(kind, detail)
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Inquire(reconcile, inquiry):
                reply = await _found(reconcile, inquiry)
        return reply

    async def _asked(self, want: Claim | Settle | Release | Abandon) -> Verdict | bool:
        """What a ledger says that would block, by its face for an event loop."""
        if self._ledger is None:
            raise StoreError("this guard has no ledger")
        face = self._ledger.awaitable
        match want:
            case Claim(key, fingerprint, lease, rerun):
                return await face.claim(key, fingerprint, lease, rerun=rerun)
            case Settle(granted, answer, keep):
                return await face.settle(granted, answer, keep)
            case Release(granted):
                return await face.release(granted)
            case Abandon(granted):
                return await face.abandon(granted)

    async def _held(
        self, content_limit: int, held: Granted | None, lease: float, offer: Offer | None
    ) -> Response | Streamed | Verdict | None:
        """Run the application, and keep its claim meanwhile."""
        if held is None or lease <= 0 or self._ledger is None:
            return await (self._forward(content_limit) if offer is None else self._offering(content_limit, offer))
        renewal = Renewal(self._ledger, held, lease)
        try:
            return await (self._forward(content_limit) if offer is None else self._offering(content_limit, offer))
        finally:
            renewal.stop()

    async def _offering(self, content_limit: int, offer: Offer) -> Response | Streamed | Verdict | None:
        """Run the application, which may take the claim into a transaction of its own."""
        pledge = Pledge(offer, carry=to_carrier)
        try:
            with offered(pledge):
                answer = await self._forward(content_limit, pledge)
        except BaseException as failure:
            if pledge.verdict is None or isinstance(failure, _ENDING):
                raise  # else it has left the handler as it should, if in a task group's wrapping
            answer = None
        finally:
            await pledge.adropped()
        if pledge.verdict is None and pledge.is_missed(answer):
            self._report(IncidentKind.UNPROTECTED, NOT_TAKEN)
        return pledge.verdict or answer

    async def _read(self, limit: int) -> bytes | None:
        """The request's content, or None when it is longer than `limit`; what was read once is not read again."""
        if self._content is not None:
            return self._content if len(self._content) <= limit else None
        parts: list[bytes] = []
        length = 0
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                text = "the client left before its request was complete"
                raise ClientGone(text)
            part: bytes = message.get("body", b"")
            length += len(part)
            if length > limit:
                return None
            parts.append(part)
            more = message.get("more_body", False)
        self._content = b"".join(parts)
        return self._content

    async def _forward(self, content_limit: int, pledge: Pledge | None = None) -> Response | Streamed | None:
        """Run the application to its end; its answer, or what is known of it when it was too long and has streamed."""
        capture = _Capture(self._send, content_limit, pledge)
        unread = [self._content]

        async def reread() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            await capture.whole()
            return {"type": "http.disconnect"}  # as ASGI has it for whoever asks after the answer

        try:
            await self._app(self._scope, self._receive if self._content is None else reread, capture.send)
        except BaseException:
            self._unsent = capture
            raise
        return capture.answer()


async def _found(reconcile: Reconcile, inquiry: Inquiry) -> Found:
    """What the application finds, off the event loop where it would block it."""
    asks = inspect.iscoroutinefunction(reconcile)
    found = reconcile(inquiry) if asks else await asyncio.to_thread(reconcile, inquiry)
    return await found if inspect.isawaitable(found) else found


def _said(ledger: Ledger, want: Claim | Settle | Release | Abandon) -> Verdict | bool:
    match want:
        case Claim(key, fingerprint, lease, rerun):
            return ledger.claim(key, fingerprint, lease, rerun=rerun)
        case Settle(granted, answer, keep):
            return ledger.settle(granted, answer, keep)
        case Release(granted):
            return ledger.release(granted)
        case Abandon(granted):
            return ledger.abandon(granted)


class _Capture:
    """Keeps an answer until it is whole; one that grows too long, or is no plain answer, is let through.

    What is no part of the answer (early hints, a test client's notes) is passed on at once. Where the application's
    transaction waits for the answer it is ended first, while the application still holds it open.
    """

    __slots__ = ("_head", "_limit", "_parts", "_pledge", "_send", "_size", "_spoilt", "_streaming", "_tally",
                 "_waited", "ended")  # fmt: skip

    def __init__(self, send: Send, limit: int, pledge: Pledge | None = None) -> None:
        self._send = send
        self._limit = limit
        self._pledge = pledge
        self._head: Message | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._spoilt: BaseException | None = None  # why the transaction could not be ended as the answer says
        self._streaming = False
        self._tally: Tally | None = None  # of what streams; None where nobody asks, or a server sends a file
        self.ended = False
        self._waited: asyncio.Event | None = None  # where an application asks for more after its request's content

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if self._streaming or kind not in _ANSWER:
            if self._tally is not None and kind == "http.response.body":
                self._tally.add(message.get("body", b""))
            await self._send(message)
        elif self._pledge is not None and self._pledge.verdict is not None:
            pass  # it answers a failure that is none: another answer stands
        elif kind == "http.response.start" and not message.get("trailers", False):
            self._head = message
        elif kind == "http.response.body" and self._size + len(message.get("body", b"")) <= self._limit:
            self._parts.append(message.get("body", b""))
            self._size += len(self._parts[-1])
            if self._pledge is not None and self._pledge.is_taken and is_last(message):
                await self._end(self._pledge, message, kept=True)
        else:
            if self._pledge is not None and self._pledge.is_taken:
                await self._end(self._pledge, message, kept=False)
            self._stream(message)
            await self.flush()
            await self._send(message)
        if is_last(message):
            self.ended = True
            if self._waited is not None:
                self._waited.set()

    def _stream(self, message: Message) -> None:
        """Let the answer go out as it comes from now on."""
        self._streaming = True
        head = message if self._head is None else self._head
        if self._limit and "status" in head and message["type"] in {"http.response.start", "http.response.body"}:
            self._tally = Tally(head["status"])
            self._tally.add(b"".join([*self._parts, message.get("body", b"")]))

    async def whole(self) -> None:
        """Return when the answer is."""
        if not self.ended:
            self._waited = self._waited or asyncio.Event()
            await self._waited.wait()

    async def flush(self) -> None:
        """Let through what was kept."""
        if self._head is not None:
            head, self._head = self._head, None
            await self._send(head)
            if self._parts:
                await self._send(
                    {"type": "http.response.body", "body": b"".join(self._parts), "more_body": not self.ended}
                )

    def answer(self) -> Response | Streamed | None:
        """The whole answer, or what is known of one that was let through; an application that gave none has failed."""
        if self._spoilt is not None:
            raise self._spoilt
        if self._streaming:
            return None if self._tally is None or not self.ended else self._tally.streamed()
        if self._head is None or not self.ended:
            text = "the application ended without a complete answer"
            raise CallerError(text)
        return Response(self._head["status"], tuple(self._head["headers"]), b"".join(self._parts))

    async def _end(self, pledge: Pledge, message: Message, *, kept: bool) -> None:
        """End the application's transaction; if that fails the answer is not true, and nobody may get it."""
        head = message if self._head is None else self._head
        answer = Response(head.get("status", 0), tuple(head.get("headers", ())), b"".join(self._parts))
        try:
            await pledge.aanswered(answer, kept=kept)
        except BaseException as failure:
            self._head, self._parts, self._spoilt = None, [], failure
            raise
