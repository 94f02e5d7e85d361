# SPDX-License-Identifier: Apache-2.0
"""The real commands as processes, on free ports, with everything they started in view."""

import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

import psutil

SECONDS = 90.0  # for anything that a command does on a busy machine


class Heard:
    """What a process writes on one of its streams, read as it comes so that the process never has to wait."""

    def __init__(self, stream: IO[str]) -> None:
        """Begin to listen."""
        self._stream = stream
        self._lines: list[str] = []
        self._ended = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def await_word(self, word: str) -> None:
        """Wait until a line has the word."""
        with self._news:
            self._news.wait_for(lambda: self._ended or any(word in line for line in self._lines), SECONDS)
            assert any(word in line for line in self._lines), f"no {word!r} in {self._lines}"

    def text(self) -> str:
        """Everything, once the stream has ended."""
        self._thread.join(SECONDS)
        return "".join(self._lines)

    def _listen(self) -> None:
        for line in self._stream:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


@dataclass
class Command:
    """A running `seeother VERB`, its first port, and all processes that it has started so far."""

    process: subprocess.Popen[str]
    port: int
    output: Heard
    said: Heard
    family: dict[int, psutil.Process] = field(default_factory=dict[int, psutil.Process])

    def await_word(self, word: str) -> None:
        """Wait until it says the word on standard error, and look around."""
        self.said.await_word(word)
        self.look_around()

    def look_around(self) -> None:
        """Remember the processes that it has started."""
        self.family |= {child.pid: child for child in psutil.Process(self.process.pid).children(recursive=True)}

    def await_process(self, word: str) -> None:
        """Wait until one of its processes has the word in its name."""
        deadline = time.monotonic() + SECONDS
        while not any(word in child.name() for child in self.family.values() if child.is_running()):
            assert time.monotonic() < deadline, f"no process called {word!r} in {self.family}"
            with suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"ended with {self.process.wait(0.1)} before that")
            self.look_around()

    def child(self, word: str) -> psutil.Process:
        """The direct child with this word on its command line."""
        return next(child for child in psutil.Process(self.process.pid).children() if word in child.cmdline())

    def finish(self) -> tuple[int, str, str]:
        """Wait for its end: exit code, standard output, standard error."""
        code = self.process.wait(SECONDS)
        return code, self.output.text(), self.said.text()

    def left_over(self) -> list[str]:
        """What is still there after its end: processes, and ports that somebody listens on."""
        _, alive = psutil.wait_procs(self.family.values(), timeout=10)
        return [
            *map(str, alive),
            *(f"port {self.port + offset}" for offset in range(4) if is_taken(self.port + offset)),
        ]


def is_taken(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def four_ports() -> int:
    """The first of four free ports in a row, below those that the kernel gives to clients."""
    while True:
        first = random.randrange(10000, 30000, 4)  # noqa: S311  # any will do
        with ExitStack() as bound:
            try:
                for offset in range(4):
                    bound.enter_context(socket.create_server(("127.0.0.1", first + offset)))
            except OSError:
                continue
            return first


@contextmanager
def seeother(verb: str, *arguments: str, port: int | None = None) -> Generator[Command]:
    """Run a verb until the block ends; it is killed if it has not ended by then."""
    first = four_ports() if port is None else port
    command = [sys.executable, "-m", "seeother", verb, "--port", str(first), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        output, said = Heard(process.stdout), Heard(process.stderr)
        try:
            yield Command(process, first, output, said)
        finally:
            process.kill()
            output.text()
            said.text()
