# SPDX-License-Identifier: Apache-2.0
"""Findings one by one and by rule, and what is counted since ever: `findings`, `rules`, `totals` and `volume`."""

from typing import Any

from seeother.watch.questions import FINDINGS, RULES, TOTALS, VOLUME, Asker
from seeother.watch.warehouse import Encoding, Signal, Store
from tests.seeother.watch.otlp import Value, logs, record

from .asked import IDS, SECOND, T0, Exchange, put

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
    ending = {"count": 1}
    while page := await asker.ask(FINDINGS, **ALL | ending, **period):
        told.append(page[0]["rule"])
        ending |= {"before_us": page[0]["time_us"], "before_id": page[0]["span_id"] + page[0]["rule"]}

    assert [row["rule"] for row in of_rule] == ["RTY002"]
    assert [row["rule"] for row in of_journey] == ["RED001"]
    assert told == ["RTY002", "A1", "B1", "RED001"]


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


async def test_totals_and_volume_count_everything(store: Store, asker: Asker) -> None:
    """Since ever, by journey and step, and the rows of each table."""
    put(store, "checkout", [Exchange(T0, IDS[0], "pay", 503, failed=True), Exchange(T0, IDS[1], "", 200, failed=False)])
    put(store, "checkout", [Exchange(T0 + SECOND, IDS[0], "pay", 0, failed=True)])

    totals = await asker.ask(TOTALS)
    volume = await asker.ask(VOLUME)

    counts = {"attempts": 2, "failed": 2, "http_errors": 1, "replayed": 0, "duration_us": 5000}
    assert totals == [{"journey": "checkout", "step": "pay", **counts}]
    assert volume == [{"spans": 3, "log_records": 0, "steps": 3, "findings": 0}]
