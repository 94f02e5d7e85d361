# SPDX-License-Identifier: Apache-2.0
"""A store is opened by one process, and what it acknowledged is there for the next."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seeother.errors import StoreError
from seeother.watch.warehouse import Store, StoreInUseError
from seeother.watch.warehouse.chdb import ChdbEngine

ACKNOWLEDGE = """
import sys
from pathlib import Path
from seeother.watch.warehouse import Encoding, Signal, Store
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.seeother.watch.otlp import span, traces

store = Store(Path(sys.argv[1]), ChdbEngine, listening_on="http://127.0.0.1:8304", linger_seconds=0.01)
for number in range(1, 100_000):
    content = traces(span(span_id=number.to_bytes(8))).SerializeToString()
    store.submit(Signal.TRACES, Encoding.PROTOBUF, content).result(timeout=30)
    print(number, flush=True)
"""


def test_a_store_that_cannot_be_opened_gives_its_lock_back(tmp_path: Path) -> None:
    """So that the next attempt is not refused by the last."""

    def broken(_: Path) -> ChdbEngine:
        raise StoreError("no engine")

    for _ in range(2):
        with pytest.raises(StoreError, match="no engine"):
            Store(tmp_path, broken)


def test_a_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    """While it lives nobody else gets in; after SIGKILL the store opens by itself and has every row."""
    command = [sys.executable, "-c", ACKNOWLEDGE, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(5)]
        with pytest.raises(StoreInUseError, match=f"process {process.pid} "):
            Store(tmp_path, ChdbEngine)
        process.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]
    store = Store(tmp_path, ChdbEngine)
    engine = ChdbEngine(tmp_path)

    rows = engine.rows("SELECT toInt64(reinterpretAsUInt64(reverse(span_id))) AS number FROM spans ORDER BY number")

    engine.close()
    store.close()
    numbers = [int(str(row["number"])) for row in rows]
    assert numbers[: len(acknowledged)] == acknowledged == list(range(1, len(acknowledged) + 1))
