# SPDX-License-Identifier: Apache-2.0
"""Rows reach a real collector, and whatever is wrong with it stays away from the application."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from seeother.journey import Finding, Severity
from seeother.telemetry import Exporter, Recorder, Row, begin

from .conftest import Answer, Sink

FINDING = Finding("RED001", "name", Severity.ERROR, "message", "source", "POST", "http://shop.test/orders", 302)
Start = Callable[..., tuple[Recorder, Exporter]]


def row(number: int = 1, *, host: bool = False) -> Row:
    """A row whose start is `number`."""
    context = begin(())
    if host:
        context.host_trace_id, context.host_span_id = b"T" * 16, b"S" * 8
    return Row(context, number, 1, "POST", "/orders", 303)


def threads() -> list[threading.Thread]:
    """The exporter threads of this process."""
    return [thread for thread in threading.enumerate() if thread.name == "seeother-exporter"]


@pytest.fixture
def start(sink: Sink) -> Iterator[Start]:
    """Make a recorder and its exporter; they are closed before the collector is."""
    exporters: list[Exporter] = []

    def make(*, limit: int = 1000, endpoint: str = sink.endpoint, timeout: float = 20.0) -> tuple[Recorder, Exporter]:
        recorder = Recorder(limit=limit)
        exporters.append(Exporter(recorder, endpoint=endpoint, service="shop", timeout=timeout))
        return recorder, exporters[-1]

    yield make
    sink.released.set()
    for exporter in exporters:
        assert exporter.close(20)
    assert threads() == []


def test_rows_leave_by_themselves(sink: Sink, start: Start) -> None:
    """Nobody has to flush: a row without host span is a span, all else are log records."""
    recorder, exporter = start()
    recorder.record(row(1))
    recorder.record(row(2, host=True))
    recorder.finding(FINDING)

    traces, logs = sink.next(), sink.next()

    assert (traces.path, [each.start_time_unix_nano for each in traces.spans()]) == ("/v1/traces", [1])
    assert (logs.path, [each.event_name for each in logs.records()]) == (
        "/v1/logs",
        ["journey.step", "seeother.finding"],
    )
    assert exporter.flush(20)
    assert (exporter.sent, exporter.failed, recorder.dropped) == (3, 0, 0)


def test_findings_are_counted_too(sink: Sink, start: Start) -> None:
    """A sum that grows, sent after the rows when it has changed, and by one and the same process."""
    recorder, exporter = start()
    repaired = replace(FINDING, repaired=True)
    for findings in ((FINDING, repaired, repaired), (), (FINDING,)):
        recorder.record(row())
        for finding in findings:
            recorder.finding(finding)
        assert exporter.flush(20)

    got = sink.rest()
    counted = [each.counts() for each in got if each.path == "/v1/metrics"]
    assert [each.path[4:] for each in got] == ["traces", "logs", "metrics", "traces", "traces", "logs", "metrics"]
    assert [counts for _, counts in counted] == [
        {("RED001", "error", "False"): 1, ("RED001", "error", "True"): 2},
        {("RED001", "error", "False"): 2, ("RED001", "error", "True"): 2},
    ]
    assert len({process for process, _ in counted}) == 1
    assert len(counted[0][0]) == 32
    assert exporter.sent == 7


@pytest.mark.parametrize(("status", "times"), [(404, 1), (405, 1), (415, 1), (501, 1), (400, 2), (503, 2)])
def test_a_collector_without_metrics_is_not_asked_again(sink: Sink, start: Start, status: int, times: int) -> None:
    """Other refusals may pass: the next sum says all that the refused one said. No row is lost over it."""
    recorder, exporter = start()
    sink.say(Answer(), Answer(status), Answer(), Answer(status))
    for _ in range(2):
        recorder.finding(FINDING)
        exporter.flush(20)

    got = sink.rest()
    assert [each.path for each in got].count("/v1/metrics") == times
    assert (exporter.sent, exporter.failed) == (2, 0)
    if times > 1:
        assert got[-1].counts()[1] == {("RED001", "error", "False"): 2}


def test_a_collector_that_is_away_is_not_asked_for_more(sink: Sink, start: Start) -> None:
    """Whoever has no time for rows has none for sums; both come when it is back."""
    recorder, exporter = start()
    sink.say(Answer(503, {"Retry-After": "3600"}))
    recorder.finding(FINDING)
    exporter.flush(20)
    recorder.record(row())
    exporter.flush(20)

    assert [each.path for each in sink.rest()] == ["/v1/logs", "/v1/traces", "/v1/metrics"]


def test_there_is_no_thread_before_the_first_row(start: Start) -> None:
    """A server forks before it serves, and a process that records nothing needs no thread."""
    recorder, exporter = start()
    before = threads()
    recorder.record(row())
    during = threads()
    exporter.close(20)

    assert (len(before), len(during), len(threads())) == (0, 1, 0)


def test_a_closed_exporter_starts_again(sink: Sink, start: Start) -> None:
    """An application may be started twice in one process."""
    recorder, exporter = start()
    recorder.record(row(1))
    exporter.close(20)
    recorder.record(row(2))
    exporter.close(20)

    assert [span.start_time_unix_nano for _ in range(2) for span in sink.next().spans()] == [1, 2]
    assert exporter.sent == 2


def test_rows_of_a_moment_leave_together(sink: Sink, start: Start) -> None:
    """A burst is one body, and a long one a few; all arrive, in order."""
    recorder, exporter = start(limit=5000)
    for number in range(2500):
        recorder.record(row(number))
    exporter.flush(20)

    bodies = sink.rest()

    assert [span.start_time_unix_nano for body in bodies for span in body.spans()] == list(range(2500))
    assert len(bodies) <= 6
    assert sink.connections == 1


def test_after_a_silence_the_next_row_wakes_the_thread(sink: Sink, start: Start) -> None:
    """The thread sleeps without a timer between two rows that are far apart."""
    recorder, _ = start()
    starts: list[int] = []
    for number in range(5):
        recorder.record(row(number))
        starts += [span.start_time_unix_nano for span in sink.next().spans()]

    assert starts == [0, 1, 2, 3, 4]


def test_many_threads_record(sink: Sink, start: Start) -> None:
    """No row is lost or doubled between threads that record and the one that sends."""
    recorder, exporter = start(limit=100_000)

    def work(first: int) -> None:
        for number in range(first, first + 1000):
            recorder.record(row(number))

    workers = [threading.Thread(target=work, args=(1000 * index,)) for index in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    exporter.close(20)

    starts = [span.start_time_unix_nano for each in sink.rest() for span in each.spans()]
    assert sorted(starts) == list(range(8000))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_collector_is_asked_again(sink: Sink, start: Start, status: int) -> None:
    """With the very same bytes, so that it can see a copy."""
    sink.say(Answer(status, {"Retry-After": "0"}), Answer(status))
    recorder, exporter = start()
    recorder.record(row())

    bodies = {sink.next().packed for _ in range(3)}

    assert len(bodies) == 1
    assert exporter.flush(20)
    assert (exporter.sent, exporter.failed) == (1, 0)


def test_a_dropped_connection_is_tried_again(sink: Sink, start: Start) -> None:
    """A collector that restarts loses nothing of ours."""
    sink.say(Answer(hang=True), Answer(hang=True))
    recorder, exporter = start(timeout=0.05)
    recorder.record(row())

    assert len({sink.next().packed for _ in range(3)}) == 1
    assert exporter.flush(20)
    assert exporter.sent == 1


@pytest.mark.parametrize("status", [400, 401, 404, 413, 500])
def test_a_refusal_is_final(sink: Sink, start: Start, status: int) -> None:
    """Sending the same again would not help; the next batch goes its way."""
    sink.say(Answer(status))
    recorder, exporter = start()
    recorder.record(row(1))
    exporter.flush(20)
    recorder.record(row(2))
    exporter.flush(20)

    assert [each.spans()[0].start_time_unix_nano for each in sink.rest()] == [1, 2]
    assert (exporter.sent, exporter.failed) == (1, 1)


def test_retry_after_beyond_our_patience_gives_up(sink: Sink, start: Start) -> None:
    """The batch is counted as failed rather than kept for an hour."""
    sink.say(Answer(503, {"Retry-After": "3600"}))
    recorder, exporter = start()
    recorder.record(row())

    assert exporter.flush(20)
    assert (exporter.sent, exporter.failed, sink.received.qsize()) == (0, 1, 1)


def test_retry_after_is_waited_for(sink: Sink, start: Start) -> None:
    """Within our patience nothing is sent before the time; closing ends the wait with one last try."""
    sink.say(Answer(503, {"Retry-After": "50"}))
    recorder, exporter = start()
    recorder.record(row())
    sink.next()

    in_time = exporter.flush(0.7)
    sent_meanwhile = sink.received.qsize()
    exporter.close(20)

    assert (in_time, sent_meanwhile) == (False, 0)
    assert (exporter.sent, exporter.failed, sink.received.qsize()) == (1, 0, 1)


def test_partial_success_counts_both(sink: Sink, start: Start) -> None:
    """What the collector refused has failed, the rest is sent."""
    sink.say(Answer(200, content=b"\n\x02\x08\x02"))
    recorder, exporter = start()
    for number in range(5):
        recorder.record(row(number))
    exporter.flush(20)

    assert (exporter.sent, exporter.failed) == (3, 2)


def test_nobody_listening_harms_nobody(start: Start, nowhere: str) -> None:
    """Recording goes on, the queue stays within its bound, closing ends in time, and every row is accounted for."""
    recorder, exporter = start(limit=100, endpoint=nowhere)

    for number in range(500):
        recorder.record(row(number))
    most = len(recorder)
    closed = exporter.close(20)

    assert most <= 100
    assert closed
    assert exporter.sent == 0
    assert exporter.failed + recorder.dropped == 500


def test_a_collector_that_comes_back_hears_of_the_gap(sink: Sink, start: Start) -> None:
    """Rows dropped for want of room are reported, once, with the next that get through."""
    sink.say(Answer(hang=True))
    recorder, exporter = start(limit=10)
    recorder.record(row(0))
    sink.next()
    for number in range(1, 31):
        recorder.record(row(number))
    sink.released.set()
    exporter.flush(20)
    recorder.record(row(31))
    exporter.flush(20)

    records = [record for each in sink.rest() if each.path == "/v1/logs" for record in each.records()]

    assert [(each.event_name, each.attributes[0].value.int_value) for each in records] == [("seeother.dropped", 20)]
    assert (exporter.sent, recorder.dropped) == (12, 20)


def test_a_row_that_cannot_be_encoded_stops_nothing(sink: Sink, start: Start) -> None:
    """It is counted as failed, and the thread goes on."""
    recorder, exporter = start()
    recorder.record(row()._replace(start_ns="yesterday"))  # type: ignore[arg-type]
    exporter.flush(20)
    recorder.record(row(2))
    exporter.flush(20)

    assert sink.next().spans()[0].start_time_unix_nano == 2
    assert (exporter.sent, exporter.failed) == (1, 1)


def test_a_flush_of_nothing_is_done(start: Start) -> None:
    """It starts no thread and waits for nothing."""
    _, exporter = start()

    assert exporter.flush(0)
    assert exporter.close(0)
    assert threads() == []


PROGRAM = """
import os, sys
from seeother.telemetry import Exporter, Recorder, Row, begin

