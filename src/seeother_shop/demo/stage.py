# SPDX-License-Identifier: Apache-2.0
"""All parts together: started at once, awaited until ready, watched while they run, ended in order."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from httpx2 import AsyncClient, HTTPError

from seeother.errors import CallerError
from seeother_shop.serving import PortTakenError, listen

from .part import Part, PartError, Running, read_tail, start

__all__ = ["Stage", "StoppedError"]

READY_SECONDS = 60.0  # for imports, migrations and the store: about three, and a busy machine takes longer
POLL_SECONDS = 0.05
GOSSIP_SECONDS = 0.5  # for the news of a dead process to reach us
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
T = TypeVar("T")


class StoppedError(Exception):
    """Somebody sent this process a signal to end."""

    def __init__(self, number: int) -> None:
        """Remember which."""
        super().__init__(signal.Signals(number).name)
        self.number = number


class Stage:
    """Where the parts run; leaving the block ends them all, in the reverse order of their start."""

    def __init__(self, folder: Path) -> None:
        """Keep the parts' working directory and their logs in this folder."""
        self._folder = folder
        self._running: dict[str, Running] = {}
        self._fates: dict[str, asyncio.Task[PartError]] = {}
        self._lifeline = (-1, -1)
        self._told: asyncio.Future[int]

    async def __aenter__(self) -> Self:
        """Tie the lifeline and listen to signals."""
        self._lifeline = os.pipe()
        loop = asyncio.get_running_loop()
        self._told = loop.create_future()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._tell, number)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all parts; a signal while they end makes it short."""
        ending = asyncio.create_task(self._end_all())
        news: list[asyncio.Future[Any]] = [ending, self._told]
        await asyncio.wait(news, return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            for running in self._running.values():
                running.kill()
        await ending
        self._told.cancel()
        for number in SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)
        for end in self._lifeline:
            os.close(end)

    async def start(self, *parts: Part) -> None:
        """Start parts together and wait until each is ready; a taken port is a PartError before any has started."""
        for part in parts:
            if part.listens is not None:
                _must_be_free(part.name, *part.listens)
        for part in parts:
            running = await start(part, lifeline=self._lifeline[0], folder=self._folder)
            self._running[part.name] = running
            self._fates[part.name] = asyncio.create_task(running.fate())
        await self.during(_all_ready(parts))

    async def during(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do something while the parts run; raises PartError when one ends meanwhile, StoppedError on a signal."""
        task = asyncio.create_task(doing)
        try:
            while not (task.done() or self._told.done() or any(fate.done() for fate in self._fates.values())):
                news: list[asyncio.Future[Any]] = [task, self._told, *self._fates.values()]
                await asyncio.wait(news, return_when=asyncio.FIRST_COMPLETED)
            if task.done() and task.exception() is not None and self._fates:
                # What failed may have failed because a part has ended: that is then the better story.
                await asyncio.wait(self._fates.values(), timeout=GOSSIP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for fate in self._fates.values():
                if fate.done():
                    raise fate.result()
            if task.done():
                return task.result()
            number, self._told = self._told.result(), asyncio.get_running_loop().create_future()
            raise StoppedError(number)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def lines(self, name: str) -> AsyncIterator[bytes]:
        """What a part that speaks writes on its standard output, line by line."""
        output = self._running[name].process.stdout
        if output is None:
            raise CallerError(f"the part {name} does not speak")
        return output

    def tail(self, name: str) -> str:
        """The last lines that a part wrote on its standard error, also after its end."""
        return read_tail(self._folder / f"{name}.log")

    async def end(self, *names: str) -> list[int | None]:
        """End some parts, because their work is done; their exit codes."""
        running = [self._running[name] for name in names]
        for name in names:
            if name in self._fates:  # not there when somebody was interrupted while ending it
                self._fates.pop(name).cancel()
        await asyncio.gather(*(part.end() for part in running))
        for name in names:
            del self._running[name]
        return [part.process.returncode for part in running]

    def _tell(self, number: int) -> None:
        if not self._told.done():
            self._told.set_result(number)

    async def _end_all(self) -> None:
        for name in reversed(list(self._running)):
            await self.end(name)


def _must_be_free(name: str, host: str, port: int) -> None:
    try:
        for bound in listen(host, port):
            bound.close()
    except PortTakenError as error:
        raise PartError(f"{error} for {name}; end what listens there, or choose other ports with --port") from error


async def _all_ready(parts: Sequence[Part]) -> None:
    async with AsyncClient(timeout=1, trust_env=False) as client:
        await asyncio.gather(*(_ready(client, part.name, part.ready) for part in parts if part.ready is not None))


async def _ready(client: AsyncClient, name: str, address: str) -> None:
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        try:
            if (await client.get(address)).is_success:
                return
        except HTTPError:  # not yet listening, or too busy to answer
            pass
        await asyncio.sleep(POLL_SECONDS)
    raise PartError(f"{name} was not ready within {READY_SECONDS:g} s")
