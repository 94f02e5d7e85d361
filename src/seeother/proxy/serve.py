# SPDX-License-Identifier: Apache-2.0
"""Runs the proxy until it is told to stop; SIGHUP has it read its configuration again.

h11 reads what clients send: it is the stricter of uvicorn's readers, and what it hands on is written anew.
"""

import asyncio
import logging
import math
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn

from seeother.asgi import Application
from seeother.errors import SeeOtherError
from seeother.settings import Settings

from .conversation import MOST_BYTES
from .front import Front
from .house import GuardHouse
from .listening import HeadInTime

_KEEP_ALIVE_SECONDS = 75  # as nginx: longer than what stands before keeps a connection, so that it closes first

_log = logging.getLogger("seeother.proxy")


def serve(settings: Settings, listening: socket.socket, read_again: Callable[[], Settings]) -> None:
    """Guard until SIGINT or SIGTERM; what is under way may end meanwhile. Raises SettingsError and StoreError."""
    front = Front(GuardHouse(settings))
    _Server(served_as(front, settings), front, settings, read_again).run(sockets=[listening])


def served_as(front: Application, settings: Settings) -> uvicorn.Config:
    """How uvicorn is to serve."""
    return uvicorn.Config(
        front,
        http=HeadInTime,
        ws="websockets-sansio",
        ws_max_size=MOST_BYTES,
        lifespan="on",
        access_log=False,
        log_level="warning",
        proxy_headers=False,  # whom to believe is for the guard to say
        server_header=False,
        date_header=False,  # the server behind has said it
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(settings.proxy.drain.total_seconds()),
    )


class _Server(uvicorn.Server):
    """uvicorn, which reads the configuration again on SIGHUP, and does not raise the signal that ended it."""

    def __init__(
        self, config: uvicorn.Config, front: Front, settings: Settings, read_again: Callable[[], Settings]
    ) -> None:
        super().__init__(config)
        self._front = front
        self._proxy = settings.proxy
        self._read_again = read_again

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _reload(self) -> None:
        try:
            settings = self._read_again()
            house = GuardHouse(settings)
        except SeeOtherError as error:
            _log.error("the configuration stays as it was: %s", error)
            return
        self._front.exchange(house)
        if settings.proxy != self._proxy:
            _log.warning("what stands in [proxy] counts from the next start on")
        forgets = "; the ledger in memory begins empty" if settings.ledger.url.startswith("memory:") else ""
        _log.warning("the configuration was read again%s", forgets)
