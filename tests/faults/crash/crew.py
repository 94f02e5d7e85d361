# SPDX-License-Identifier: Apache-2.0
"""Starts the programs that kill, hears how far they are, and joins their reports."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

KILLS = int(os.environ.get("SEEOTHER_CRASH_KILLS", "0"))  # of components, in the long mode; 0 without
_MEMORY = Path("/dev/shm")  # noqa: S108 - SIGKILL takes nothing that the kernel was given, so no disk need be waited for

Told = Callable[[int, list[str]], object]
_shown = [0]  # how much of what is wrong


def say(text: str) -> None:
    """Show it now to whoever waits."""
    sys.stdout.write(text)
    sys.stdout.flush()


def progress(kills: int, wrong: Sequence[str], seconds: float) -> None:
    """One line, written over and over; what is wrong stays above it."""
    for each in wrong[_shown[0] :]:
        say(f"\r{each}\n")
    _shown[0] = max(_shown[0], len(wrong))
    say(f"\r{kills} kills, {len(wrong)} wrong, {seconds:.0f} s ")


@contextmanager
def folder() -> Generator[Path]:
    """A folder for many small files that nobody needs after a power cut."""
    with TemporaryDirectory(prefix="seeother-crash-", dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        yield Path(name)


def run(program: str, arguments: Sequence[Sequence[str]], told: Told) -> dict[str, Any]:
    """Run a program once for each list of arguments, all at the same time.

    `told` hears of kills and of what is wrong so far. The joined report; a program that ends badly raises.
    """
    command = [sys.executable, "-m", program]
    running = [
        subprocess.Popen([*command, *given], stdout=subprocess.PIPE, text=True, start_new_session=True)
        for given in arguments
    ]
    so_far: list[tuple[int, list[str]]] = [(0, [])] * len(running)
    reports: list[dict[str, Any]] = []

    def hear(number: int, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            said = json.loads(line)
            if "report" in said:
                reports.append(said["report"])
                continue
            so_far[number] = said["kills"], said["wrong"]
            told(sum(kills for kills, _ in so_far), [each for _, wrong in so_far for each in wrong])

    with ExitStack() as stack:
        for process in running:
            stack.enter_context(process)
            stack.callback(_end, process)  # where whoever waits is interrupted
        threads = [threading.Thread(target=hear, args=each) for each in enumerate(running)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        codes = [process.wait() for process in running]
    if any(codes):
        raise RuntimeError(f"{program} ended with {codes}")
    return _joined(reports)


def _end(process: "subprocess.Popen[str]") -> None:
    """Let nobody be left of a program: its children are of its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _joined(reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts and lists are added, durations are the longest."""
    joined = dict(reports[0])
    for report in reports[1:]:
        for name, value in report.items():
            if isinstance(value, dict):
                joined[name] = dict(Counter(joined[name]) + Counter(value))
            else:
                joined[name] = max(joined[name], value) if isinstance(value, float) else joined[name] + value
    return joined
