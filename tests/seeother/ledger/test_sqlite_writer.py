# SPDX-License-Identifier: Apache-2.0
"""Callers that share a commit: together when they come together, each with its own outcome, none of them for ever."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from seeother.clock import SYSTEM_CLOCK
from seeother.errors import StoreError
from seeother.ledger import SQLiteLedger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Running, Unknown, Verdict

ANSWER = Response(303, ((b"location", b"/orders/7"),))
PATIENCE = 30.0  # seconds, to see a hang


class StuckClock:
    """A clock that stands in for a disk: who asks it in the writing thread waits while it is stuck."""

    def __init__(self) -> None:
        """Run freely."""
        self.free = threading.Event()
        self.free.set()
        self.waiting = threading.Event()

    def time(self) -> float:
        """Seconds since the Unix epoch."""
        if threading.current_thread().name == "seeother-ledger":
            self.waiting.set()
            assert self.free.wait(PATIENCE)
        return SYSTEM_CLOCK.time()

    def time_ns(self) -> int:
        """The same in nanoseconds."""
        return SYSTEM_CLOCK.time_ns()

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment."""
        return SYSTEM_CLOCK.monotonic()

    def stick(self) -> None:
        """Have the next transaction wait."""
        self.waiting.clear()
        self.free.clear()


@pytest.fixture
def clock() -> StuckClock:
    """The ledger's clock."""
    return StuckClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: StuckClock) -> Iterator[SQLiteLedger]:
    """A ledger whose writing thread a test can hold up."""
    opened = SQLiteLedger(tmp_path / "ledger.db", clock=clock, patience=0.05)
    yield opened
    clock.free.set()
    opened.close()


def key(name: object) -> LedgerKey:
    """The key of this name."""
    return LedgerKey("s", str(name))


def claimed(ledger: SQLiteLedger, name: object) -> Granted:
    """The claim of a key that must be free."""
    verdict = ledger.claim(key(name), b"print", 60.0)
    assert isinstance(verdict, Granted)
    return verdict


def commits(path: Path) -> int:
    """How often the file has been written, as SQLite counts it in the log's index (section 2.1 of its WAL format)."""
    return int.from_bytes(Path(f"{path}-shm").read_bytes()[8:12], sys.byteorder)


def test_who_waits_at_the_same_time_shares_a_commit(ledger: SQLiteLedger, clock: StuckClock, tmp_path: Path) -> None:
    """While one transaction is under way 32 threads come: the next commit is for all of them."""
    first = claimed(ledger, "first")
    claims = [claimed(ledger, number) for number in range(32)]
    before = commits(tmp_path / "ledger.db")
    clock.stick()
    with ThreadPoolExecutor(33) as pool:
        leader = pool.submit(ledger.release, first)
        assert clock.waiting.wait(PATIENCE)
        others = [pool.submit(ledger.settle, claim, ANSWER, 60.0) for claim in claims]
        while ledger._writer.waiting < 32:  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - none comes late
            time.sleep(0.001)
        clock.free.set()

    assert leader.result()
    assert [other.result() for other in others] == [True] * 32
    assert commits(tmp_path / "ledger.db") - before == 2


async def test_tasks_of_one_turn_share_a_commit(ledger: SQLiteLedger, tmp_path: Path) -> None:
    """Two hundred claims of an event loop, then their answers: a handful of commits."""
    claimed(ledger, "first")
    before = commits(tmp_path / "ledger.db")
    face = ledger.awaitable

    async def act(number: int) -> bool:
        verdict = await face.claim(key(number), b"print", 60.0)
        assert isinstance(verdict, Granted)
        return await face.settle(verdict, ANSWER, 60.0)

    done = await asyncio.gather(*[act(number) for number in range(200)])

    assert done == [True] * 200
    assert commits(tmp_path / "ledger.db") - before <= 40


