# SPDX-License-Identifier: Apache-2.0
"""Watch as one ASGI application: OTLP in, answers and the page out."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from logging import getLogger

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.journey import Journey
from seeother.settings import WatchSettings

from .api import OPEN, Announcer, Desk, HostGate, Intake, Names, TokenGate, count_changes, create_api
from .dashboard import dashboard_routes
from .questions import Asker
from .receive import BROWSER_PATH, PATHS, BrowserReceiver, Heartbeat, Receiver
from .server_store import ServerStore
from .warehouse import Store, shown_address

_DEFAULTS = WatchSettings()

_log = getLogger(__name__)


class Watch:
    """The application over an open store, which stays its owner's to close."""

    def __init__(
        self,
        store: Store | ServerStore,
        journeys: Iterable[Journey],
        *,
        settings: WatchSettings = _DEFAULTS,
        otlp_ports: frozenset[int] = frozenset(),
        heartbeat_seconds: float | None = None,
        follow: Callable[[], Coroutine[None, None, None]] | None = None,
        look_seconds: float | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Answer about `journeys`; at `otlp_ports` there is nothing but OTLP; `follow` runs beside the answers.

        With a heartbeat, be sure of storing; with a look now and then, see what others have stored.
        """
        self._store = store
        self._otlp_ports = otlp_ports
        self._follow = follow
        self._look_seconds = look_seconds
        self._heartbeat = None if heartbeat_seconds is None else Heartbeat(store.submit, heartbeat_seconds, clock)
        self._asker, self._prober = Asker(store.address), Asker(store.address, threads=1)
        self._announcer = Announcer(lambda: count_changes(self._asker))
        token = () if settings.token is None else (settings.token,)
        self.receiver = Receiver(store.submit, keys=(*settings.ingest_keys, *token), clock=clock)
        names = Names(settings.hosts)
        self.browser = BrowserReceiver(
            store.submit, origins=settings.origins, trusted_proxies=settings.trusted_proxies, clock=clock,
            is_ours=names.has if settings.token is None else lambda _: True,
        )  # fmt: skip
        intake = Intake(self.receiver, self.browser, self._heartbeat, lambda: store.counted)
        known = {journey.name: journey for journey in journeys}
        desk = Desk(self._asker, self._prober, shown_address(store.address), known, clock)
        self.api = create_api(desk, intake, self._announcer, lifespan=self._lifespan, pages=dashboard_routes())
        # Who has shown a key or the token is no stranger, by whatever name he asks.
        self._servers = self.receiver if settings.ingest_keys or token else HostGate(self.receiver, names)
        self._inside: ASGIApp = (
            HostGate(self.api, names, is_open=OPEN) if settings.token is None else TokenGate(self.api, settings.token)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # The receivers stand before the framework, whose routing would cost more than the body does.
        if scope["type"] != "http":
            await self._inside(scope, receive, send)
        elif scope["path"] in PATHS or scope["server"][1] in self._otlp_ports:
            await self._servers(scope, receive, send)
        elif scope["path"] == BROWSER_PATH:
            await self.browser(scope, receive, send)
        else:
            await self._inside(scope, receive, send)

    async def close_streams(self) -> None:
        """End the answers that would never end by themselves."""
        await self._announcer.close()

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncGenerator[None]:
        stop_listening = self._store.listen(self._announcer.commit)
        tasks = [asyncio.create_task(self._announcer.run())]
        if self._heartbeat is not None:
            tasks.append(asyncio.create_task(self._heartbeat.run()))
        if self._look_seconds is not None:
            tasks.append(asyncio.create_task(self._look(self._look_seconds)))
        if self._follow is not None:
            tasks.append(asyncio.create_task(self._follow()))
        for task in tasks:
            task.add_done_callback(_tell_its_end)
        try:
            yield
        finally:
            stop_listening()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for asker in (self._asker, self._prober):
                await asyncio.to_thread(asker.close)

    async def _look(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            self._announcer.commit()


def _tell_its_end(task: asyncio.Task[None]) -> None:
    """None of these ends by itself; whoever waits for what it does should hear of it now, not when watch is stopped."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a part of watch has ended: %s", task.get_coro(), exc_info=error)
