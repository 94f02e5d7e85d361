# SPDX-License-Identifier: Apache-2.0
"""Runs watch on sockets of its own until it is told to stop; what was acknowledged or is under way gets stored."""

import asyncio
import gc
import signal
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from seeother.errors import SettingsError
from seeother.settings import Settings

from .access_log import Feed
from .app import Watch
from .old_rows import progress_bar
from .receive import BEAT_SECONDS
from .server_store import ServerStore
from .warehouse import Store, go_first, is_on_a_server, shown_address, store_path

_GRACE_SECONDS = 10  # for requests under way; a batch takes a fraction of one
_LOOK_SECONDS = 1.0  # between looks at a store that others fill too


Show = Callable[[str], None]


def open_store(
    settings: Settings, listening_on: str = "", show: Show = lambda _: None, *, reads_first: bool = False
) -> Store | ServerStore:
    """The configured store, opened, locked and brought up to date; `show` hears how far that is, if it takes long.

    With `reads_first` that includes what a Collector has stored on a server before; else it is left to `serve`.
    """
    watch = settings.watch
    if is_on_a_server(watch.store):
        return ServerStore(
            settings, report=lambda day: show(progress_bar(day)), listening_on=listening_on, reads_first=reads_first
        )
    try:
        from .warehouse.chdb import ChdbEngine  # noqa: PLC0415 - not needed, nor perhaps installed, where a server is
    except ModuleNotFoundError as error:
        cure = "a folder needs the embedded engine: pip install 'seeother[embedded]'; or give clickhouse://HOST:PORT/DB"
        raise SettingsError("watch.store", watch.store, cure) from error

    return Store(
        store_path(watch.store),
        ChdbEngine,
        journeys=settings.journeys,
        identity=watch.journey_id,
        kept=(watch.keep, watch.keep_counts),
        report=lambda day: show(progress_bar(day)),
        listening_on=listening_on,
    )


def migrate_store(settings: Settings, show: Show) -> list[str]:
    """Bring the configured store up to date, wherever it is; a line for each thing done. `show` hears how far it is."""
    store = open_store(settings, show=show, reads_first=True)
    store.close()
    if isinstance(store, ServerStore):
        return store.done
    return [f"applied {migration.number:04} {migration.name}" for migration in store.migrated]


def name_of(store: Store | ServerStore) -> str:
    """Where a store is, as anybody may read it."""
    return shown_address(store.address)


def serve(
    settings: Settings,
    store: Store | ServerStore,
    sockets: Sequence[socket.socket],
    access_log: Path | None = None,
    show: Show = lambda _: None,
) -> None:
    """Answer on `sockets`, on all but the first only OTLP, until SIGINT or SIGTERM; then close the store.

    Meanwhile follow an access log, if there is one, and read old rows, if there are any; `show` hears how far that is.
    """
    try:
        if isinstance(store, ServerStore):
            store.read_old_rows(show)
        follow = None if access_log is None else _feed(settings, store, access_log).run
        otlp_ports = frozenset([listening.getsockname()[1] for listening in sockets[1:]])
        watch = Watch(
            store, settings.journeys, settings=settings.watch, otlp_ports=otlp_ports, heartbeat_seconds=BEAT_SECONDS,
            follow=follow, look_seconds=_LOOK_SECONDS if isinstance(store, ServerStore) else None,
        )  # fmt: skip
        gc.freeze()  # all of it stays: to look through it again took 25 ms off the event loop now and then
        go_first()
        _Server(served_as(watch), watch).run(sockets=list(sockets))
    finally:
        store.close()


def served_as(watch: ASGIApp) -> uvicorn.Config:
    """How uvicorn is to serve."""
    return uvicorn.Config(
        watch,
        access_log=False,
        log_level="warning",
        lifespan="on",
        proxy_headers=False,  # whom to believe is for [watch] trusted_proxies to say
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _feed(settings: Settings, store: Store | ServerStore, access_log: Path) -> Feed:
    """What follows the access log, and remembers in the store's folder how far it has come."""
    return Feed(
        access_log, settings.journeys, store.submit, kept_in=store.path / "access-log.json",
        secrets=settings.site.secrets,
    )  # fmt: skip


class _Server(uvicorn.Server):
    """uvicorn, which ends streams before it waits for them, and does not raise the signal again afterwards."""

    def __init__(self, config: uvicorn.Config, watch: Watch) -> None:
        super().__init__(config)
        self._watch = watch
        self._closing: asyncio.Task[None] | None = None

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._leave, number)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _leave(self, number: int) -> None:
        self.handle_exit(number, None)
        self._closing = asyncio.ensure_future(self._watch.close_streams())
