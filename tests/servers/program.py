# SPDX-License-Identifier: Apache-2.0
"""Finds the programs that tests start, and starts and stops them as private processes with a directory of their own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

START_LIMIT_SECONDS = 20  # the slowest, PostgreSQL, needs 0.5 s on an idle core
HIDDEN = ("usr/lib/postgresql/*/bin", "usr/sbin")  # where Debian keeps some programs off PATH


def find(program: str) -> str | None:
    """Where a program is, or None."""
    folders = [os.environ.get("PATH", os.defpath), *(str(path) for each in HIDDEN for path in Path("/").glob(each))]
    return shutil.which(program, path=os.pathsep.join(folders))


def need(program: str, *, package: str) -> str:
    """Where a program is; without it the test is skipped, or fails when SEEOTHER_REQUIRE_SERVICES is set."""
    if path := find(program):
        return path
    reason = f"no {program} here; as root: apt-get install -y --no-install-recommends {package}"
    if os.environ.get("SEEOTHER_REQUIRE_SERVICES", "") not in {"", "0"}:
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody accepts connections on a port of 127.0.0.1."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    directory: Path,
    ready: Callable[[], bool],
    stop: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Generator[subprocess.Popen[bytes]]:
    """Run a server in `directory` until the block ends; its output goes to `directory`/output."""
    output = directory / "output"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    with process:
        try:
            _await(process, ready, output)
            yield process
        finally:
            process.send_signal(stop)
            try:
                process.wait(START_LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _await(process: subprocess.Popen[bytes], ready: Callable[[], bool], output: Path) -> None:
    """Wait until a process is ready; fail with its output when it ends or takes too long."""
    limit = time.monotonic() + START_LIMIT_SECONDS
    while not ready():
        try:
            process.wait(0.01)
        except subprocess.TimeoutExpired:
            if time.monotonic() < limit:
                continue
        pytest.fail(f"{process.args!r} did not start:\n{output.read_text(errors='replace')[-2000:]}")
