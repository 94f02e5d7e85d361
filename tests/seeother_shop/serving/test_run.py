# SPDX-License-Identifier: Apache-2.0
"""The services as processes: one line when ready, one line when not, and exit codes that tell."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from seeother_shop.connection import trusted_for
from seeother_shop.serving import fresh_secrets

_ROOMS = ["inventory", "payments", "storefront"]
_LIMIT = 50


def _start(room: str, folder: Path, *arguments: str, **environ: str) -> subprocess.Popen[str]:
    base = {name: value for name, value in os.environ.items() if not name.startswith("SEEOTHER_")}
    common = ["--port", "0", "--database", f"sqlite:///{folder / room}.db"]
    return subprocess.Popen(
        [sys.executable, "-m", f"seeother_shop.{room}", *common, *arguments],
        env={**base, **environ},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("room", _ROOMS)
def test_a_service_says_where_it_listens_and_ends_when_told(tmp_path: Path, room: str) -> None:
    """The line comes when it answers; SIGTERM ends it with 0 and without a word."""
    with _start(room, tmp_path, **fresh_secrets()) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        origin = line.removeprefix(f"{room} listening on ")
        answer = httpx2.get(f"{origin}/healthz", verify=trusted_for(origin))
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=_LIMIT)

    assert answer.json() == {"status": "ok"}
    assert (process.returncode, said) == (0, "")


@pytest.mark.slow
def test_log_lines_say_whose_journey_they_are_about(tmp_path: Path) -> None:
    """Each has the place for it, also where there is none."""
    with _start("inventory", tmp_path, "--log-level", "info", **fresh_secrets()) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=_LIMIT)

    lines = [line for line in said.splitlines() if " alembic" in line]
    assert lines
    assert all(line.endswith("[journey=- name=- step=- trace=- span=-]") for line in lines)


@pytest.mark.slow
def test_a_taken_port_is_one_line_and_3(tmp_path: Path) -> None:
    """Nothing else is begun: there is no database afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with _start("inventory", tmp_path, "--port", port) as process:
            _, said = process.communicate(timeout=_LIMIT)

    assert process.returncode == 3
    assert said.splitlines() == [
        f"inventory: cannot listen on 127.0.0.1:{port}: Address already in use; choose another one with --port"
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "arguments", "code", "says"),
    [
        ("payments", [], 2, "payments: SEEOTHER_SHOP_API_KEY"),
        ("inventory", ["--fault", "flood"], 2, "inventory-504, payment-lost"),
        (
            "inventory",
            ["--database", "sqlite:////proc/no.db"],
            3,
            "inventory: cannot open the database sqlite:////proc/no.db",
        ),
        ("storefront", ["--naive", "order-303"], 2, "order-302"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path: Path, room: str, arguments: list[str], code: int, says: str) -> None:
    """Wrong settings end with 2, an unusable store with 3, and no traceback."""
    with _start(room, tmp_path, *arguments) as process:
        _, said = process.communicate(timeout=_LIMIT)

    assert process.returncode == code
    assert says in said
    assert len(said.splitlines()) == 1
