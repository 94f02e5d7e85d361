# SPDX-License-Identifier: Apache-2.0
"""Starts Collectors and watches as processes, and asks these."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from httpx2 import Client, HTTPError

from tests.interop.stock_shop import CONFIG
from tests.servers.program import free_port, listens, running

PATIENCE_SECONDS = 60
COLLECTOR = """
receivers:
  otlp:
    protocols:
      http: {{endpoint: "127.0.0.1:{port}"}}
exporters:
{exporters}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [{names}]}}
    logs: {{receivers: [otlp], exporters: [{names}]}}
"""


@contextmanager
def collecting(program: Path, folder: Path, **exporters: str) -> Generator[str]:
    """A Collector with these exporters, by name and configuration (names with `__` for `/`); yields its address."""
    port, configuration = free_port(), folder / "collector.yaml"
    named = {name.replace("__", "/"): text for name, text in exporters.items()}
    lines = "\n".join([f"  {name}: {text}" for name, text in named.items()])
    configuration.write_text(COLLECTOR.format(port=port, exporters=lines, names=", ".join(named)))
    command: list[str | Path] = [program, "--config", configuration]
    with running(command, directory=folder, ready=lambda: listens(port)):
        yield f"http://127.0.0.1:{port}"


def migrated(folder: Path, store: str) -> subprocess.CompletedProcess[str]:
    """`seeother watch --migrate`, which ends by itself."""
    (folder / "seeother.toml").write_text(CONFIG)
    command = [sys.executable, "-m", "seeother", "watch", "--migrate", "--store", store]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def watching(
    folder: Path, *arguments: str, port: int | None = None, stop: signal.Signals = signal.SIGTERM
) -> Generator[Client]:
    """A watch in a folder of its own, and who asks it."""
    (folder / "seeother.toml").write_text(CONFIG)
    port = port or free_port()
    command = [sys.executable, "-m", "seeother", "watch", "--port", str(port), *arguments]

    def is_ready() -> bool:
        if not listens(port):
            return False
        with suppress(HTTPError), Client(timeout=30) as caller:
            return caller.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
        return False

    with (
        running(command, directory=folder, ready=is_ready, stop=stop),
        Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        yield client


def matrix(client: Client) -> list[dict[str, Any]]:
    """Of the last three days."""
    now = datetime.now(UTC)
    ends = {"from": f"{now - timedelta(days=3):%FT%TZ}", "to": f"{now + timedelta(minutes=5):%FT%TZ}"}
    answer = client.get("/api/journeys/checkout/matrix", params=ends)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["steps"]
    return rows


def attempts(client: Client) -> dict[str, int]:
    """How often each step was attempted."""
    return {row["step"]: row["attempts"] for row in matrix(client)}


def await_that(condition: Callable[[], bool]) -> None:
    """Return when it holds; after a minute it will not any more."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < limit, "it has not come true"
        time.sleep(0.1)