def test_one_that_fails_takes_no_other_with_it(ledger: SQLiteLedger, clock: StuckClock, tmp_path: Path) -> None:
    """A statement that is refused, and one with which SQLite gives up the whole transaction."""
    claims = {name: claimed(ledger, name) for name in ("a", "abort", "b", "rollback", "c")}
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        for kind in ("abort", "rollback"):
            other.execute(
                f"CREATE TRIGGER {kind}_it BEFORE UPDATE ON claim WHEN new.key = '{kind}' "
                f"BEGIN SELECT RAISE({kind}, 'not this one'); END"
            )
    other.close()
    first = claimed(ledger, "first")
    clock.stick()
    with ThreadPoolExecutor(6) as pool:
        pool.submit(ledger.release, first)
        assert clock.waiting.wait(PATIENCE)
        futures = {name: pool.submit(ledger.settle, claim, ANSWER, 60.0) for name, claim in claims.items()}
        while ledger._writer.waiting < 5:  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - all in one
            time.sleep(0.001)
        clock.free.set()

    for name in ("abort", "rollback"):
        with pytest.raises(StoreError, match="not this one"):
            futures[name].result()
        assert isinstance(ledger.claim(key(name), b"print", 60.0), Running)
    for name in ("a", "b", "c"):
        assert futures[name].result()
        assert ledger.claim(key(name), b"print", 60.0) == Finished(ANSWER)


def when(said: Callable[[], Verdict], kind: type[Verdict]) -> Verdict:
    """What a claim says once it says what is expected."""
    end = time.monotonic() + PATIENCE
    while True:
        with suppress(StoreError):  # a busy machine's disk may be silent for a while
            if isinstance(verdict := said(), kind):
                return verdict
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_silent_disk_is_an_error_and_the_claim_is_given_back(ledger: SQLiteLedger, clock: StuckClock) -> None:
    """Who has heard an error has run nothing: what is granted afterwards is nobody's, and the key is free again."""
    clock.stick()
    with pytest.raises(StoreError, match=r"did not answer within 0\.05 s") as caught:
        claimed(ledger, "k")
    clock.free.set()

    assert caught.value.retryable
    when(lambda: ledger.claim(key("k"), b"print", 60.0), Granted)


def test_a_claim_of_unknown_outcome_that_is_given_back_is_unknown(ledger: SQLiteLedger, clock: StuckClock) -> None:
    """Whoever looked into it has heard an error and never began; but somebody had begun before."""
    other = claimed(ledger, "other")
    ledger.abandon(claimed(ledger, "k"))
    clock.stick()
    with pytest.raises(StoreError, match=r"did not answer within 0\.05 s"):
        ledger.claim(key("k"), b"print", 60.0, rerun=True)
    clock.free.set()

    for _ in range(3):  # the first may share the claim's commit, the second that of what gives it back
        assert ledger.renew(other, 60.0)
    assert ledger.claim(key("k"), b"print", 60.0) == Unknown()


