# SPDX-License-Identifier: Apache-2.0
"""The queue between the hot path and the exporter."""

import threading
from dataclasses import replace

from seeother.journey import Finding, Severity
from seeother.telemetry import FindingRow, Found, Recorder, Row, begin
from tests.clock import FakeClock

FINDING = Finding("RED001", "name", Severity.ERROR, "message", "source", "POST", "http://shop.test/orders", 302)


def row(number: int) -> Row:
    """A row that can be told from others."""
    return Row(begin(()), number, 1, "GET", None, 200)


def test_rows_come_out_in_their_order() -> None:
    """Oldest first, and no more than asked for."""
    recorder = Recorder()
    rows = [row(number) for number in range(5)]
    for each in rows:
        recorder.record(each)

    assert len(recorder) == 5
    assert recorder.drain(3) == rows[:3]
    assert recorder.drain(3) == rows[3:]
    assert recorder.drain(3) == []


def test_a_finding_gets_the_time() -> None:
    """It is queued with its exchange and route, at the time of the recorder's clock."""
    recorder = Recorder(clock=FakeClock(2.0))
    context = begin(())

    recorder.finding(FINDING, context, "/orders")

    assert recorder.drain(1) == [FindingRow(2_000_000_000, FINDING, context, "/orders")]


def test_a_full_queue_drops_and_counts() -> None:
    """What is there stays; what comes is counted, rows and findings alike."""
    recorder = Recorder(limit=2)
    for number in range(4):
        recorder.record(row(number))
    recorder.finding(FINDING)

    assert recorder.dropped == 3
    assert [each.start_ns for each in recorder.drain(9) if isinstance(each, Row)] == [0, 1]


def test_findings_are_counted_by_kind() -> None:
    """By rule, severity and whether they were repaired, those that were dropped among them."""
    recorder = Recorder(limit=1)
    repaired = replace(FINDING, repaired=True, message="another")
    for finding in (FINDING, repaired, repaired, replace(FINDING, rule="RED002", severity=Severity.ADVICE)):
        recorder.finding(finding)

    assert recorder.counts() == {
        Found("RED001", Severity.ERROR, repaired=False): 1,
        Found("RED001", Severity.ERROR, repaired=True): 2,
        Found("RED002", Severity.ADVICE, repaired=False): 1,
    }
    assert (len(recorder), recorder.dropped) == (1, 3)


def test_no_count_is_lost_between_threads() -> None:
    """Findings come from all of them at once."""
    recorder = Recorder()

    def work() -> None:
        for _ in range(2000):
            recorder.finding(FINDING)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(recorder.counts().values()) == [16_000]


def test_whoever_finds_nobody_watching_wakes_the_exporter() -> None:
    """Rows and findings wake, but only while it is asleep."""
    recorder = Recorder()
    calls: list[int] = []
    recorder.wake = lambda: calls.append(len(recorder))

    recorder.record(row(0))
    recorder.asleep = True
    recorder.record(row(1))
    recorder.finding(FINDING)
    recorder.asleep = False
    recorder.finding(FINDING)

    assert calls == [2, 3]


def test_a_recorded_exchange_says_so() -> None:
    """So that its host span is no longer changed, dropped or not."""
    recorder = Recorder(limit=1)
    rows = [row(0), row(1)]
    for each in rows:
        recorder.record(each)

    assert [each.context.recorded for each in rows] == [True, True]


def test_a_cleared_recorder_starts_over() -> None:
    """Neither rows nor counts are left, and counting begins now."""
    clock = FakeClock(2.0)
    recorder = Recorder(limit=1, clock=clock)
    recorder.record(row(0))
    recorder.record(row(1))
    recorder.finding(FINDING)
    clock.advance(3.0)

    recorder.clear()

    assert (len(recorder), recorder.dropped, recorder.counts()) == (0, 0, {})
    assert recorder.started_ns == 5_000_000_000
