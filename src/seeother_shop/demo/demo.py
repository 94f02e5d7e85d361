# SPDX-License-Identifier: Apache-2.0
"""One run of the demo: everybody is started, the shop opens, closes, settles, and the figures are read."""

import asyncio
import json
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from httpx2 import AsyncClient, HTTPError

from seeother_shop.books import Books, read_books
from seeother_shop.serving import API_KEY, fresh_secrets

from .cast import Addresses, Databases, crowd_part, shop_parts, watch_part
from .look import Look
from .part import PartError
from .screen import Screen
from .stage import Stage
from .story import STORY
from .watching import ask_counted, ask_stored, ask_watch

__all__ = ["Demo", "DemoOptions"]

DRAIN_SECONDS = 15.0  # for webhooks and errands under way when the last shopper has left
DRAIN_POLL_SECONDS = 0.1
COUNT_SECONDS = 30.0  # for watch to count how the last journeys ended, on a busy machine
FOLLOWS_SECONDS = 1.5  # after which all that watch has acknowledged is there to be counted
QUIET_SECONDS = 1.0  # our exporter sends within 0.5 s, the OpenTelemetry SDK in the storefront too
OPENING = "open"  # the file that is made when the doors open, from when the faults' seconds count


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line asks for; without `seconds` the shop stays open until a signal comes."""

    port: int = 8303
    shoppers: int = 20
    seconds: float | None = None
    faults: Sequence[str] = ()
    seed: int = 1
    tells_story: bool = False


@dataclass(slots=True)
class Demo:
    """The run, from first to last; a method for each act."""

    options: DemoOptions
    stage: Stage
    folder: Path
    screen: Screen
    addresses: Addresses = field(init=False)
    databases: Databases = field(init=False)
    secrets: dict[str, str] = field(default_factory=fresh_secrets)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    look: Look = field(init=False)
    _hearing: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """Find the addresses."""
        self.addresses = Addresses(self.options.port)
        self.databases = Databases.beside(self.folder / "shop.db")
        self.look = Look(self.addresses)

    async def start(self) -> None:
        """Start everybody and wait until the shop can open."""
        self.screen.say("starting storefront, payments, inventory and watch")
        services = shop_parts(
            self.addresses,
            self.databases,
            self.secrets,
            watch=self.addresses.watch,
            faults=self.options.faults,
            opening=self.folder / OPENING,
            seed=self.options.seed,
        )
        await self.stage.start(watch_part(self.addresses, self.folder), *services)

    async def play(self) -> None:
        """Let the shoppers in and show what happens, until closing time or a signal."""
        await self.stage.start(crowd_part(self.addresses, shoppers=self.options.shoppers, seed=self.options.seed))
        (self.folder / OPENING).touch()
        self._hearing = asyncio.create_task(self._hear())
        self.screen.say(f"open: shop {self.addresses.shop}, watch {self.addresses.watch}; Ctrl-C ends the run")
        try:
            async with asyncio.timeout(self.options.seconds):
                await self.stage.during(self._show())
        except TimeoutError:
            return

    async def close(self) -> Look:
        """Let the last shoppers finish, settle what is under way, and read the figures.

        Watch is asked for the figures when nothing new has come in for a while and the services have ended, which send
        what they still hold on their way out.
        """
        self.screen.say("closing: the last shoppers finish; Ctrl-C once more stops at once")
        (code,) = await self.stage.during(self.stage.end("shoppers"))
        if code not in {0, -signal.SIGTERM}:
            raise PartError(f"shoppers ended with exit code {code} at closing time", self.stage.tail("shoppers"))
        if self._hearing is not None:
            await self._hearing
        await self.stage.during(self._drain())
        await self.stage.during(self._quieten())
        await self.stage.during(self.stage.end("storefront", "payments", "inventory"))
        await self.stage.during(self._await_counts())
        await self.stage.during(self._take_look())
        self.screen.show(self.look)
        self.screen.say("closed")
        return self.look

    async def _show(self) -> None:
        async with asyncio.TaskGroup() as group:
            if self.options.tells_story:
                group.create_task(_tell(self.screen))
            while True:
                try:
                    await self._take_look()
                except HTTPError as error:  # a busy machine; if watch has ended, the stage says so
                    self.screen.say(f"watch did not answer: {error!r}")
                self.screen.show(self.look)
                await asyncio.sleep(self.screen.every_seconds)

    async def _take_look(self) -> None:
        async with AsyncClient(trust_env=False, timeout=10) as client:
            picture = await ask_watch(client, self.addresses.watch, self.since)
        books = await asyncio.to_thread(self._read_books)
        self.look = Look(self.addresses, picture, books, self.look.shoppers)

    def _read_books(self) -> Books:
        databases = self.databases
        return read_books(shop=databases.shop, payments=databases.payments, inventory=databases.inventory)

    async def _hear(self) -> None:
        async for line in self.stage.lines("shoppers"):
            self.look = replace(self.look, shoppers=json.loads(line))

    async def _drain(self) -> None:
        """Have all webhooks delivered now, and wait for what the services still do on their own."""
        fields = {"authorization": f"Bearer {self.secrets[API_KEY]}"}
        deadline = time.monotonic() + DRAIN_SECONDS
        async with AsyncClient(trust_env=False, timeout=DRAIN_SECONDS, headers=fields) as client:
            while time.monotonic() < deadline:
                answer = await client.post(self.addresses.payments + "/webhooks/flush")
                pending = answer.raise_for_status().json()["pending"]
                if pending == 0 and (await asyncio.to_thread(self._read_books)).balanced:
                    return
                await asyncio.sleep(DRAIN_POLL_SECONDS)
        self.screen.say(f"not all was settled within {DRAIN_SECONDS:g} s")

    async def _quieten(self) -> None:
        """Wait until no more telemetry comes in: who ends gives up what a busy watch does not take at once."""
        deadline = time.monotonic() + DRAIN_SECONDS
        before: dict[str, int] = {}
        async with AsyncClient(trust_env=False, timeout=DRAIN_SECONDS) as client:
            while time.monotonic() < deadline:
                stored = await ask_stored(client, self.addresses.watch)
                if stored == before:
                    return
                before = stored
                await asyncio.sleep(QUIET_SECONDS)

    async def _await_counts(self) -> None:
        """Wait until watch has counted how the last journeys ended."""
        ended = datetime.now(UTC) + timedelta(seconds=FOLLOWS_SECONDS)
        deadline = time.monotonic() + COUNT_SECONDS
        async with AsyncClient(trust_env=False, timeout=DRAIN_SECONDS) as client:
            while time.monotonic() < deadline:
                counted = await ask_counted(client, self.addresses.watch)
                if counted is not None and counted >= ended:
                    return
                await asyncio.sleep(DRAIN_POLL_SECONDS)


async def _tell(screen: Screen) -> None:
    told = 0.0
    for chapter in STORY:
        await asyncio.sleep(chapter.at - told)
        told = chapter.at
        screen.say(chapter.text)
