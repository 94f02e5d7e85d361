# SPDX-License-Identifier: Apache-2.0
"""Group commit: what is acknowledged is in, and company costs nobody his own outcome."""

import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from seeother.errors import StoreError
from seeother.watch.warehouse import Encoding, EngineError, Malformed, Outcome, Signal, Store, Stored, Writer
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.writer import BATCH_BYTES, COMPANY_BYTES
from tests.seeother.watch.otlp import T0, logs, record, span, to_json, traces

PROTOBUF, JSON = Encoding.PROTOBUF, Encoding.JSON


def _one_of_two(time_ns: int) -> ExportTraceServiceRequest:
    return traces(span(at_ns=time_ns), span(span_id=b""))


KINDS: dict[str, tuple[Signal, Encoding, Callable[[int], bytes], Outcome | None]] = {
    "spans": (Signal.TRACES, PROTOBUF, lambda n: traces(span(at_ns=n)).SerializeToString(), Stored()),
    "spans as JSON": (Signal.TRACES, JSON, lambda n: to_json(traces(span(at_ns=n))), Stored()),
    "records": (Signal.LOGS, PROTOBUF, lambda n: logs(record(at_ns=n)).SerializeToString(), Stored()),
    "records as JSON": (Signal.LOGS, JSON, lambda n: to_json(logs(record(at_ns=n))), Stored()),
    "one of two": (Signal.TRACES, PROTOBUF, lambda n: _one_of_two(n).SerializeToString(), Stored(rejected=1)),
    "nothing": (Signal.TRACES, PROTOBUF, lambda _: b"", Stored()),
    "garbage": (Signal.TRACES, PROTOBUF, lambda _: b"\xff", None),
    "cut off": (Signal.LOGS, PROTOBUF, lambda n: logs(record(at_ns=n)).SerializeToString()[:-2], None),
    "no JSON": (Signal.LOGS, JSON, lambda _: b"{", None),
}
TIMES = itertools.count(T0)


def submit(to: Store | Writer, kind: str) -> Future[Outcome]:
    """Hand over a body of this kind that is like no other."""
    signal, encoding, content, _ = KINDS[kind]
    return to.submit(signal, encoding, content(next(TIMES)))


@given(kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=30))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_body_has_its_own_outcome(store: Store, engine: ChdbEngine, kinds: list[str]) -> None:
    """Good, bad, partial and empty ones in any order; exactly the good records come in."""
    before = [engine.rows(f"SELECT count() AS n FROM {table}")[0]["n"] for table in ("spans", "log_records")]  # noqa: S608

    futures = [submit(store, kind) for kind in kinds]
    outcomes = [future.result(timeout=30) for future in futures]

    for kind, outcome in zip(kinds, outcomes, strict=True):
        expected = KINDS[kind][3]
        assert isinstance(outcome, Malformed) if expected is None else outcome == expected, kind
    after = [engine.rows(f"SELECT count() AS n FROM {table}")[0]["n"] for table in ("spans", "log_records")]  # noqa: S608
    spans = sum(kind in ("spans", "spans as JSON", "one of two") for kind in kinds)
    records = sum(kind in ("records", "records as JSON") for kind in kinds)
    assert [int(str(n)) - int(str(m)) for n, m in zip(after, before, strict=True)] == [spans, records]


def test_a_body_that_brings_its_own_number_changes_nobodys_outcome(store: Store) -> None:
    """The number in front is ours; one further down is only one more in the list."""
    forged = b"\xf9\xff\xff\xff\x0f" + bytes(8)
    bad = traces(span(span_id=b"")).SerializeToString()

    outcome = store.submit(Signal.TRACES, PROTOBUF, bad + forged).result(timeout=30)

    assert outcome == Stored(rejected=1)


@pytest.mark.parametrize("kind", ["spans", "spans as JSON", "records", "one of two"])
def test_a_body_that_is_sent_again_is_stored_once(store: Store, engine: ChdbEngine, kind: str) -> None:
    """While it is on its way, afterwards, and in other company; each sender hears the same outcome."""
    signal, encoding, make, expected = KINDS[kind]
    body = make(next(TIMES))

    futures = [store.submit(signal, encoding, body) for _ in range(3)]
    first = [future.result(timeout=30) for future in futures]
    submit(store, kind)
    later = store.submit(signal, encoding, body)
    submit(store, kind).result(timeout=30)

    assert isinstance(expected, Stored)
    assert first == [expected] * 3
    assert later.result(timeout=30) == Stored(expected.rejected, is_repeated=True)
    table = "spans" if signal is Signal.TRACES else "log_records"
    assert engine.rows(f"SELECT toInt32(count()) AS n FROM {table}") == [{"n": 3}]  # noqa: S608 - our own names


def test_a_malformed_body_is_judged_each_time(store: Store) -> None:
    """It never came in, so it is not remembered."""
    body = (Signal.TRACES, PROTOBUF, b"\xff\xff")

    outcomes = [store.submit(*body).result(timeout=30) for _ in range(2)]

    assert [type(outcome) for outcome in outcomes] == [Malformed, Malformed]


