# SPDX-License-Identifier: Apache-2.0
"""What stands for a ClickHouse server: the embedded engine in a process of its own, reached over HTTP."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from tests.servers.program import free_port, listens, running

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class ClickHouseServer:
    """Where it listens."""

    port: int
    process: "Popen[bytes]"

    def url(self, database: str = "default") -> str:
        """The address as watch takes it."""
        return f"clickhouse://127.0.0.1:{self.port}/{database}"

    def run(self, sql: str) -> None:
        """Execute a statement, as with curl."""
        with urlopen(Request(f"http://127.0.0.1:{self.port}/", sql.encode()), timeout=60) as answer:
            assert answer.status == 200


@contextmanager
def clickhouse_running(
    folder: Path, port: int | None = None, *, configuration: Path | None = None
) -> Generator[ClickHouseServer]:
    """A server with its tables in `folder`, until the block ends; with a configuration, the one node of its cluster."""
    port = port or free_port()
    command = [sys.executable, "-m", "tests.servers.clickhouse_endpoint", str(port), str(folder / "tables")]
    command += [] if configuration is None else [str(configuration)]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with running(command, directory=folder, ready=lambda: listens(port), environ=environ) as process:
        yield ClickHouseServer(port, process)


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ClickHouseServer]:
    """One server for all tests of a worker."""
    with clickhouse_running(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server


@pytest.fixture
def clickhouse_url(clickhouse_server: ClickHouseServer) -> str:
    """The address of a database of one test's own, whose name has to be quoted."""
    name = f"otel-{uuid4().hex[:8]}"
    clickhouse_server.run(f"CREATE DATABASE `{name}`")
    return clickhouse_server.url(name)
