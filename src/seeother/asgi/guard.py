# SPDX-License-Identifier: Apache-2.0
"""The guard around an ASGI application: `app = Guard(app)`.

One exchange passes, from the outside in: who is it (reception), was it done before (ledger), the application, repair
of its head; and on the way out: identity on the head, one row recorded. An error of the guard's own lets the exchange
pass as if there were no guard, and is logged.
"""

import asyncio
import logging
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.journey import RouteKind, Seal
from seeother.ledger import Ledger, open_ledger
from seeother.message import PatternTable, Request
from seeother.policy import Idempotency, Reception, RoutePolicy, Visit, once
from seeother.settings import DEFAULT_FILE, GUARD_SECTIONS, Mode, Settings, load_settings
from seeother.telemetry import Exporter, Recorder, begin, enter, leave, read_baggage

from .current import SEALING
from .drive import Application, ClientGone, Drive, Message, Receive, Scope, Send
from .outgoing import Outgoing, Shared

DRAIN_SECONDS = 10.0  # how long a shutdown waits for declared actions that are still running

_log = logging.getLogger("seeother.guard")


class Guard:
    """An ASGI application that makes every exchange of `app` safe, as the settings say.

    Without `settings` they are read from `seeother.toml` in the working directory, if there is one, and from the
    environment. Raises SettingsError when they cannot be used, and StoreError when the ledger cannot be opened.
    """

    def __init__(self, app: Application, settings: Settings | None = None, *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Precompute what each route needs; no thread is started and no connection kept, for a server may fork yet."""
        if settings is None:
            settings = load_settings(DEFAULT_FILE if Path(DEFAULT_FILE).exists() else None, os.environ, GUARD_SECTIONS)
        site = settings.site
        self._app = app
        self._routes: PatternTable[RoutePolicy] = PatternTable([(route.match, route) for route in settings.routes])
        self._seal = Seal(site.secrets) if settings.journeys and site.mode is not Mode.OFF else None
        once_somewhere = any(route.idempotency is not Idempotency.OFF for route in settings.routes)
        self._ledger: Ledger | None = None
        if once_somewhere and site.mode in {Mode.REPAIR, Mode.STRICT}:
            self._ledger = open_ledger(settings.ledger.url, clock=clock)
        recorder: Recorder | None = None
        self._exporter: Exporter | None = None
        telemetry = settings.telemetry
        if telemetry.endpoint is not None:
            recorder = Recorder(clock=clock)
            self._exporter = Exporter(
                recorder, endpoint=telemetry.endpoint, token=telemetry.token, service=telemetry.service
            )
        self._shared = Shared(
            Reception(
                settings.journeys, self._seal, public_url=site.public_url, trusted_services=site.trusted_services
            ),
            recorder, site.mode, clock,
        )  # fmt: skip
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one ASGI connection pass."""
        if scope["type"] == "http" and self._shared.mode is not Mode.OFF:
            await self._pass(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, self._ending(send))
        else:
            await self._app(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _request_of(scope)
        route = self._routes.find(request.method, request.path)
        exchange = begin(request.fields)
        visit = self._visit(request, route)
        if visit.identity is not None:
            exchange.journey_id = visit.identity.journey_id
            exchange.journey_name = visit.journey.name if visit.journey is not None else None
            exchange.step = visit.step.name if visit.step is not None else None
        outgoing = Outgoing(send, request, route, visit, exchange=exchange, shared=self._shared)
        guarded = self._guarded(request, route, outgoing, scope, receive)
        entered = enter(exchange)
        sealing = SEALING.set((self._seal, self._shared.clock) if self._seal is not None else None)
        try:
            if route is not None and route.kind is not RouteKind.ROUTING and not request.is_safe:
                await self._to_its_end(guarded)
            else:
                await guarded
        finally:
            SEALING.reset(sealing)
            leave(entered)

    def _visit(self, request: Request, route: RoutePolicy | None) -> Visit:
        """The request's place in a journey; none at all when it cannot be told."""
        reception = self._shared.reception
        try:
            carried = read_baggage(request.fields) if reception.trusts(request) else None
            return reception.welcome(
                request,
                route,
                carried=None if carried is None else (carried.journey_id, carried.journey_name),
                now=self._shared.clock.time(),
                may_mint=self._shared.mode is not Mode.OBSERVE,
            )
        except Exception:  # noqa: BLE001 - an error of the guard's own fails open (DESIGN decision 1)
            _log.exception("the guard could not tell whose request it is and lets it pass as nobody's")
            return Visit()

    async def _guarded(
        self, request: Request, route: RoutePolicy | None, outgoing: Outgoing, scope: Scope, receive: Receive
    ) -> None:
        """Run the exchange and record its row, however it ends."""
        try:
            await self._answered(request, route, outgoing, scope, receive)
        except ClientGone:
            return  # nothing was begun, so nothing has failed
        except BaseException:
            outgoing.record(scope)
            raise
        outgoing.record(scope)

    async def _answered(
        self, request: Request, route: RoutePolicy | None, outgoing: Outgoing, scope: Scope, receive: Receive
    ) -> None:
        """Have the exchange answered: by the flow where the route declares one, else by the application."""
        if route is None or route.idempotency is Idempotency.OFF or self._ledger is None:
            await self._app(scope, receive, outgoing.from_application)
            return
        drive = Drive(outgoing.repairing(self._app), scope, receive, outgoing.send, ledger=self._ledger)
        await drive.run(once(request, route))
        outgoing.replayed = drive.replayed

    async def _to_its_end(self, guarded: Coroutine[Any, Any, None]) -> None:
        """Run a declared action so that a cancelled connection does not cancel it."""
        task = asyncio.create_task(guarded)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.shield(task)

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
        if self._exporter is not None:
            await asyncio.to_thread(self._exporter.close)
        if self._ledger is not None:
            self._ledger.close()


def _request_of(scope: Scope) -> Request:
    """The request's head in an ASGI scope."""
    fields = tuple(scope["headers"])
    client = scope.get("client")
    authority = next((value for name, value in fields if name == b"host"), b"")
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b""),
        scheme=scope.get("scheme", "http"),
        authority=authority,
        fields=fields,
        client=client[0] if client else None,
    )
