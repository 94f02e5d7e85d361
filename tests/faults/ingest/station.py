# SPDX-License-Identifier: Apache-2.0
"""A `seeother watch` that can be killed and started again on its store, and what its store holds in the end."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from threading import Thread

import psutil

_COUNT = """
import json, sys
from pathlib import Path
from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine

store = Store(Path(sys.argv[1]), ChdbEngine)
engine = ChdbEngine(Path(sys.argv[1]))
rows = {
    "spans": engine.rows("SELECT hex(trace_id) AS trace, toInt64(count()) AS n FROM spans GROUP BY trace"),
    "steps": engine.rows("SELECT toInt64(count()) AS n FROM steps"),
    "attempts": engine.rows("SELECT toInt64(sum(n)) AS n FROM counts WHERE measure = 'answer' AND grain = 1"),
    "exchanges": engine.rows("SELECT toInt64(sum(exchanges)) AS n FROM status_counts WHERE grain = 1"),
    "answers": engine.rows("SELECT toInt64(sum(n)) AS n FROM counts WHERE measure = 'answer' AND grain = 1440"),
    "journeys": engine.rows("SELECT toInt64(sum(attempts)) AS n FROM journeys"),
}
engine.close()
store.close()
print(json.dumps(rows))
"""


class Station:
    """One store, and the process that owns it at the moment."""

    def __init__(self, folder: Path, port: int) -> None:
        """Nothing runs yet."""
        self.folder = folder
        self.port = port
        self.process: psutil.Popen | None = None
        self._reading = Thread()

    @contextmanager
    def running(self) -> Generator["Station"]:
        """Start it; stop it in the end, whoever it is by then."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = ["-m", "seeother", "watch", f"--port={self.port}", f"--store={self.folder}"]
        self.process = psutil.Popen([sys.executable, *command], stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        if "listens on" not in line:
            raise RuntimeError(line + self.process.stderr.read())
        # Read on, or whoever logs waits for us one day; what it says belongs to the report.
        self._reading = Thread(target=copyfileobj, args=(self.process.stderr, sys.stderr))
        self._reading.start()

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self._await_end()

    def stop(self) -> None:
        """SIGTERM, as a machine that shuts down."""
        if self.process is not None:
            self.process.terminate()
            self._await_end()

    def _await_end(self) -> None:
        assert self.process is not None
        self.process.wait(timeout=60)
        self._reading.join()
        self.process.stderr.close()
        self.process = None

    def memory_bytes(self) -> int:
        """What the process has in memory."""
        assert self.process is not None
        return int(self.process.memory_info().rss)

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """Spans by trace, and what each table that follows from them holds; for a station that stands still."""
        answer = subprocess.run(
            [sys.executable, "-c", _COUNT, str(self.folder)], check=True, stdout=subprocess.PIPE, text=True
        )
        rows = json.loads(answer.stdout)
        spans = {row["trace"].lower(): row["n"] for row in rows.pop("spans")}
        return spans, {table: row[0]["n"] for table, row in rows.items()}
