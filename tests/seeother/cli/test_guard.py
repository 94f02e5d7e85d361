# SPDX-License-Identifier: Apache-2.0
"""`seeother guard` as a process that has nothing to guard, or no place to do it."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from tests.seeother.cli.conftest import Run
from tests.seeother.proxy.premises import environment
from tests.servers.program import free_port, listens, running


def test_nobody_to_guard_is_wrong_usage(run: Run) -> None:
    """It says how to name one."""
    done = run("guard", "--port", "0")

    assert done.returncode == 2
    assert "--upstream URL" in done.stderr
    assert "listens" not in done.stderr


def test_address_that_is_none_is_wrong_usage(run: Run) -> None:
    """Before anything is bound."""
    done = run("guard", "--upstream", "shop:8080")

    assert done.returncode == 2
    assert "absolute URL" in done.stderr
    assert "listens" not in done.stderr


def test_taken_port_is_unreachable(run: Run) -> None:
    """As for every verb that listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("guard", "--upstream", "http://127.0.0.1:1", "--port", str(port))

    assert done.returncode == 3
    assert f"127.0.0.1:{port}" in done.stderr


def test_upstream_of_the_command_line_wins(run: Run, tmp_path: Path) -> None:
    """Over the file's server of the same paths; the others stay, and a ledger that cannot be opened ends it here."""
    text = '[[upstream]]\nurl = "http://a"\n[[upstream]]\nmatch = "/api"\nurl = "http://b"\n'
    text += '[[route]]\nmatch = "POST /orders"\nidempotency = "required"\n'
    (tmp_path / "seeother.toml").write_text(text + f'[ledger]\nurl = "sqlite:///{tmp_path}/nowhere/ledger.db"\n')

    done = run("guard", "--upstream", "http://c:1", "--port", "0")

    assert "answers / by http://c:1, /api by http://b" in done.stderr
    assert done.returncode == 3
    assert "nowhere/ledger.db" in done.stderr
    assert "once only" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--config", "draft.toml"), "no [[route]] of draft.toml has idempotency"),
        ((), "there is no seeother.toml in {folder}"),
    ],
)
def test_guard_that_lets_everything_happen_twice_says_so(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """Started with a draft in which nothing is remembered yet, or in another folder than its file's."""
    (tmp_path / "draft.toml").write_text('[[route]]\nmatch = "POST /orders"\nkind = "action"\n')
    command = [sys.executable, "-m", "seeother", "guard", "--upstream", "http://c:1", "--port", "0", *arguments]
    said = tmp_path / "output"

    with running(command, directory=tmp_path, ready=lambda: "once only" in said.read_text(), environ=environment()):
        assert f"{sentence.format(folder=tmp_path)}, so no action is done once only" in said.read_text()


def test_file_that_came_after_the_start_is_missed_when_it_is_gone(tmp_path: Path) -> None:
    """As one that was there from the start: nobody has asked for a guard without its routes."""
    port = free_port()
    command = [sys.executable, "-m", "seeother", "guard", "--upstream", "http://c:1", "--port", str(port)]
    file, said = tmp_path / "seeother.toml", tmp_path / "output"

    with running(command, directory=tmp_path, ready=lambda: listens(port), environ=environment()) as process:
        assert httpx2.get(f"http://127.0.0.1:{port}/.seeother/healthz", timeout=20).status_code == 200  # it hears now
        file.write_text('[[route]]\nmatch = "POST /orders"\n')
        _hang_up(process, said, "no [[route]] of seeother.toml has idempotency")
        file.unlink()
        _hang_up(process, said, "the configuration stays as it was")


def _hang_up(process: "subprocess.Popen[bytes]", said: Path, sentence: str) -> None:
    """Have the file read again, and wait until this has been said of it."""
    process.send_signal(signal.SIGHUP)
    limit = time.monotonic() + 20
    while sentence not in said.read_text():
        assert time.monotonic() < limit, said.read_text()
        time.sleep(0.01)


def test_what_needs_the_application_is_refused_before_it_listens(run: Run, tmp_path: Path) -> None:
    """It names the route and the setting."""
    (tmp_path / "seeother.toml").write_text(
        '[[route]]\nmatch = "POST /orders"\nidempotency = "key"\ntransactional = true\n'
    )

    done = run("guard", "--upstream", "http://c:1", "--port", "0")

    assert done.returncode == 2
    assert "route[0].transactional" in done.stderr
    assert "listens" not in done.stderr


def test_guard_before_itself_is_wrong_usage(run: Run) -> None:
    """It would ask itself for ever."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = run("guard", "--upstream", f"http://localhost:{port}", "--port", str(port))

    assert done.returncode == 2
    assert f"the guard itself listens on 127.0.0.1:{port}" in done.stderr
    assert "answers" not in done.stderr
