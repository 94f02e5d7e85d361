# SPDX-License-Identifier: Apache-2.0
"""A part of the demo: a module that runs as a child process, tied to this one by a lifeline."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seeother.errors import SeeOtherError

from . import child

__all__ = ["Part", "PartError", "Running", "read_tail", "start"]

PATIENCE_SECONDS = 6.0  # between asking a child to end and ending it; a service gives requests under way 5 s
TAIL_LINES = 12  # of a failed child's standard error, enough for the end of a traceback


class PartError(SeeOtherError):
    """A part could not start or did not last; one line, and the last lines it wrote about it."""

    def __init__(self, line: str, tail: str = "") -> None:
        """Say in one line what happened."""
        super().__init__(line)
        self.tail = tail


@dataclass(frozen=True, slots=True)
class Part:
    """What to run: a module with arguments.

    `ready` is an address that answers 2xx once the part is up, `listens` the host and port that must be free for it.
    A part that `speaks` writes lines on its standard output for us to read.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    ready: str | None = None
    listens: tuple[str, int] | None = None
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    speaks: bool = False
    patience_seconds: float = PATIENCE_SECONDS


@dataclass(slots=True)
class Running:
    """A part that has been started."""

    part: Part
    process: asyncio.subprocess.Process
    log: Path

    async def fate(self) -> PartError:
        """Wait until it ends; how it did."""
        code = await self.process.wait()
        if code < 0:
            return PartError(f"{self.part.name} was killed by {signal.Signals(-code).name}")
        return PartError(f"{self.part.name} ended by itself with exit code {code}", read_tail(self.log))

    async def end(self) -> None:
        """Ask it to end; after a while, end it and all that it has started."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), self.part.patience_seconds)
            except TimeoutError:
                self.kill()
                await self.process.wait()

    def kill(self) -> None:
        """End it at once, with its whole process group."""
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)


def read_tail(log: Path) -> str:
    """The last lines that a part wrote on its standard error."""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:])


async def start(part: Part, *, lifeline: int, folder: Path) -> Running:
    """Start a part in a session of its own: Ctrl-C reaches this process only, which then ends the others in order."""
    log = folder / f"{part.name}.log"
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", child.__file__, str(lifeline), part.module, *part.arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if part.speaks else asyncio.subprocess.DEVNULL,
            stderr=stderr,
            env={**os.environ, **part.environ},
            cwd=folder,
            pass_fds=(lifeline,),
            start_new_session=True,
        )
    return Running(part, process, log)
