# SPDX-License-Identifier: Apache-2.0
"""What is special about the ledger in a file: its file, its processes, its errors."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seeother.errors import SettingsError, StoreError
from seeother.ledger import SQLiteLedger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Running, Unknown
from tests.clock import FakeClock

KEY = LedgerKey("s", "k")
ANSWER = Response(303, ((b"location", b"/orders/7"),))

# A process of its own: opens the ledger, says so, then does what its standard input says, line by line.
WORKER = """
import os, sys
from seeother.ledger import SQLiteLedger
from seeother.message import Response
from seeother.policy import Granted, LedgerKey

ledger = SQLiteLedger(sys.argv[1], synchronous="normal")
print("ready", flush=True)
for line in sys.stdin:
    verb, *keys = line.split()
    for key in keys:
        verdict = ledger.claim(LedgerKey("s", key), b"print", 60.0)
        if isinstance(verdict, Granted):
            if verb == "act":
                ledger.settle(verdict, Response(200, (), key.encode()), 3600.0)
            print(key, end=" ")
    print(flush=True)
"""

Worker = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture
def worker() -> Iterator[Worker]:
    """Start a process that works on a ledger; killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(path: Path) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def tell(process: "subprocess.Popen[str]", line: str) -> None:
    """Give a worker its work."""
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]") -> str:
    """What a worker says next."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def claimed(ledger: SQLiteLedger, key: LedgerKey = KEY) -> Granted:
    """The claim of a key that must be free."""
    verdict = ledger.claim(key, b"print", 60.0)
    assert isinstance(verdict, Granted)
    return verdict


def test_processes_that_start_together_share_one_file(tmp_path: Path, worker: Worker) -> None:
    """Four processes make and open one file at once, then race over fifty keys: each key is granted once."""
    workers = [worker(tmp_path / "ledger.db") for _ in range(4)]
    ready = [hear(process) for process in workers]
    keys = [str(number) for number in range(50)]

    for process in workers:
        tell(process, "act " + " ".join(keys))
    won = " ".join([hear(process) for process in workers]).split()

    assert ready == ["ready"] * 4
    assert sorted(won, key=int) == keys


def test_a_killed_owner_leaves_an_unknown_outcome(tmp_path: Path, worker: Worker) -> None:
    """SIGKILL while a claim is held: running until the lease is over, then unknown, never free by itself."""
    process = worker(tmp_path / "ledger.db")
    hear(process)
    tell(process, "claim k")
    assert hear(process) == "k"
    process.send_signal(signal.SIGKILL)
    process.wait()

    clock = FakeClock(time.time())
    ledger = SQLiteLedger(tmp_path / "ledger.db", clock=clock)
    at_once = ledger.claim(KEY, b"print", 60.0)
    clock.advance(61.0)
    after_the_lease = ledger.claim(KEY, b"print", 60.0)
    ledger.close()

    assert isinstance(at_once, Running)
    assert after_the_lease == Unknown()


def test_a_settled_answer_survives_a_kill(tmp_path: Path, worker: Worker) -> None:
    """What was settled before the SIGKILL is replayed by the next process."""
    process = worker(tmp_path / "ledger.db")
    hear(process)
    tell(process, "act k")
    assert hear(process) == "k"
    process.send_signal(signal.SIGKILL)
    process.wait()

    ledger = SQLiteLedger(tmp_path / "ledger.db")
    verdict = ledger.claim(KEY, b"print", 60.0)
    ledger.close()

    assert verdict == Finished(Response(200, (), b"k"))


FORKING = """
import os, sys
from seeother.ledger import SQLiteLedger
from seeother.policy import Granted, LedgerKey

ledger = SQLiteLedger(sys.argv[1])
assert isinstance(ledger.claim(LedgerKey("s", "before"), b"print", 60.0), Granted)
child = os.fork()
if child == 0:
    inherited = [name for name in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{name}")
                 and "ledger.db" in os.readlink(f"/proc/self/fd/{name}")]
    ours = isinstance(ledger.claim(LedgerKey("s", "child"), b"print", 60.0), Granted)
    theirs = isinstance(ledger.claim(LedgerKey("s", "before"), b"print", 60.0), Granted)
    os._exit(0 if ours and not theirs and not inherited else 1)