async def test_a_silent_disk_under_an_event_loop(ledger: SQLiteLedger, clock: StuckClock) -> None:
    """The loop goes on meanwhile; one that times out and one that is cancelled are given back."""
    clock.stick()
    cancelled = asyncio.create_task(ledger.awaitable.claim(key("cancelled"), b"print", 60.0))
    with pytest.raises(StoreError, match=r"did not answer within 0\.05 s"):
        await ledger.awaitable.claim(key("k"), b"print", 60.0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    clock.free.set()

    for name in ("k", "cancelled"):
        end = time.monotonic() + PATIENCE
        while not isinstance(verdict := await ledger.awaitable.claim(key(name), b"print", 60.0), Granted):
            assert time.monotonic() < end, verdict
            await asyncio.sleep(0.001)


async def test_an_outcome_is_written_down_for_one_who_left(ledger: SQLiteLedger, clock: StuckClock) -> None:
    """Its caller was cancelled while another's transaction was stuck; the action has an answer all the same."""
    other, claim = claimed(ledger, "other"), claimed(ledger, "k")
    clock.stick()
    stuck = asyncio.create_task(ledger.awaitable.renew(other, 60.0))
    await asyncio.to_thread(clock.waiting.wait, PATIENCE)
    leaving = asyncio.create_task(ledger.awaitable.settle(claim, ANSWER, 60.0))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    clock.free.set()

    assert await stuck
    assert await ledger.awaitable.renew(other, 60.0)  # it waited behind the answer
    assert ledger.claim(key("k"), b"print", 60.0) == Finished(ANSWER)


def test_a_claim_of_a_loop_that_is_gone_is_given_back(ledger: SQLiteLedger, clock: StuckClock) -> None:
    """The event loop was closed while the disk was silent."""
    loop = asyncio.new_event_loop()
    clock.stick()
    task = loop.create_task(ledger.awaitable.claim(key("k"), b"print", 60.0))
    loop.run_until_complete(asyncio.sleep(0))
    assert clock.waiting.wait(PATIENCE)
    loop.close()
    clock.free.set()

    when(lambda: ledger.claim(key("k"), b"print", 60.0), Granted)
    task._log_destroy_pending = False  # type: ignore[attr-defined] # noqa: SLF001 - it is what this test is about


def test_replays_do_not_wait_for_the_disk(ledger: SQLiteLedger, clock: StuckClock) -> None:
    """A known answer is read beside a transaction that is stuck."""
    ledger.settle(claimed(ledger, "known"), ANSWER, 60.0)
    running = claimed(ledger, "running")
    clock.stick()
    with ThreadPoolExecutor(1) as pool:
        settled = pool.submit(ledger.settle, running, ANSWER, 60.0)
        assert clock.waiting.wait(PATIENCE)

        assert ledger.claim(key("known"), b"print", 60.0) == Finished(ANSWER)

        clock.free.set()
        assert settled.result()


def test_an_error_is_each_callers_own(ledger: SQLiteLedger, tmp_path: Path) -> None:
    """Callers of one batch that fails do not raise one object together: its traceback would grow with them."""
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def refused(number: int) -> StoreError:
        with pytest.raises(StoreError, match=r"another process is writing|did not answer") as caught:
            ledger.claim(key(number), b"print", 60.0)
        return caught.value

    with ThreadPoolExecutor(8) as pool:
        errors = list(pool.map(refused, range(8)))
    other.close()

    assert len({id(error) for error in errors}) == 8


FORKING = """
import os, sys, threading, time
from seeother.ledger import SQLiteLedger
from seeother.policy import Granted, LedgerKey

ledger = SQLiteLedger(sys.argv[1], synchronous="normal")
stop = threading.Event()
failures = []

def write(number):
    turn = 0
    while not stop.is_set():
        turn += 1
        if not isinstance(ledger.claim(LedgerKey("s", f"{number}-{turn}"), b"print", 60.0), Granted):
            failures.append((number, turn))

threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
for turn in range(20):
    child = os.fork()
    if child == 0:
        ours = [isinstance(ledger.claim(LedgerKey("child", f"{turn}-{number}"), b"print", 60.0), Granted)
                for number in range(5)]
        os._exit(0 if all(ours) else 1)
    _, status = os.waitpid(child, 0)
    if status:
        failures.append(("child", status))
stop.set()
for thread in threads:
    thread.join()
ledger.close()
print(failures)
"""


def test_forks_amid_writing(tmp_path: Path) -> None:
    """Four threads write while the process forks twenty times, and each child writes too."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING, str(tmp_path / "ledger.db")],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip

    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_an_exit_in_the_middle_ends(tmp_path: Path) -> None:
    """A process that does not close its ledger ends all the same, and what it heard of is there."""
    program = (
        "import sys\nfrom seeother.ledger import SQLiteLedger\nfrom seeother.policy import LedgerKey\n"
        "print(SQLiteLedger(sys.argv[1]).claim(LedgerKey('s', 'k'), b'print', 60.0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "ledger.db")],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip

    assert done.stdout.startswith("Granted")
    assert (done.returncode, done.stderr) == (0, "")
    ledger = SQLiteLedger(tmp_path / "ledger.db")
    assert isinstance(ledger.claim(key("k"), b"print", 60.0), Running)
    ledger.close()


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
sys.stdin.readline()
connection.execute("BEGIN IMMEDIATE")
print(flush=True)
sys.stdin.readline()
"""


def test_a_stopped_process_holds_nobody_for_long(tmp_path: Path) -> None:
    """It was stopped in the middle of a transaction: a claim is refused, what ends a claim waits for longer."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "ledger.db")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    ledger = SQLiteLedger(tmp_path / "ledger.db")
    running = claimed(ledger, "running")
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdin.write(b"\n")
    holder.stdin.flush()
    holder.stdout.readline()
    os.kill(holder.pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        settled = pool.submit(ledger.settle, running, ANSWER, 60.0)
        with pytest.raises(StoreError, match="another process is writing"):
            claimed(ledger, "new")
        holder.kill()
        holder.communicate()

        assert settled.result()
    claimed(ledger, "new")
    ledger.close()
