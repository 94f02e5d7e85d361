# SPDX-License-Identifier: Apache-2.0
"""A private Redis, one a test worker; and others that a test may kill, pause and start again."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

import pytest

from tests.servers.program import free_port, listens, need, running

DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


@dataclass(frozen=True, slots=True)
class RedisServer:
    """Where a Redis without persistence listens."""

    port: int

    @property
    def url(self) -> str:
        """The address as redis-py takes it."""
        return f"redis://127.0.0.1:{self.port}/0"


@dataclass(slots=True)
class OwnRedis:
    """A Redis of one test, with its data in a directory of its own; not yet started."""

    program: str
    directory: Path
    options: Sequence[str]
    port: int = field(default_factory=free_port)
    _process: "Popen[bytes] | None" = None
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        """The address as redis-py takes it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        options = f"--port {self.port} --bind 127.0.0.1 --dir {self.directory} --loglevel warning"
        command = [self.program, *options.split(), "--save", "", *self.options]
        server = running(command, directory=self.directory, ready=lambda: listens(self.port))
        self._process = self._running.enter_context(server)

    def kill(self) -> None:
        """As when the machine takes it away."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._running.close()

    def pause(self) -> None:
        """Have it hold everything; the kernel goes on accepting connections for it."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise ValueError("it does not run")
        self._process.send_signal(number)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A running Redis; its keys outlive a test, so use names of your own."""
    program = need("redis-server", package="redis-server")
    directory = tmp_path_factory.mktemp("redis")
    server = RedisServer(free_port())
    options = f"--port {server.port} --bind 127.0.0.1 --appendonly no --dir {directory} --loglevel warning"
    command = [program, *options.split(), "--save", ""]
    with running(command, directory=directory, ready=lambda: listens(server.port)):
        yield server


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., OwnRedis]]:
    """Makes and starts a Redis with the given options; killed at the end."""
    program = need("redis-server", package="redis-server")
    made: list[OwnRedis] = []

    def make(*options: str) -> OwnRedis:
        made.append(OwnRedis(program, tmp_path_factory.mktemp("own-redis"), options))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.kill()
