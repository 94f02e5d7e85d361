# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL, one a test worker; and another that a test may kill, pause and start again."""

import os
import shutil
import signal
import subprocess
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from tests.servers.program import free_port, need, running


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """Where a PostgreSQL listens; its superuser is `postgres`, without a password."""

    port: int

    @property
    def url(self) -> str:
        """The address as libpq takes it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"


@dataclass(slots=True)
class OwnPostgres:
    """A PostgreSQL of one test that cares to survive a crash; not yet started."""

    directory: Path
    user: str | None
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        """The address as libpq takes it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        server = _serving(self.directory, self.port, self.user, ["fsync=on"])
        self._process = self._running.enter_context(server)

    def kill(self) -> None:
        """As when the machine takes it away, with all processes that serve it."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
            self._running.close()
            (self.directory / "data" / "postmaster.pid").unlink(missing_ok=True)

    def pause(self) -> None:
        """Have it hold everything; the kernel goes on accepting connections for it."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise ValueError("it does not run")
        parent = psutil.Process(self._process.pid)
        for process in (*parent.children(recursive=True), parent):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)


@contextmanager
def _made(prefix: str) -> Generator[tuple[Path, str | None]]:
    """A directory with an empty cluster, and the user whose it is."""
    initdb = need("initdb", package="postgresql")
    # It refuses to run as root, and another user cannot walk into pytest's own directories.
    user = "postgres" if os.geteuid() == 0 else None
    with TemporaryDirectory(prefix=prefix) as name:
        directory = Path(name)
        if user is not None:
            shutil.chown(directory, user, user)
        options = f"-D {directory / 'data'} -U postgres -A trust -N --no-instructions -E UTF8 --locale=C"
        groups = None if user is None else list[str]()
        subprocess.run(
            [initdb, *options.split()],
            cwd=directory,
            check=True,
            capture_output=True,
            user=user,
            group=user,
            extra_groups=groups,
        )
        yield directory, user


@contextmanager
def _serving(
    directory: Path, port: int, user: str | None, settings: Sequence[str]
) -> Generator["subprocess.Popen[bytes]"]:
    """A running server of the cluster in a directory."""
    postgres, is_ready = (need(name, package="postgresql") for name in ("postgres", "pg_isready"))
    command = [postgres, *f"-D {directory / 'data'} -p {port} -k {directory}".split()]
    for setting in ("listen_addresses=127.0.0.1", *settings):
        command += ["-c", setting]
    ask = [is_ready, "-q", "-h", "127.0.0.1", "-p", str(port)]
    with running(
        command,
        directory=directory,
        ready=lambda: subprocess.run(ask, check=False).returncode == 0,
        stop=signal.SIGINT,  # "fast": SIGTERM would wait for clients
        user=user,
    ) as process:
        yield process


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL that does not care to survive a crash; its tables outlive a test."""
    with _made("seeother-postgres-") as (directory, user):
        server = PostgresServer(free_port())
        with _serving(directory, server.port, user, ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]):
            yield server


@pytest.fixture
def own_postgres() -> Iterator[OwnPostgres]:
    """A started PostgreSQL that a test may kill, pause and start again."""
    with _made("seeother-own-postgres-") as (directory, user):
        server = OwnPostgres(directory, user)
        server.start()
        yield server
        server.kill()
