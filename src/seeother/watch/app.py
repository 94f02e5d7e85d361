# SPDX-License-Identifier: Apache-2.0
"""Watch as one ASGI application: OTLP in, answers and the page out."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.journey import Journey

from .api import Announcer, Desk, TokenGate, count_changes, create_api
from .dashboard import dashboard_routes
from .questions import Asker
from .receive import PATHS, Receiver
from .warehouse import Store


class Watch:
    """The application over an open store, which stays its owner's to close."""

    def __init__(
        self,
        store: Store,
        journeys: Iterable[Journey],
        *,
        token: str | None = None,
        otlp_ports: frozenset[int] = frozenset(),
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Answer about `journeys`; at `otlp_ports` there is nothing but OTLP; with a `token`, callers show it."""
        self._store = store
        self._otlp_ports = otlp_ports
        self._asker = Asker(store.address)
        self._announcer = Announcer(lambda: count_changes(self._asker))
        self.receiver = Receiver(store.submit)
        desk = Desk(self._asker, store.address, {journey.name: journey for journey in journeys}, clock)
        self.api = create_api(desk, self.receiver, self._announcer, lifespan=self._lifespan, pages=dashboard_routes())
        self._inside = TokenGate(self._dispatch, token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._inside(scope, receive, send)

    async def close_streams(self) -> None:
        """End the answers that would never end by themselves."""
        await self._announcer.close()

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The receiver stands before the framework, whose routing would cost more than the body does.
        if scope["type"] == "http" and (scope["path"] in PATHS or scope["server"][1] in self._otlp_ports):
            await self.receiver(scope, receive, send)
        else:
            await self.api(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncGenerator[None]:
        stop_listening = self._store.listen(self._announcer.commit)
        announcing = asyncio.create_task(self._announcer.run())
        try:
            yield
        finally:
            stop_listening()
            announcing.cancel()
            with suppress(asyncio.CancelledError):
                await announcing
            await asyncio.to_thread(self._asker.close)
