# SPDX-License-Identifier: Apache-2.0
"""Findings one by one and by rule, and what is counted since ever: `findings`, `rules`, `totals` and `volume`."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from seeother.watch.questions import FINDINGS, RULES, TOTALS, VOLUME, Asker
from seeother.watch.warehouse import Encoding, Signal, Store
from tests.seeother.watch.otlp import Value, logs, record

from .asked import IDS, NAMES, SECOND, T0, Exchange, exchanges_of_journeys, people, put

ALL: dict[str, Any] = {"rule": "", "journey": "", "before_us": 4_000_000_000 * SECOND, "before_id": "", "count": 10}


def tell(store: Store, *findings: dict[str, Value]) -> None:
    """Store findings, one a second."""
    told = [
        record(
            {"seeother.rule": "RED001", "seeother.severity": "error"} | finding,
            event="seeother.finding",
            at_ns=(T0 + n * SECOND) * 1000,
        )
        for n, finding in enumerate(findings)
    ]
    store.submit(Signal.LOGS, Encoding.PROTOBUF, logs(*told).SerializeToString()).result(timeout=30)


async def test_findings_come_newest_first_and_within_the_period(store: Store, asker: Asker) -> None:
    """The start is inside, the end outside, the limit keeps the newest."""
    tell(store, {}, {}, {}, {})

    period = await asker.ask(FINDINGS, **ALL, since=T0 + SECOND, until=T0 + 3 * SECOND)
    newest = await asker.ask(FINDINGS, **ALL | {"count": 1}, since=T0, until=T0 + 60 * SECOND)

    assert [row["time_us"] for row in period] == [T0 + 2 * SECOND, T0 + SECOND]
    assert [row["time_us"] for row in newest] == [T0 + 3 * SECOND]


async def test_findings_are_told_by_rule_by_journey_and_page_by_page(store: Store, asker: Asker) -> None:
    """Two rules of one exchange share its time and its span."""
    tell(store, {"journey.name": "checkout"}, {"seeother.rule": "RTY002"})
    same: dict[str, Value] = {"seeother.severity": "advice"}
    both = [record(same | {"seeother.rule": rule}, event="seeother.finding", at_ns=T0 * 1000) for rule in ("A1", "B1")]
    store.submit(Signal.LOGS, Encoding.PROTOBUF, logs(*both).SerializeToString()).result(timeout=30)
    period = {"since": T0, "until": T0 + 60 * SECOND}

    of_rule = await asker.ask(FINDINGS, **ALL | {"rule": "RTY002"}, **period)
    of_journey = await asker.ask(FINDINGS, **ALL | {"journey": "checkout"}, **period)
    told: list[str] = []
    ending: dict[str, Any] = {"count": 2}
    while len(page := await asker.ask(FINDINGS, **ALL | ending, **period)) > bool(told):
        told += [row["rule"] for row in page[bool(told) :]]
        ending |= {"before_us": page[-1]["time_us"], "before_id": page[-1]["span_id"] + page[-1]["rule"]}

    assert [row["rule"] for row in of_rule] == ["RTY002"]
    assert [row["rule"] for row in of_journey] == ["RED001"]
    assert told == ["RTY002", "A1", "B1", "RED001"]


told_findings = st.lists(
    st.tuples(
        st.integers(0, 9),  # seconds
        st.sampled_from(("RED001", "RED003", "RTY002")),
        st.sampled_from(("", *IDS)),
        st.booleans(),
    ),
    max_size=15,
    unique_by=lambda row: row[:3],
)


@given(rows=told_findings, bounds=st.tuples(st.integers(0, 10), st.integers(0, 10)))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_findings_and_rules_agree_with_a_fold(
    store: Store, asker: Asker, rows: list[tuple[int, str, str, bool]], bounds: tuple[int, int]
) -> None:
    """One by one, of one rule, and counted by rule."""
    journey = next(NAMES)
    rows = [(at, f"{rule} {journey}", who, repaired) for at, rule, who, repaired in rows]  # others left theirs
    sent: list[LogRecord] = []
    for at, rule, journey_id, repaired in rows:
        about: dict[str, Value] = {"journey.name": journey, "journey.id": journey_id, "seeother.repaired": repaired}
        about |= {"seeother.rule": rule, "seeother.severity": "error"}
        sent.append(record(about, event="seeother.finding", at_ns=(T0 + at * SECOND) * 1000))
    store.submit(Signal.LOGS, Encoding.PROTOBUF, logs(*sent).SerializeToString()).result(timeout=30)
    period = {"since": T0 + min(bounds) * SECOND, "until": T0 + max(bounds) * SECOND}
    meant = [row for row in rows if min(bounds) <= row[0] < max(bounds)]

    for rule in ("", f"RED001 {journey}"):
        found = await asker.ask(FINDINGS, **ALL | {"rule": rule, "journey": journey, "count": 100}, **period)
        told = [(row["time_us"], row["rule"], row["journey_id"], row["repaired"]) for row in found]
        wanted = [(T0 + row[0] * SECOND, *row[1:]) for row in meant if rule in ("", row[1])]
        assert sorted(told) == sorted(wanted)
        assert [row[0] for row in told] == sorted([row[0] for row in wanted], reverse=True)
    counted = {row["rule"]: row for row in await asker.ask(RULES, **period) if row["rule"].endswith(f" {journey}")}
    assert counted.keys() == {row[1] for row in meant}
    for rule, row in counted.items():
        of_rule = [each for each in meant if each[1] == rule]
        people_met = len({each[2] for each in of_rule} - {""})
        counts = (len(of_rule), sum(each[3] for each in of_rule), people_met)
        assert (row["findings"], row["repaired"], row["journeys"]) == counts


async def test_rules_are_counted(store: Store, asker: Asker) -> None:
    """The most frequent first, with how many people met them."""
    on_journey: dict[str, Value] = {"journey.name": "checkout", "seeother.repaired": True}
    tell(
        store,
        *[on_journey | {"journey.id": journey_id} for journey_id in (IDS[0], IDS[0], IDS[1])],
        {"seeother.rule": "RTY002", "seeother.rule.name": "no-retry-after", "seeother.severity": "warning"},
        {},
    )

    rows = await asker.ask(RULES, since=T0, until=T0 + 4 * SECOND)

    assert rows == [
        {
            "rule": "RED001",
            "name": "",
            "severity": "error",
            "findings": 3,
            "repaired": 3,
            "journeys": 2,
            "first_us": T0,
            "last_us": T0 + 2 * SECOND,
        },
        {
            "rule": "RTY002",
            "name": "no-retry-after",
            "severity": "warning",
            "findings": 1,
            "repaired": 0,
            "journeys": 0,
            "first_us": T0 + 3 * SECOND,
            "last_us": T0 + 3 * SECOND,
        },
    ]


@given(exchanges=exchanges_of_journeys)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_totals_agree_with_a_fold(store: Store, asker: Asker, exchanges: list[Exchange]) -> None:
    """By step, since ever."""
    journey = next(NAMES)
    put(store, journey, exchanges)

    totals = {row["step"]: row for row in await asker.ask(TOTALS) if row["journey"] == journey}

    attempts = [row for row in people(exchanges) if row.step]
    assert totals.keys() == {row.step for row in attempts}
    for step, row in totals.items():
        mine = [each for each in attempts if each.step == step]
        failed = [each for each in mine if each.failed]
        counts = (len(mine), len(failed), sum(each.status >= 400 for each in failed), sum(each.took for each in mine))
        assert (row["attempts"], row["failed"], row["http_errors"], row["duration_us"]) == counts


async def test_totals_and_volume_count_everything(store: Store, asker: Asker) -> None:
    """Since ever, by journey and step, and the rows of each table."""
    put(store, "checkout", [Exchange(T0, IDS[0], "pay", 503, failed=True), Exchange(T0, IDS[1], "", 200, failed=False)])
    put(store, "checkout", [Exchange(T0 + SECOND, IDS[0], "pay", 0, failed=True)])

    totals = await asker.ask(TOTALS)
    volume = await asker.ask(VOLUME)

    counts = {"attempts": 2, "failed": 2, "http_errors": 1, "replayed": 0, "duration_us": 5000}
    assert totals == [{"journey": "checkout", "step": "pay", **counts}]
    assert volume == [{"spans": 3, "log_records": 0, "steps": 3, "findings": 0}]
