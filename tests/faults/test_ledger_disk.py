# SPDX-License-Identifier: Apache-2.0
"""The ledger in a file on a disk that is full, limited, read-only, or loses power."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from seeother.errors import StoreError
from seeother.ledger import SQLiteLedger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Running

PATIENCE = 60.0  # seconds, to see a hang
WAL_HEADER, FRAME_HEADER = 32, 24  # bytes, sections 4 and 4.1 of SQLite's file format

# A process of its own that writes until the disk is full, makes room, and goes on. Eight threads, so that errands that
# do not fit share their commits with such that would.
FILLING = """
import json, os, resource, sys, threading
from seeother.errors import StoreError
from seeother.ledger import SQLiteLedger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey

folder, limit = sys.argv[1], int(sys.argv[2])
filler = os.path.join(folder, "filler")
with open(filler, "wb") as file:
    file.write(b"x" * 300_000)
ledger = SQLiteLedger(os.path.join(folder, "ledger.db"))
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
settled, refused, errors = {}, {}, set()
early = [ledger.claim(LedgerKey("s", f"early-{number}"), b"print", 600.0) for number in range(5)]

def fill(number):
    for turn in range(60):
        key = LedgerKey("s", f"{number}-{turn}")
        answer = Response(200, (), os.urandom(10_000 if number % 2 else 10))
        try:
            granted = ledger.claim(key, b"print", 600.0)
        except StoreError as error:
            errors.add(str(error))
            continue
        try:
            assert ledger.settle(granted, answer, 600.0)
        except StoreError as error:
            errors.add(str(error))
            refused[key.key] = granted, answer
        else:
            settled[key.key] = answer