class SlowEngine:
    """Counts what it is given, and holds the first insert until it is let go."""

    def __init__(self, *, fails: bool = False) -> None:
        """With `fails`, every insert finds the disk full."""
        self.inserts: list[int] = []
        self.began = threading.Event()
        self.go_on = threading.Event()
        self._fails = fails

    def run(self, sql: str, **parameters: object) -> None:
        """Nothing."""

    def rows(self, sql: str, **parameters: object) -> list[dict[str, object]]:  # noqa: ARG002 - the port's names
        """No rejections."""
        return []

    def insert(self, statement: str, encoding: str, parts: Sequence[bytes]) -> None:  # noqa: ARG002 - as above
        """Note how many bodies came together."""
        self.inserts.append(len(parts) // 2)
        self.began.set()
        assert self.go_on.wait(30)
        if self._fails:
            raise EngineError("Code: 243. Cannot reserve space", 243)

    def close(self) -> None:
        """Nothing."""


def test_bodies_that_come_during_a_commit_share_the_next(tmp_path: Path) -> None:
    """The more comes in, the larger the inserts, not the more of them; all are told."""
    engine, commits = SlowEngine(), threading.Semaphore(0)
    writer = Writer([engine], commits.release, folder=tmp_path, linger_seconds=0)
    writer.start()
    first = writer.submit(Signal.TRACES, PROTOBUF, b"")
    assert engine.began.wait(30)
    others = [writer.submit(Signal.TRACES, PROTOBUF, b"") for _ in range(50)]
    engine.go_on.set()

    assert [future.result(timeout=30) for future in (first, *others)] == [Stored()] * 51
    assert engine.inserts == [1, 50]
    assert commits.acquire(timeout=30)
    writer.close()


def test_a_second_thread_inserts_only_what_fills_a_batch(tmp_path: Path) -> None:
    """Two half batches cost twice what one costs."""
    engines = [SlowEngine(), SlowEngine()]
    writer = Writer(engines, lambda: None, folder=tmp_path, linger_seconds=0)
    writer.start()
    held = writer.submit(Signal.TRACES, PROTOBUF, b"1")
    while not (busy := [engine for engine in engines if engine.inserts]):
        engines[0].began.wait(0.01)
    idle = next(engine for engine in engines if engine is not busy[0])
    idle.go_on.set()

    small = writer.submit(Signal.TRACES, PROTOBUF, b"2")
    waits = not idle.began.wait(0.2)
    large = writer.submit(Signal.TRACES, PROTOBUF, bytes(BATCH_BYTES))
    outcomes = [future.result(timeout=30) for future in (small, large)]
    busy[0].go_on.set()
    writer.close()

    assert waits
    assert (outcomes, idle.inserts) == ([Stored()] * 2, [2])
    assert held.result(timeout=0) == Stored()


def test_nobody_is_waited_for_when_much_has_come_and_all_is_quiet(tmp_path: Path) -> None:
    """Senders that wait for their answers send nothing until they have them."""
    engine = SlowEngine()
    engine.go_on.set()
    writer = Writer([engine], lambda: None, folder=tmp_path, linger_seconds=3600)
    writer.start()

    sent = [writer.submit(Signal.TRACES, PROTOBUF, bytes([number]) * COMPANY_BYTES) for number in range(3)]

    assert [future.result(timeout=30) for future in sent] == [Stored()] * 3
    assert sum(engine.inserts) == len(sent)
    writer.close()


def test_closing_writes_what_is_waiting_and_takes_no_more(tmp_path: Path) -> None:
    """Nothing that was handed over is forgotten."""
    engine = SlowEngine()
    writer = Writer([engine], lambda: None, folder=tmp_path, linger_seconds=3600)
    writer.start()
    waiting = [writer.submit(Signal.LOGS, PROTOBUF, b"") for _ in range(3)]
    engine.go_on.set()

    writer.close()

    assert [future.result(timeout=0) for future in waiting] == [Stored()] * 3
    with pytest.raises(StoreError, match="closing"):
        writer.submit(Signal.LOGS, PROTOBUF, b"")


def test_a_sender_who_gives_up_stops_nobody(tmp_path: Path) -> None:
    """His body is written all the same."""
    engine = SlowEngine()
    writer = Writer([engine], lambda: None, folder=tmp_path, linger_seconds=0)
    writer.start()
    future: Future[Outcome] = writer.submit(Signal.TRACES, PROTOBUF, b"")

    assert not future.cancel()
    engine.go_on.set()

    assert future.result(timeout=30) == Stored()
    writer.close()


def test_listeners_hear_of_commits_until_they_have_enough(store: Store) -> None:
    """Of those that brought something."""
    heard = threading.Semaphore(0)
    stop = store.listen(heard.release)

    submit(store, "garbage").result(timeout=30)
    submit(store, "spans").result(timeout=30)
    assert heard.acquire(timeout=30)
    assert not heard.acquire(blocking=False)
    stop()
    submit(store, "spans").result(timeout=30)
    submit(store, "garbage").result(timeout=30)

    assert not heard.acquire(blocking=False)


def _unheard() -> None:
    """Nobody listens any more."""
    raise RuntimeError