_, status = os.waitpid(child, 0)
assert status == 0, status
assert not isinstance(ledger.claim(LedgerKey("s", "child"), b"print", 60.0), Granted)
assert isinstance(ledger.claim(LedgerKey("s", "after"), b"print", 60.0), Granted)
print("fine")
"""


def test_no_connection_is_carried_across_a_fork(tmp_path: Path) -> None:
    """A forked child opens the file anew, sees what the parent wrote, and the parent goes on."""
    done = subprocess.run(
        [sys.executable, "-c", FORKING, str(tmp_path / "ledger.db")], capture_output=True, text=True, check=False
    )

    assert (done.stdout.strip(), done.stderr) == ("fine", "")


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    """Stored cookies: the database, its log and its index have mode 0600, whatever the umask and the file before."""
    path = tmp_path / "ledger.db"
    path.touch(0o644)
    umask = os.umask(0)
    try:
        ledger = SQLiteLedger(path)
        claimed(ledger)
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
        ledger.close()
        fresh = SQLiteLedger(tmp_path / "fresh.db")
    finally:
        os.umask(umask)

    assert modes == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "fresh.db").stat().st_mode) == 0o600
    fresh.close()


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    """Answers and claims outlive the process, tokens go on."""
    first = SQLiteLedger(tmp_path / "ledger.db")
    done, running = claimed(first), claimed(first, LedgerKey("s", "running"))
    first.settle(done, ANSWER, 60.0)
    first.close()

    second = SQLiteLedger(tmp_path / "ledger.db")

    assert second.claim(KEY, b"print", 60.0) == Finished(ANSWER)
    assert second.settle(running, ANSWER, 60.0)
    assert claimed(second, LedgerKey("s", "new")).token > running.token
    second.close()


def test_a_closed_ledger_keeps_no_file_open(tmp_path: Path) -> None:
    """The last connection to close removes log and index; a call afterwards opens the file anew."""
    ledger = SQLiteLedger(tmp_path / "ledger.db")
    claim = claimed(ledger)

    ledger.close()
    left = [each.name for each in tmp_path.iterdir()]
    settled = ledger.settle(claim, ANSWER, 60.0)
    ledger.close()

    assert left == ["ledger.db"]
    assert settled


def test_claims_purge_as_they_go(tmp_path: Path) -> None:
    """Nobody has to call purge: the table holds little more than what has not had its time."""
    clock = FakeClock()
    ledger = SQLiteLedger(tmp_path / "ledger.db", clock=clock, synchronous="normal")
    for number in range(300):
        ledger.settle(claimed(ledger, LedgerKey("s", str(number))), ANSWER, 10.0)
        clock.advance(1.0)
    ledger.close()

    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        (rows,) = connection.execute("SELECT count(*) FROM claim").fetchone()
    connection.close()

    assert rows <= 10 + 31


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    """The ledger does not move into somebody's database; it says what to do instead."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE orders (id)")
    connection.close()

    with pytest.raises(SettingsError, match="a file of its own"):
        SQLiteLedger(tmp_path / "shop.db")


def test_a_schema_from_the_future_is_refused(tmp_path: Path) -> None:
    """An older release does not write what it does not understand."""
    SQLiteLedger(tmp_path / "ledger.db").close()
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(SettingsError, match="schema 99, this release knows 2"):
        SQLiteLedger(tmp_path / "ledger.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """The error names the file and what to look at."""
    (tmp_path / "ledger.db").write_text("notes\n" * 1000)

    with pytest.raises(StoreError, match=r"ledger\.db failed .*: check that it is a SQLite file"):
        SQLiteLedger(tmp_path / "ledger.db")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The error says which file and why."""
    with pytest.raises(StoreError, match=r"nowhere/ledger\.db cannot be used: No such file or directory; name"):
        SQLiteLedger(tmp_path / "nowhere" / "ledger.db")


def test_a_writer_that_does_not_end_is_an_error_that_may_pass(tmp_path: Path) -> None:
    """While another process holds the file a claim fails in bounded time, replays go on, and later it works."""
    ledger = SQLiteLedger(tmp_path / "ledger.db", patience=0.05)
    ledger.settle(claimed(ledger), ANSWER, 60.0)
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError, match="another process is writing") as caught:
        claimed(ledger, LedgerKey("s", "new"))
    replayed = ledger.claim(KEY, b"print", 60.0)
    other.execute("ROLLBACK")
    other.close()

    assert caught.value.retryable
    assert replayed == Finished(ANSWER)
    claimed(ledger, LedgerKey("s", "new"))
    ledger.close()


def test_a_failed_write_leaves_the_key_as_it_was(tmp_path: Path) -> None:
    """A trigger that refuses the answer stands for a full disk: the claim is still running, and settles later."""
    ledger = SQLiteLedger(tmp_path / "ledger.db")
    claim = claimed(ledger)
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("CREATE TRIGGER full BEFORE UPDATE ON claim BEGIN SELECT RAISE(ABORT, 'disk is full'); END")

    with pytest.raises(StoreError, match="disk is full"):
        ledger.settle(claim, ANSWER, 60.0)
    between = ledger.claim(KEY, b"print", 60.0)
    with other:
        other.execute("DROP TRIGGER full")
    other.close()

    assert isinstance(between, Running)
    assert ledger.settle(claim, ANSWER, 60.0)
    ledger.close()


def test_a_close_waits_for_calls_under_way(tmp_path: Path) -> None:
    """Claims from many threads while the ledger is closed again and again: every one is answered."""
    ledger = SQLiteLedger(tmp_path / "ledger.db", synchronous="normal")
    tokens: list[int] = []

    def claim(first: int) -> None:
        tokens.extend(claimed(ledger, LedgerKey("s", f"{first}-{number}")).token for number in range(25))

    threads = [threading.Thread(target=claim, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        ledger.close()
    for thread in threads:
        thread.join()
    ledger.close()

    assert len(set(tokens)) == 100
