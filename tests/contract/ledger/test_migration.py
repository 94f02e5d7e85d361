# SPDX-License-Identifier: Apache-2.0
"""A release reads what the one before it has left: golden files, written by the releases themselves."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from seeother.ledger import SQLiteLedger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Running, Unknown
from tests.clock import FakeClock

GOLDEN = Path(__file__).parent / "golden"
ANSWER = Response(
    303,
    ((b"location", b"/orders/7"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"x-latin", b"caf\xe9 \xff")),
    bytes(range(256)),
)
CURRENT = 2


def named(name: str) -> LedgerKey:
    """A key of the golden files."""
    return LedgerKey("POST /orders shared", name)


@pytest.mark.parametrize("schema", [1])
def test_every_state_is_understood(tmp_path: Path, schema: int) -> None:
    """Nothing that an older release has begun or finished is run again, and its owners go on."""
    path = tmp_path / "ledger.db"
    shutil.copyfile(GOLDEN / f"schema-{schema}.sqlite", path)
    clock = FakeClock(1_800_000_020.0)  # a little after it was written
    ledger = SQLiteLedger(path, clock=clock)

    verdicts = {name: ledger.claim(named(name), b"print", 30.0)
                for name in ("finished", "running", "lapsed", "abandoned", "expired", "released")}  # fmt: skip
    doubts = [doubt.granted.key for doubt in ledger.unknown(10)]

    assert verdicts["finished"] == Finished(ANSWER)
    assert isinstance(verdicts["running"], Running)
    assert verdicts["lapsed"] == verdicts["abandoned"] == Unknown()
    assert isinstance(verdicts["expired"], Granted)
    assert isinstance(verdicts["released"], Granted)
    assert doubts == [named("lapsed"), named("abandoned")]
    assert ledger.renew(Granted(named("running"), 2), 60.0)
    ledger.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (CURRENT,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_migrated_file_is_as_a_new_one(tmp_path: Path) -> None:
    """The same tables and indexes, so that no release has to tell them apart."""
    shutil.copyfile(GOLDEN / "schema-1.sqlite", tmp_path / "old.db")
    found: list[list[tuple[str, str]]] = []
    for name in ("old.db", "new.db"):
        SQLiteLedger(tmp_path / name).close()
        with sqlite3.connect(tmp_path / name) as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name").fetchall()
        connection.close()
        found.append([(each, " ".join(sql.split())) for each, sql in rows])

    assert found[0] == found[1]
