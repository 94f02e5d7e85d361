# SPDX-License-Identifier: Apache-2.0
"""A private Redis, one a test worker."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.servers.program import free_port, listens, need, running


@dataclass(frozen=True, slots=True)
class RedisServer:
    """Where a Redis without persistence listens."""

    port: int

    @property
    def url(self) -> str:
        """The address as redis-py takes it."""
        return f"redis://127.0.0.1:{self.port}/0"


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
