# SPDX-License-Identifier: Apache-2.0
"""Runs one service until it is told to end."""

import asyncio
import logging
import os
import signal
import socket
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from seeother.errors import SettingsError, StoreError
from seeother.telemetry import LOG_FORMAT, JourneyFilter

from .arguments import ledger_url
from .listen import PortTakenError, listen

_GRACE_SECONDS = 5  # for requests under way at the end


@dataclass(frozen=True, slots=True)
class Listening:
    """A service whose socket is bound: what was asked for, the environment, and the origin it answers at."""

    arguments: Namespace
    environ: Mapping[str, str]
    origin: str


def guard_environment(listening: Listening) -> dict[str, str]:
    """The environment that the guard's settings are read with: the command line on top of what is there."""
    arguments = listening.arguments
    environ = {**listening.environ, "SEEOTHER_LEDGER_URL": arguments.ledger or ledger_url(arguments.database)}
    if arguments.watch != "none":
        environ["SEEOTHER_TELEMETRY_ENDPOINT"] = arguments.watch
    return environ


def run(
    name: str,
    parser: ArgumentParser,
    build: Callable[[Listening], ASGIApp],
    argv: Sequence[str],
    *,
    protocol: type[asyncio.Protocol] | None = None,
) -> int:
    """Bind, build the application and serve it, on uvicorn's own HTTP protocol or a given one; the exit code."""
    arguments = parser.parse_args(argv)
    _log_with_journeys(arguments.log_level)
    try:
        sockets = listen(arguments.host, arguments.port)
    except (PortTakenError, OSError) as error:
        return _failed(3, f"{name}: {error}; choose another one with --port")
    origin = f"http://{arguments.host}:{sockets[0].getsockname()[1]}"
    try:
        app = build(Listening(arguments, os.environ, origin))
    except SettingsError as error:
        return _failed(2, f"{name}: {error}")
    except StoreError as error:
        return _failed(3, f"{name}: {error}")
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn ends cleanly on these and then raises them again, for whoever handled them before: for us, done.
        signal.signal(number, _done)
    config = uvicorn.Config(
        app,
        http=protocol or "auto",
        lifespan="on",
        ws="none",
        log_level=arguments.log_level,
        access_log=False,
        proxy_headers=False,  # there is no proxy, and nobody else may say who the client is
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config, f"{name} listening on {origin}\n")
    server.run(sockets)
    return 0 if server.started else 3


def _log_with_journeys(level: str) -> None:
    """Have each line of a log say on whose journey it was written; uvicorn's own lines are about the server."""
    handler = logging.StreamHandler()
    handler.addFilter(JourneyFilter())
    logging.basicConfig(level=level.upper(), format=LOG_FORMAT, handlers=[handler])


class _Server(uvicorn.Server):
    """uvicorn that says on standard output when it is ready."""

    def __init__(self, config: uvicorn.Config, line: str) -> None:
        super().__init__(config)
        self._line = line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(self._line)
            sys.stdout.flush()


def _done(_number: int, _frame: object) -> None:
    """The signal has been obeyed already."""


def _failed(code: int, line: str) -> int:
    sys.stderr.write(line + "\n")
    return code