threads = [threading.Thread(target=fill, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for granted in early:
    answer = Response(200, (), os.urandom(600_000))
    try:
        ledger.settle(granted, answer, 600.0)
    except StoreError as error:
        errors.add(str(error))
        refused[granted.key.key] = granted, Response(200, (), answer.content[:10_000])
# Whoever was refused may try again once there is room: the claim is still theirs.
os.unlink(filler)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
late = [ledger.settle(granted, answer, 600.0) for granted, answer in list(refused.values())[-5:]]
lost = [key for key, answer in settled.items()
        if ledger.claim(LedgerKey("s", key), b"print", 60.0) != Finished(answer)]
fresh = isinstance(ledger.claim(LedgerKey("s", "fresh"), b"print", 60.0), Granted)
ledger.close()
again = SQLiteLedger(os.path.join(folder, "ledger.db"))
lost += [key for key, answer in settled.items()
         if again.claim(LedgerKey("s", key), b"print", 60.0) != Finished(answer)]
again.close()
print(json.dumps({"settled": len(settled), "refused": len(refused), "late": late, "lost": lost, "fresh": fresh,
                  "errors": sorted(errors)}))
"""


def filled(command: list[str], folder: Path, limit: int) -> dict[str, Any]:
    """What the process that fills a disk says in the end."""
    done = subprocess.run(
        [*command, sys.executable, "-c", FILLING, str(folder), str(limit)],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def mounting(folder: Path, size: str) -> list[str]:
    """A command that runs another one on a small disk of its own, mounted there for that process alone."""
    unshare = shutil.which("unshare")
    mount = f'mount -t tmpfs -o size={size} none "{folder}" && exec "$@"'
    command = [unshare or "unshare", "-Urm", "sh", "-c", mount, "sh"]
    if unshare is None or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    return command


def test_a_full_disk(tmp_path: Path) -> None:
    """Errors say what to do, nothing that was acknowledged is lost, and with room it goes on."""
    report = filled(mounting(tmp_path, "700k"), tmp_path, 0)

    assert report["settled"] > 0, report
    assert report["refused"] >= 5, report
    assert any("make room on the disk" in error for error in report["errors"]), report["errors"]
    assert report["late"] == [True] * 5
    assert report["lost"] == []
    assert report["fresh"]


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """The same where the kernel refuses the write with another error (RLIMIT_FSIZE)."""
    report = filled([], tmp_path, 600_000)

    assert report["settled"] > 0, report
    assert report["refused"] >= 5, report
    assert any("room" in error or "limits of this process" in error for error in report["errors"]), report["errors"]
    assert report["late"] == [True] * 5
    assert report["lost"] == []
    assert report["fresh"]


READING = """
import sys
from seeother.errors import StoreError
from seeother.ledger import SQLiteLedger
from seeother.policy import LedgerKey
try:
    SQLiteLedger(sys.argv[1]).claim(LedgerKey("s", "new"), b"print", 60.0)
except StoreError as error:
    print(error)
"""


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """A disk that is mounted read-only: the error says so."""
    SQLiteLedger(tmp_path / "ledger.db").close()
    unshare = mounting(tmp_path / "..", "1m")[:-3]
    script = f'mount --bind "{tmp_path}" "{tmp_path}" && mount -o remount,ro,bind "{tmp_path}" && exec "$@"'
    done = subprocess.run(
        [*unshare, "-c", script, "sh", sys.executable, "-c", READING, str(tmp_path / "ledger.db")],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip

    assert "ledger.db" in done.stdout, done.stderr
    assert "ead-only" in done.stdout


class Acknowledged:
    """What callers heard of, with the length of the log at that moment."""

    def __init__(self, path: Path) -> None:
        """Watch this ledger's log."""
        self.claims: list[tuple[int, Granted]] = []
        self.answers: list[tuple[int, LedgerKey, Response]] = []
        self._log = Path(f"{path}-wal")

    def work(self, ledger: SQLiteLedger, number: int) -> None:
        """Claim, and settle every second one."""
        for turn in range(12):
            key = LedgerKey("s", f"{number}-{turn}")
            verdict = ledger.claim(key, b"print", 3600.0)
            assert isinstance(verdict, Granted)
            self.claims.append((self._log.stat().st_size, verdict))
            if turn % 2:
                answer = Response(200, ((b"x", b"y"),), os.urandom(random.choice([10, 5000])))  # noqa: S311 - no secret
                assert ledger.settle(verdict, answer, 3600.0)
                self.answers.append((self._log.stat().st_size, key, answer))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Acknowledged]:
    """A database and its log, as they are on the disk while the ledger is open, and what was acknowledged."""
    folder = tmp_path_factory.mktemp("written")
    path = folder / "ledger.db"
    ledger = SQLiteLedger(path)
    heard = Acknowledged(path)
    threads = [threading.Thread(target=heard.work, args=(ledger, number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    copies = tmp_path_factory.mktemp("copies")
    for name in ("ledger.db", "ledger.db-wal"):
        shutil.copyfile(folder / name, copies / name)
    ledger.close()
    return copies / "ledger.db", heard


def survives(path: Path, heard: Acknowledged, length: int) -> None:
    """Open what is left when power fails with so much of the log on the disk; all that was acknowledged is there."""
    ledger = SQLiteLedger(path)
    finished = {key for size, key, _ in heard.answers if size <= length}
    for size, claim in heard.claims:
        if size <= length and claim.key not in finished:
            verdict = ledger.claim(claim.key, b"print", 60.0)
            assert isinstance(verdict, (Running, Finished)), claim
    for size, key, answer in heard.answers:
        if size <= length:
            assert ledger.claim(key, b"print", 60.0) == Finished(answer)
    ledger.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_power_is_lost_at_each_frame_of_the_log(written: tuple[Path, Acknowledged], tmp_path: Path) -> None:
    """Cut at every boundary, and within frames with rubbish behind: what was acknowledged before is there."""
    path, heard = written
    log = Path(f"{path}-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big")
    boundaries = range(WAL_HEADER, len(log) + 1, FRAME_HEADER + page)
    chance = random.Random(303)  # noqa: S311 - no secret
    cuts = [*boundaries, 0, *[chance.randrange(len(log)) for _ in range(20)]]
    for cut in cuts:
        rubbish = b"" if cut in boundaries else chance.randbytes(chance.randrange(3 * page))
        shutil.copyfile(path, tmp_path / "ledger.db")
        (tmp_path / "ledger.db-wal").write_bytes(log[:cut] + rubbish)

        survives(tmp_path / "ledger.db", heard, cut)

    assert len(boundaries) > 40
    assert len(heard.claims) == 48


def test_power_is_lost_while_the_log_is_copied_into_the_database(
    written: tuple[Path, Acknowledged], tmp_path: Path
) -> None:
    """Any of its pages may have got there: the log still has them all."""
    path, heard = written
    for name in ("ledger.db", "ledger.db-wal"):
        shutil.copyfile(path.with_name(name), tmp_path / f"after-{name}")
    after = sqlite3.connect(tmp_path / "after-ledger.db")
    after.execute("PRAGMA wal_checkpoint(PASSIVE)")
    old, new = path.read_bytes(), (tmp_path / "after-ledger.db").read_bytes()
    after.close()
    page = int.from_bytes(new[16:18], "big")
    chance = random.Random(303)  # noqa: S311 - no secret
    for _ in range(20):
        mixed = b"".join(
            [chance.choice([old, new])[start : start + page].ljust(page, b"\0") for start in range(0, len(new), page)]
        )
        (tmp_path / "ledger.db").write_bytes(mixed)
        shutil.copyfile(f"{path}-wal", tmp_path / "ledger.db-wal")

        survives(tmp_path / "ledger.db", heard, Path(f"{path}-wal").stat().st_size)


def test_full_waits_for_the_disk(tmp_path: Path) -> None:
    """The power tests stand on this: a commit is not acknowledged before its log is synchronised."""
    ledger = SQLiteLedger(tmp_path / "ledger.db")
    ledger.claim(LedgerKey("s", "k"), b"print", 60.0)
    connection = ledger._writer._opened()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no other way to see

    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    ledger.close()


def test_a_ledger_that_was_deleted_says_so(tmp_path: Path) -> None:
    """An empty ledger in its place, or one that only this process sees, would let every action run once more."""
    ledger = SQLiteLedger(tmp_path / "ledger.db")
    ledger.claim(LedgerKey("s", "k"), b"print", 60.0)
    for each in tmp_path.iterdir():
        each.unlink()

    with pytest.raises(StoreError, match="see whether the file is there"):
        ledger.claim(LedgerKey("s", "new"), b"print", 60.0)
    assert list(tmp_path.iterdir()) == []
    ledger.close()


def test_a_ledger_that_was_put_back_is_opened_anew(tmp_path: Path) -> None:
    """A copy takes the place of the file: what it holds counts from then on."""
    ledger = SQLiteLedger(tmp_path / "ledger.db")
    ledger.claim(LedgerKey("s", "old"), b"print", 60.0)
    ledger.close()
    shutil.copyfile(tmp_path / "ledger.db", tmp_path / "copy.db")
    ledger.claim(LedgerKey("s", "new"), b"print", 60.0)
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (tmp_path / name).unlink()
    (tmp_path / "copy.db").replace(tmp_path / "ledger.db")

    assert isinstance(ledger.claim(LedgerKey("s", "old"), b"print", 60.0), Running)
    assert isinstance(ledger.claim(LedgerKey("s", "new"), b"print", 60.0), Granted)
    ledger.close()
