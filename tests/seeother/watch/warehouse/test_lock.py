# SPDX-License-Identifier: Apache-2.0
"""One process owns a store, and who comes second is told who that is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seeother.watch.warehouse import StoreInUseError, StoreLock

HOLD = """
import sys
from pathlib import Path
from seeother.watch.warehouse import StoreLock
lock = StoreLock(Path(sys.argv[1]), "http://127.0.0.1:8304")
print("held", flush=True)
sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_is_told_who_is_first(tmp_path: Path) -> None:
    """Process, command, address and since when, in one sentence."""
    with holder(tmp_path) as first:
        with pytest.raises(StoreInUseError) as caught:
            StoreLock(tmp_path)
        first.communicate()

    sentence = str(caught.value)
    assert str(tmp_path) in sentence
    assert f"process {first.pid} (`-c {tmp_path}`), which listens on http://127.0.0.1:8304, since 20" in sentence
    assert "\n" not in sentence


def test_a_crash_leaves_nothing_behind_that_stops_the_next(tmp_path: Path) -> None:
    """The file is still there, with the name of the dead; the lock is not."""
    with holder(tmp_path) as first:
        first.kill()
        first.communicate()

    with StoreLock(tmp_path):
        assert json.loads((tmp_path / "watch.lock").read_text())["pid"] == os.getpid()


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    """Also by the same process."""
    StoreLock(tmp_path).release()

    with StoreLock(tmp_path):
        pass

    assert (tmp_path / "watch.lock").read_text() == ""


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": 1, "command": "c", "listening_on": "", "since": "s"}'])
def test_a_holder_without_a_name_is_another_process(tmp_path: Path, text: str) -> None:
    """Between taking the lock and writing the name; and without an address none is claimed."""
    with StoreLock(tmp_path):
        (tmp_path / "watch.lock").write_text(text)

        with pytest.raises(StoreInUseError, match=r"held by (another process|process 1 \(`c`\), since s); stop it"):
            StoreLock(tmp_path)


def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    """Telemetry is about people."""
    with StoreLock(tmp_path / "deep" / "store"):
        mode = (tmp_path / "deep" / "store").stat().st_mode

    assert mode & 0o777 == 0o700