recorder = Recorder()
exporter = Exporter(recorder, endpoint=sys.argv[1], service="shop")

def record(number):
    recorder.record(Row(begin(()), number, 1, "GET", None, 200))
"""
ENDING = "record(1)"
COUNTING = """
from seeother.journey import Finding, Severity

finding = Finding("RED001", "name", Severity.ERROR, "message", "source", "POST", "", 302)
recorder.finding(finding)
exporter.flush(20)
child = os.fork()
recorder.finding(finding)
exporter.close(20)
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
"""
FORKING = """
record(1)
child = os.fork()
if child == 0:
    assert len(recorder) == 0
    record(2)
    exporter.close(20)
    os._exit(0 if (exporter.sent, exporter.failed) == (1, 0) else 1)
_, status = os.waitpid(child, 0)
assert status == 0, status
record(3)
exporter.close(20)
assert exporter.failed == 0
"""


@pytest.mark.parametrize(
    ("program", "starts", "connections"),
    [(ENDING, [1], 1), (FORKING, [1, 2, 3], 2), ("record(0); exporter.flush(20)" + FORKING, [0, 1, 2, 3], 2)],
    ids=["exit", "fork", "fork with an open connection"],
)
def test_processes_lose_and_double_nothing(sink: Sink, program: str, starts: list[int], connections: int) -> None:
    """The last rows of a process that just ends arrive; after a fork each process has its own thread and connection."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + program, sink.endpoint], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    got = [span.start_time_unix_nano for each in sink.rest() for span in each.spans()]
    assert sorted(got) == starts
    assert sink.connections == connections


def test_processes_count_for_themselves(sink: Sink) -> None:
    """A child of a fork begins at nothing, under a name of its own."""
    subprocess.run([sys.executable, "-c", PROGRAM + COUNTING, sink.endpoint], check=True)

    counted = [each.counts() for each in sink.rest() if each.path == "/v1/metrics"]
    parent = counted[0][0]
    assert [sum(counts.values()) for process, counts in counted if process == parent] == [1, 2]
    assert [sum(counts.values()) for process, counts in counted if process != parent] == [1]


def test_the_same_rows_make_the_same_bytes(sink: Sink, start: Start) -> None:
    """No time of packing is in the body: a collector that remembers digests knows a copy."""
    recorder, exporter = start()
    one = row()
    for _ in range(2):
        recorder.record(one)
        exporter.flush(20)

    first, second = sink.next(), sink.next()

    assert first.packed == second.packed
    assert first.packed[4:8] == bytes(4)  # MTIME, RFC 1952 section 2.3.1
