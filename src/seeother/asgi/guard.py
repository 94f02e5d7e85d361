# SPDX-License-Identifier: Apache-2.0
"""The guard around an ASGI application: `app = Guard(app)`.

What passes, and in which order, is the gate's to say; here messages become values and values messages, and a declared
action runs to its end whatever the client does.
"""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.gate import PASSING, Entry, FindingError, Gate, Passage, flow_of
from seeother.journey import IncidentKind
from seeother.message import Request, first
from seeother.policy import Flow
from seeother.settings import Settings
from seeother.telemetry import enter, leave

from .deadline import Overdue, in_time
from .drive import Application, ClientGone, Drive, Message, Receive, Scope, Send
from .outgoing import Outgoing

DRAIN_SECONDS = 10.0  # how long a shutdown waits for declared actions that are still running

_log = logging.getLogger("seeother.guard")


class Guard:
    """An ASGI application that makes every exchange of `app` safe, as the settings say.

    Without `settings` they are read from `seeother.toml` in the working directory, if there is one, and from the
    environment. Raises SettingsError when they cannot be used, and StoreError when the ledger cannot be opened.
    """

    __slots__ = ("_app", "_gate", "_running")

    def __init__(self, app: Application, settings: Settings | None = None, *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Precompute what each route needs; no thread is started and no connection kept, for a server may fork yet."""
        self._app = app
        self._gate = Gate(settings, clock=clock, keeps_deadlines=True)
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one ASGI connection pass."""
        if scope["type"] != "http" or not self._gate.is_on:
            await self._app(scope, receive, self._ending(send) if scope["type"] == "lifespan" else send)
            return
        try:
            lines = scope["headers"]
            fields = dict(lines)
            if self._gate.has_proxies or len(fields) != len(lines):
                passage, scope = self._let_in(scope)
            else:
                passage = self._gate.meet(
                    scope["method"], scope["path"], scheme=scope.get("scheme", "http"), get=fields.get,
                    read=partial(_request_of, scope),
                )  # fmt: skip
        except FindingError:
            raise
        except Exception as error:  # noqa: BLE001 - an error of the guard's own fails open (DESIGN decision 1)
            self._gate.failed(error)
            await self._app(scope, receive, send)
            return
        entered = enter(passage.context)
        passing = PASSING.set(passage)
        try:
            if passage.place.is_action:
                await self._to_its_end(passage, scope, receive, send)
            else:
                await self._guarded(passage, scope, receive, send)
        finally:
            PASSING.reset(passing)
            leave(entered)

    def _let_in(self, scope: Scope) -> tuple[Passage, Scope]:
        """Begin a passage that may have come by proxies; the scope as the application is to see it."""
        entry = self._gate.entered(_request_of(scope))
        if entry.forwarding is not None or entry.forged:
            scope = _seen(scope, entry)
        passage = self._gate.let_in(entry.request)
        if entry.forwarding is not None and entry.forwarding.disagrees:
            passage.happened(IncidentKind.FORWARDED_DISAGREES)
        return passage, scope

    async def _guarded(
        self, passage: Passage, scope: Scope, receive: Receive, send: Send, heard: asyncio.Future[None] | None = None
    ) -> None:
        """Run the exchange and record its row, however it ends; `heard` lets whoever waits for an action go."""
        passage.wire = outgoing = Outgoing(passage, scope, send)
        app, deadline = self._app, passage.place.deadline
        if deadline is not None:
            app = in_time(app, outgoing, deadline, heard)
        try:
            flow = None if passage.place.is_plain else flow_of(passage)
            if flow is None:
                await app(scope, receive, outgoing.from_application)
                if outgoing.held is not None:
                    await outgoing.returned()
            else:
                await self._driven(passage, flow, outgoing.repairing(app), outgoing, scope=scope, receive=receive)
        except ClientGone:
            return  # nothing was begun, so nothing has failed
        except Overdue:
            pass  # whoever waited has an answer
        except BaseException as error:
            try:
                if isinstance(error, Exception):
                    await outgoing.failed(error)
            finally:
                passage.record(_template_of(scope))
            raise
        passage.record(_template_of(scope))

    async def _driven(
        self, passage: Passage, flow: Flow, app: Application, outgoing: Outgoing, *, scope: Scope, receive: Receive
    ) -> None:
        drive = Drive(
            app, scope, receive, outgoing.send, respond=outgoing.respond, ledger=passage.ledger,
            report=lambda kind, detail: passage.happened(kind, why=detail),
        )  # fmt: skip
        try:
            await drive.run(flow)
        finally:
            passage.replayed = drive.replayed

    async def _to_its_end(self, passage: Passage, scope: Scope, receive: Receive, send: Send) -> None:
        """Run a declared action so that a cancelled connection does not cancel it."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[None] = loop.create_future()  # to be cancelled in the task's place, as by a shield
        guarded = self._guarded(passage, scope, receive, send, heard)
        self._running.add(loop.create_task(self._heard(passage, guarded, heard)))
        await heard

    async def _heard(self, passage: Passage, guarded: Coroutine[Any, Any, None], heard: asyncio.Future[None]) -> None:
        """Tell whoever still listens how a declared action has ended, one turn of the loop sooner than a shield."""
        try:
            await guarded
        except Exception as error:  # noqa: BLE001 - the server's to handle, if it still listens
            if heard.done():  # it does not, and nobody else would tell
                route = passage.place.route  # an action has one; a path may hold what is nobody else's business
                _log.exception("%s failed after its client had left or was answered", route and route.match)
            else:
                heard.set_exception(error)
        except BaseException:
            heard.cancel()
            raise
        else:
            if not heard.done():
                heard.set_result(None)
        finally:
            self._running.discard(asyncio.current_task())

    def _ending(self, send: Send) -> Send:
        """A `send` for the lifespan that closes the guard after the application has shut down."""

        async def ending(message: Message) -> None:
            if message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}:
                await self.aclose()
            await send(message)

        return ending

    async def aclose(self) -> None:
        """Let running actions end, send what is recorded, close the ledger; done by the lifespan where there is one."""
        if self._running:
            _, unfinished = await asyncio.wait(self._running, timeout=DRAIN_SECONDS)
            if unfinished:
                _log.error(
                    "%d declared actions were still running at shutdown; their outcome is unknown", len(unfinished)
                )
        await asyncio.to_thread(self._gate.close)


def _request_of(scope: Scope) -> Request:
    """The request's head in an ASGI scope."""
    fields = tuple(scope["headers"])
    client = scope.get("client")
    return Request(
        scope["method"],
        scope["path"],
        scope.get("query_string", b""),
        scope.get("scheme", "http"),
        first(fields, b"host") or b"",
        fields,
        client[0] if client else None,
    )


def _seen(scope: Scope, entry: Entry) -> Scope:
    """The scope as the application is to see it: as before the trusted proxies, or without forgeries."""
    request = entry.request
    seen = {**scope, "headers": list(request.fields), "scheme": request.scheme}
    if entry.forwarding is not None and request.client is not None:
        seen["client"] = (request.client, 0)
    return seen


def _template_of(scope: Scope) -> str | None:
    """The template of the route as the framework noted it in the scope."""
    template = getattr(scope.get("route"), "path", None)
    return template if isinstance(template, str) else None
