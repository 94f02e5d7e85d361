# SPDX-License-Identifier: Apache-2.0
"""The engine behind its port: rows out, bytes in, and errors with their number."""

import subprocess
import sys
from pathlib import Path

import pytest

from seeother.errors import StoreError
from seeother.watch.warehouse import EngineError, Store
from seeother.watch.warehouse.chdb import ChdbEngine

HOLD = """
import sys
from pathlib import Path
from seeother.watch.warehouse.chdb import ChdbEngine
engine = ChdbEngine(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_parameters_are_bound_by_the_engine(engine: ChdbEngine) -> None:
    """A text stays a text, whatever stands in it."""
    text = "'; DROP TABLE spans; --\n\\ {n:Int64}"

    assert engine.rows("SELECT {text:String} AS text, {n:Int64} AS n", text=text, n=-1) == [{"text": text, "n": -1}]


def test_an_error_has_the_engines_number(engine: ChdbEngine) -> None:
    """For statements, questions and inserts; the next one works."""
    with pytest.raises(EngineError) as unknown:
        engine.run("SELECT * FROM nowhere")
    with pytest.raises(EngineError) as broken:
        engine.insert("INSERT INTO findings (rule)", "RowBinary", [b"\x09short"])

    assert unknown.value.code == 60
    assert broken.value.code in (32, 33)
    assert str(broken.value).startswith("Code: ")
    assert engine.rows("SELECT 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize("column", ["throwIf(n = 3)", "(SELECT 1)"])
def test_a_failing_view_fails_its_insert_and_the_next_attempt_completes_it(engine: ChdbEngine, column: str) -> None:
    """The engine reports success; what got in by then is not doubled, what did not follows."""
    statement = (
        "INSERT INTO numbers_in SETTINGS insert_deduplication_token = 'one', "
        "deduplicate_blocks_in_dependent_materialized_views = 1"
    )
    window = "SETTINGS non_replicated_deduplication_window = 10"
    engine.run("CREATE TABLE numbers_in (n UInt8) ENGINE = Null")
    for name, source in (("first", "numbers_in"), ("second", "first")):
        engine.run(f"CREATE TABLE {name} (n UInt8) ENGINE = MergeTree ORDER BY n {window}")
        engine.run(f"CREATE MATERIALIZED VIEW to_{name} TO {name} AS SELECT n FROM {source}")  # noqa: S608 - ours
    engine.run(f"CREATE MATERIALIZED VIEW to_nothing TO second AS SELECT toUInt8({column}) AS n FROM first")  # noqa: S608

    with pytest.raises(EngineError, match="a view failed"):
        engine.insert(statement, "RowBinary", [b"\x03"])
    engine.run("DROP TABLE to_nothing")
    engine.insert(statement, "RowBinary", [b"\x03"])

    counts = engine.rows("SELECT (SELECT count() FROM first) AS first, (SELECT count() FROM second) AS second")
    for name in ("to_second", "to_first", "numbers_in", "first", "second"):
        engine.run(f"DROP TABLE {name}")
    assert counts == [{"first": 1, "second": 1}]


def test_a_failing_view_is_seen_beside_others_that_fail_in_the_same_way(opened: Store, engine: ChdbEngine) -> None:
    """The engine keeps one sentence an error, and a disk that is away is away for a question, too."""
    fails = "throwIf(n = 3, 'away', toInt16(214))"
    allowed = "SETTINGS allow_custom_error_code_in_throwif = 1"
    engine.run("CREATE TABLE numbers_in (n UInt8) ENGINE = Null")
    engine.run("CREATE TABLE first (n UInt8) ENGINE = MergeTree ORDER BY n")
    engine.run(f"CREATE MATERIALIZED VIEW to_first TO first AS SELECT toUInt8({fails}) AS n FROM numbers_in {allowed}")  # noqa: S608 - ours

    class Beside(ChdbEngine):
        """A connection beside which somebody asks in vain, just after each insert."""

        def _view_errors(self) -> dict[int, tuple[int, str]]:
            with pytest.raises(EngineError, match="away"):
                self.run(f"SELECT {fails} FROM (SELECT 3 AS n) {allowed}")  # noqa: S608 - ours
            return super()._view_errors()

    beside = Beside(opened.path)
    with pytest.raises(EngineError, match="a view failed"):
        beside.insert("INSERT INTO numbers_in", "RowBinary", [b"\x03"])

    beside.close()
    for name in ("to_first", "numbers_in", "first"):
        engine.run(f"DROP TABLE {name}")


def test_a_store_that_another_program_has_open_cannot_be_opened(tmp_path: Path) -> None:
    """A program that knows nothing of our lock; the engine gives no reason, so we name the likely one."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="another program has it open"):
            ChdbEngine(tmp_path)
        process.communicate()
