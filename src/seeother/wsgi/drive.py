# SPDX-License-Identifier: Apache-2.0
"""Drives a flow against a WSGI server and an application.

What the client is to get, a drive yields; so an answer that is too long to be kept streams while the flow waits for
its end. A client that leaves meanwhile closes the drive: that is thrown into the flow like any failure, and what the
flow still wants written down is written down.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Generator
from io import BytesIO
from typing import TypeVar
from wsgiref.types import WSGIApplication

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

from .environ import Environ, content_length
from .outgoing import Content, Outgoing
from .renewal import RENEWALS

Reporter = Callable[[IncidentKind, str], None]
Sleep = Callable[[float], None]
Result = TypeVar("Result")

_ENDING = (GeneratorExit, KeyboardInterrupt, SystemExit)
_PIECE = 1 << 16  # bytes that are read at a time


class ClientGone(PeerError):  # noqa: N818 - it says what happened
    """The client left; before its request was complete nothing was begun."""


class Drive:
    """One flow under way; `replayed` tells afterwards that the answer was an earlier one."""

    __slots__ = ("_app", "_content", "_environ", "_ledger", "_outgoing", "_report", "_sleep", "replayed")

    def __init__(
        self,
        app: WSGIApplication,
        environ: Environ,
        *,
        outgoing: Outgoing,
        ledger: Ledger | None,
        report: Reporter,
        sleep: Sleep,
    ) -> None:
        """Take the ends of a WSGI call, with an environment of one's own, the ledger, and who hears of incidents."""
        self._app = app
        self._environ = environ
        self._outgoing = outgoing
        self._ledger = ledger
        self._report = report
        self._sleep = sleep
        self._content: bytes | None = None  # until it has been read
        self.replayed = False

    def run(self, flow: Flow) -> Content:
        """Give the flow what it wants until it ends; failures are thrown into it and leave by it."""
        try:
            want = next(flow)
            while True:
                try:
                    reply = yield from self._given(want)
                except GeneratorExit:
                    self._left(flow)
                    raise
                except BaseException as failure:  # noqa: BLE001 - it is the flow's to handle
                    want = flow.throw(failure)
                else:
                    want = flow.send(reply)
        except StopIteration:
            return
        finally:
            flow.close()

    def _left(self, flow: Flow) -> None:
        """The client is gone: let the flow write down what it wants, and send nothing any more."""
        try:
            want = flow.throw(ClientGone("the client left before the answer was complete"))
            while isinstance(want, (Abandon, Release, Settle)):
                try:
                    reply = self._noted(want)
                except StoreError as failure:
                    want = flow.throw(failure)
                else:
                    want = flow.send(reply)
        except (ClientGone, StopIteration):
            return

    def _given(self, want: Want) -> Generator[bytes, None, Reply]:
        reply: Reply = None
        match want:
            case Read(limit):
                reply = self._read(limit)
            case Claim(key, fingerprint, lease, rerun):
                reply = self._ask(lambda ledger: ledger.claim(key, fingerprint, lease, rerun=rerun))
            case Settle() | Release() | Abandon():
                reply = self._noted(want)
            case Inquire(reconcile, inquiry):
                reply = _found(reconcile, inquiry)
            case Pause(seconds):
                self._sleep(seconds)
            case Report(kind, detail):
                self._report(kind, detail)
            case Forward(content_limit, held, lease, offer):
                reply = yield from self._held(content_limit, held, lease, offer)
            case Respond(response, replayed):
                self.replayed = replayed
                yield from self._outgoing.respond(Answer(response.status, response.fields, response.content))
        return reply

    def _noted(self, want: Settle | Release | Abandon) -> bool:
        match want:
            case Settle(granted, answer, keep):
                return self._ask(lambda ledger: ledger.settle(granted, answer, keep))
            case Release(granted):
                return self._ask(lambda ledger: ledger.release(granted))
            case Abandon(granted):
                return self._ask(lambda ledger: ledger.abandon(granted))

    def _ask(self, question: Callable[[Ledger], Result]) -> Result:
        if self._ledger is None:
            raise StoreError("this guard has no ledger")
        return question(self._ledger)

    def _read(self, limit: int) -> bytes | None:
        """The request's content, or None when it is longer than `limit`; what was read once is not read again.

        The application reads it from memory.
        """
        if self._content is None:
            content = self._received(limit)
            if content is None:
                return None
            self._content = content
            self._environ["wsgi.input"] = BytesIO(content)
            self._environ["CONTENT_LENGTH"] = str(len(content))
        return self._content if len(self._content) <= limit else None

    def _received(self, limit: int) -> bytes | None:
        """What the client sends, read from the server; None when it is longer than `limit`."""
        length = content_length(self._environ)
        if length is None and not self._environ.get("wsgi.input_terminated"):
            return b""  # where it would end nobody knows (PEP 3333, input and error streams)
        if length is not None and length > limit:
            return None
        source = self._environ["wsgi.input"]
        parts: list[bytes] = []
        size = 0
        while length is None or size < length:
            try:
                part: bytes = source.read(_PIECE if length is None else min(_PIECE, length - size))
            except OSError as error:
                raise ClientGone("the client left before its request was complete") from error
            if not part:
                break
            parts.append(part)
            size += len(part)
            if size > limit:
                return None
        if length is not None and size < length:
            raise ClientGone("the client left before its request was complete")
        return b"".join(parts)

    def _held(
        self, content_limit: int, held: Granted | None, lease: float, offer: Offer | None
    ) -> Generator[bytes, None, Response | Streamed | Verdict | None]:
        """Run the application, and keep its claim meanwhile."""
        if held is None or lease <= 0 or self._ledger is None:
            return (yield from self._offering(content_limit, offer))
        renewal = RENEWALS.begin(self._ledger, held, lease)
        try:
            return (yield from self._offering(content_limit, offer))
        finally:
            RENEWALS.end(renewal)

    def _offering(
        self, content_limit: int, offer: Offer | None
    ) -> Generator[bytes, None, Response | Streamed | Verdict | None]:
        """Run the application, which may take the claim into a transaction of its own."""
        if offer is None:
            return (yield from self._forward(content_limit))
        pledge = Pledge(offer, carry=to_carrier, blocking=True)
        try:
            with offered(pledge):
                answer = yield from self._forward(content_limit, pledge)
        except BaseException as failure:
            if pledge.verdict is None or isinstance(failure, _ENDING):
                raise  # else it has left the handler as it should
            answer = None
        finally:
            pledge.dropped()
        if pledge.verdict is None and pledge.is_missed(answer):
            self._report(IncidentKind.UNPROTECTED, NOT_TAKEN)
        return pledge.verdict or answer

    def _forward(
        self, content_limit: int, pledge: Pledge | None = None
    ) -> Generator[bytes, None, Response | Streamed | None]:
        """Run the application to its end; its answer, or what is known of it when it was too long and has streamed."""
        kept: list[bytes] = []
        size = 0
        outgoing = self._outgoing

        def whole() -> None:
            if pledge is not None and outgoing.answer is not None:
                pledge.answered(Response(outgoing.answer.status, outgoing.answer.fields, b"".join(kept)))

        source = outgoing.judged(self._app, self._environ, keeps=True, whole=whole)
        try:
            for part in source:
                kept.append(part)
                size += len(part)
                if size <= content_limit:
                    continue
                if pledge is not None and outgoing.answer is not None:
                    pledge.answered(Response(outgoing.answer.status, outgoing.answer.fields, b""), kept=False)
                if pledge is None or pledge.verdict is None:
                    return (yield from self._overflowing(b"".join(kept), source, counts=content_limit > 0))
                return None
        finally:
            source.close()
        answer = outgoing.answer
        if answer is None:
            raise CallerError("the application ended without a complete answer")
        return Response(answer.status, answer.fields, b"".join(kept))

    def _overflowing(
        self, kept: bytes, rest: Generator[bytes], *, counts: bool
    ) -> Generator[bytes, None, Streamed | None]:
        """Let an answer go out that is too long to be kept."""
        content = self._outgoing.overflowing(kept, rest)
        if not counts or self._outgoing.answer is None:
            yield from content
            return None
        tally = Tally(self._outgoing.answer.status)
        for part in content:
            tally.add(part)
            yield part
        return tally.streamed()


def _found(reconcile: Reconcile, inquiry: Inquiry) -> Found:
    """What the application finds; a coroutine runs in a loop of its own."""
    found = reconcile(inquiry)
    return asyncio.run(_awaited(found)) if inspect.isawaitable(found) else found


async def _awaited(found: Awaitable[Found]) -> Found:
    return await found
