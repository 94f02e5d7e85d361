# SPDX-License-Identifier: Apache-2.0
"""What callers in several processes, threads and tasks hear of a ledger can be explained one call after the other."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seeother.ledger import MemoryLedger, open_ledger
from seeother.message import Response
from seeother.policy import Granted
from tests.house.tree import ROOT

from .caller import Callers, histories
from .key_model import Asked, Key, step
from .linearizable import Operation, is_linearizable

PATIENCE = 60.0  # seconds, to see a hang
CALLERS = 4  # of a process

Start = Callable[[str, int, int, str], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a process with callers, from an address, a seed, a number of calls and a way; killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def started_one(url: str, seed: int, calls: int, way: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.contract.ledger.caller", url, str(tmp_path / f"{seed}.record")]
        arguments = [str(seed), "12", str(calls), str(CALLERS), way]
        started.append(subprocess.Popen([*command, *arguments], cwd=ROOT, stderr=subprocess.PIPE))
        return started[-1]

    yield started_one
    for process in started:
        process.kill()
        process.communicate()


def judged(folder: Path) -> Counter[str]:
    """Check each key's history; how often each thing was said."""
    found = histories(sorted(folder.glob("*.record")))
    for key, history in found.items():
        assert is_linearizable(history, Key(), step), told(key, history)
    said = [f"{each.call.verb} {each.call.said}" for history in found.values() for each in history]
    return Counter(said)


def told(key: str, history: list[Operation[Asked]]) -> str:
    """A history to read."""
    lines = [f"{each.began:.6f} {each.ended:.6f} {each.call}" for each in sorted(history, key=lambda each: each.began)]
    return "\n".join([f"the history of key {key} has no explanation:", *lines])


def finished(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a process to end by itself."""
    _, errors = process.communicate(timeout=PATIENCE)
    assert errors == b"", errors.decode()
    return process.returncode


@pytest.mark.parametrize("way", ["threads", "tasks"])
def test_in_one_process(address: str, tmp_path: Path, way: str) -> None:
    """Threads, or tasks of one event loop."""
    ledger = open_ledger(address)
    for seed in range(5):
        callers = Callers(ledger, tmp_path / f"{seed}.record", seed=seed, keys=12 * seed + 2, calls=40)
        getattr(callers, f"in_{way}")(8)
    ledger.close()

    said = judged(tmp_path)
    assert said["claim granted"] > 20
    assert said["settle yes"] > 2
    assert said["release no"] > 2


class Careless(MemoryLedger):
    """A ledger that lets whoever comes settle a claim, as one without fencing does."""

    def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Take the token of whoever holds the key now."""
        holder = next((claim.token for claim in self._claims.values() if claim.key == granted.key), granted.token)
        return super().settle(Granted(granted.key, holder), answer, keep)


def test_a_ledger_without_fencing_is_found_out(tmp_path: Path) -> None:
    """These callers and this checker do see what they are for."""
    ledger = Careless()
    for seed in range(5):
        Callers(ledger, tmp_path / f"{seed}.record", seed=seed, keys=40, calls=100).in_threads(4)

    with pytest.raises(AssertionError, match="has no explanation"):
        judged(tmp_path)


def test_in_several_processes(address: str, tmp_path: Path, start: Start) -> None:
    """Two of threads and two of tasks."""
    if address == "memory://":
        pytest.skip("memory is not shared by processes")
    processes = [start(address, seed, 60, "threads" if seed % 2 else "tasks") for seed in range(4)]

    assert [finished(process) for process in processes] == [0] * 4
    assert judged(tmp_path)["claim granted"] > 5


def test_with_processes_killed_in_the_middle(address: str, tmp_path: Path, start: Start) -> None:
    """What the killed ones had under way happened or did not, and everybody else agrees on which."""
    if address == "memory://":
        pytest.skip("memory dies with its process")
    victims = [start(address, seed, 100_000, "threads" if seed % 2 else "tasks") for seed in range(2)]
    for seed, victim in enumerate(victims):
        wait_for_lines(tmp_path / f"{seed}.record", 200)
        victim.kill()
    others = [start(address, seed, 60, "tasks") for seed in (2, 3)]

    assert [finished(process) for process in others] == [0] * 2
    judged(tmp_path)


def wait_for_lines(record: Path, lines: int) -> None:
    """Wait until a process has written so much down."""
    end = time.monotonic() + PATIENCE
    while not record.exists() or record.read_bytes().count(b"\n") < lines:
        assert time.monotonic() < end, "the callers hang"
        time.sleep(0.01)


def unheard(folder: Path) -> int:
    """How many calls were made and not heard of."""
    lines = b"".join([record.read_bytes() for record in folder.glob("*.record")])
    return lines.count(b'["asked"') - lines.count(b'["heard"')


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
for line in sys.stdin:
    connection.execute(line)
    print("done", flush=True)
"""


def test_with_a_stopped_process_that_holds_the_write_lock(tmp_path: Path, start: Start) -> None:
    """SIGSTOP in a transaction: calls fail in bounded time, and when it is killed all goes on, from where it was."""
    path = tmp_path / "ledger.db"
    url = f"sqlite:///{path}?synchronous=normal"
    open_ledger(url).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    processes = [start(url, seed, 100_000, "threads" if seed % 2 else "tasks") for seed in range(2)]
    for seed in range(2):
        wait_for_lines(tmp_path / f"{seed}.record", 100)
    holder.stdin.write("BEGIN IMMEDIATE\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "done\n"
    holder.send_signal(signal.SIGSTOP)
    end = time.monotonic() + PATIENCE
    while unheard(tmp_path) <= 2 * CALLERS + 3:  # more than can be under way: some have failed
        assert time.monotonic() < end, "the callers hang"
        time.sleep(0.01)
    holder.kill()
    holder.communicate()
    for seed, process in enumerate(processes):
        record = tmp_path / f"{seed}.record"
        wait_for_lines(record, record.read_bytes().count(b"\n") + 100)
        process.kill()
        process.wait()

    judged(tmp_path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
