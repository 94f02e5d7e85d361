# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL, one a test worker."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL that does not care to survive a crash; its tables outlive a test."""
    initdb, postgres, is_ready = (need(name, package="postgresql") for name in ("initdb", "postgres", "pg_isready"))
    # It refuses to run as root, and another user cannot walk into pytest's own directories.
    user = "postgres" if os.geteuid() == 0 else None
    with TemporaryDirectory(prefix="seeother-postgres-") as name:
        directory = Path(name)
        if user is not None:
            shutil.chown(directory, user, user)
        data = directory / "data"
        options = f"-D {data} -U postgres -A trust -N --no-instructions -E UTF8 --locale=C"
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
        server = PostgresServer(free_port())
        command = [postgres, *f"-D {data} -p {server.port} -k {directory}".split()]
        for setting in ("listen_addresses=127.0.0.1", "fsync=off", "synchronous_commit=off", "full_page_writes=off"):
            command += ["-c", setting]
        ask = [is_ready, "-q", "-h", "127.0.0.1", "-p", str(server.port)]
        with running(
            command,
            directory=directory,
            ready=lambda: subprocess.run(ask, check=False).returncode == 0,
            stop=signal.SIGINT,  # "fast": SIGTERM would wait for clients
            user=user,
        ):
            yield server
