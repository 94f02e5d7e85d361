# SPDX-License-Identifier: Apache-2.0
"""The guard around a WSGI application: `app.wsgi_app = Guard(app.wsgi_app)`.

What passes, and in which order, is the gate's to say; here environments become values and values answers.

Rules of this file: an exchange has a context (PEP 567) of its own, in which the application is called and its content
is made, so that nothing of it is left behind in a server's thread; the application is called, and its head is known to
the server, before the guard returns, as without it.
"""

import time
from collections.abc import Iterable, Iterator
from contextvars import Context, copy_context
from wsgiref.types import StartResponse, WSGIApplication

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.gate import PASSING, FindingError, Gate, Passage, flow_of
from seeother.journey import IncidentKind
from seeother.policy import Flow
from seeother.settings import Settings
from seeother.telemetry import enter

from .drive import ClientGone, Drive, Sleep
from .environ import Environ, apply, request_of
from .outgoing import Content, Outgoing

HELD_PER_KEY, HELD = 2, 4  # duplicates that wait for an answer, each in a thread that the server has few of


class Guard:
    """A WSGI application that makes every exchange of `app` safe, as the settings say.

    Without `settings` they are read from `seeother.toml` in the working directory, if there is one, and from the
    environment. Raises SettingsError when they cannot be used, and StoreError when the ledger cannot be opened.
    """

    __slots__ = ("_app", "_gate", "_sleep")

    def __init__(
        self,
        app: WSGIApplication,
        settings: Settings | None = None,
        *,
        clock: Clock = SYSTEM_CLOCK,
        sleep: Sleep = time.sleep,
    ) -> None:
        """Precompute what each route needs; no thread is started and no connection kept, for a server may fork yet."""
        self._app = app
        self._gate = Gate(settings, clock=clock)
        desk = self._gate.shared.desk
        desk.per_key, desk.most = HELD_PER_KEY, HELD
        self._sleep = sleep

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Let one exchange pass."""
        if not self._gate.is_on:
            return self._app(environ, start_response)
        try:
            passage, environ = self._let_in(environ)
        except FindingError:
            raise
        except Exception as error:  # noqa: BLE001 - an error of the guard's own fails open (DESIGN decision 1)
            self._gate.failed(error)
            return self._app(environ, start_response)
        passage.wire = outgoing = Outgoing(passage, environ, start_response)
        context = copy_context()
        context.run(enter, passage.context)
        context.run(PASSING.set, passage)
        leaving = _Leaving(context, self._guarded(passage, environ, outgoing))
        return leaving if outgoing.file is None else outgoing.file

    def _let_in(self, environ: Environ) -> tuple[Passage, Environ]:
        """Begin a passage; the environment as the application is to see it."""
        entry = self._gate.entered(request_of(environ))
        environ = dict(environ)  # ours to change; what stands around the guard keeps its own
        if entry.forwarding is not None or entry.forged:
            apply(environ, entry)
        passage = self._gate.let_in(entry.request)
        if entry.forwarding is not None and entry.forwarding.disagrees:
            passage.happened(IncidentKind.FORWARDED_DISAGREES)
        return passage, environ

    def close(self) -> None:
        """Send what is recorded and close the ledger; blocks for seconds at the most.

        WSGI does not tell an application when its server stops: what is recorded is sent at the process's end, too.
        """
        self._gate.close()

    def _guarded(self, passage: Passage, environ: Environ, outgoing: Outgoing) -> Content:
        """Run the exchange and record its row, however it ends; the pieces of content to be sent."""
        try:
            flow = flow_of(passage)
            if flow is None:
                yield from outgoing.judged(self._app, environ)
            else:
                yield from self._driven(passage, flow, environ, outgoing)
        except ClientGone:
            outgoing.unheard()
            return
        except BaseException as error:
            try:
                if isinstance(error, Exception):
                    yield from outgoing.failed(error)
            finally:
                passage.record(outgoing.template)
            raise
        passage.record(outgoing.template)

    def _driven(self, passage: Passage, flow: Flow, environ: Environ, outgoing: Outgoing) -> Content:
        drive = Drive(
            self._app, environ, outgoing=outgoing, ledger=passage.ledger,
            report=lambda kind, detail: passage.happened(kind, why=detail), sleep=self._sleep,
        )  # fmt: skip
        try:
            yield from drive.run(flow)
        finally:
            passage.replayed = drive.replayed


class _Leaving:
    """The content on its way to the server, made in the exchange's context."""

    __slots__ = ("_context", "_first", "_parts")

    def __init__(self, context: Context, parts: Content) -> None:
        """Go as far as the first piece, which comes with the head."""
        self._context = context
        self._parts = parts
        self._first = context.run(next, parts, None)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        first, self._first = self._first, None
        return first if first is not None else self._context.run(next, self._parts)

    def close(self) -> None:
        """End the exchange, whether or not the server has taken all of it."""
        self._context.run(self._parts.close)
