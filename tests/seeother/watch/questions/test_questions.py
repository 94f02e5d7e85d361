# SPDX-License-Identifier: Apache-2.0
"""Every question's SQL against a fold over the same attempts that anybody can check by eye."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seeother.watch.questions import BROKEN, FINDINGS, JOURNEYS, MATRIX, TIMELINE, TOTALS, VOLUME, Asker
from seeother.watch.warehouse import Encoding, Signal, Store
from tests.seeother.watch.otlp import SPAN_ID, TRACE_ID, Value, logs, record, span, traces

SECOND = 1_000_000  # microseconds
T0 = 1_800_000_000 * SECOND
STEPS = ("cart", "pay", "done")
IDS = ("a" * 32, "b" * 32, "c" * 32)
NAMES = (f"journey-{number}" for number in itertools.count())  # a fresh one an example: rows of others do not count


@dataclass(frozen=True, slots=True)
class Exchange:
    """One row of a journey; times in microseconds."""

    at: int
    journey_id: str
    step: str
    status: int
    failed: bool
    span_id: bytes = SPAN_ID

    @property
    def place(self) -> tuple[int, bytes]:
        """Where it stands in its journey; ids decide between equal times."""
        return self.at, self.span_id


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a question about journeys; times in microseconds."""

    since: int
    until: int
    now: int
    abandoned_after: int
    timeout: int

    def parameters(self, journey: str) -> dict[str, Any]:
        """As the question takes them."""
        return {"journey": journey, "goal": STEPS[-1]} | {name: getattr(self, name) for name in self.__slots__}


def is_success(exchange: Exchange) -> bool:
    """Whether an exchange reaches the goal."""
    return exchange.step == STEPS[-1] and not exchange.failed and 200 <= exchange.status < 300


def is_broken(exchange: Exchange, all_of_them: list[Exchange]) -> bool:
    """Whether an attempt failed and stayed so."""
    return exchange.failed and not any(
        other.journey_id == exchange.journey_id
        and other.step == exchange.step
        and not other.failed
        and exchange.at < other.at <= exchange.at + 60 * SECOND
        for other in all_of_them
    )


def journeys_in(exchanges: list[Exchange], asked: Asked) -> Iterator[tuple[str, list[Exchange]]]:
    """Each journey's exchanges, as far back as a question looks, in order."""
    seen: dict[str, list[Exchange]] = {}
    for row in sorted(exchanges, key=lambda row: row.place):
        if row.at >= asked.since - asked.timeout:
            seen.setdefault(row.journey_id, []).append(row)
    for journey_id, rows in seen.items():
        if any(row.step for row in rows):
            yield journey_id, rows


def outcome(rows: list[Exchange], asked: Asked) -> str:
    """How a journey ended."""
    attempts = [row for row in rows if row.step]
    if any(is_success(row) for row in rows):
        return "success"
    if asked.now - rows[-1].at <= asked.abandoned_after:
        return "timeout" if asked.now - attempts[0].at > asked.timeout else "in_progress"
    return "error" if attempts[-1].failed else "abandoned"


def folded_outcomes(exchanges: list[Exchange], asked: Asked) -> dict[str, int]:
    """What the question `journeys` should answer."""
    names = ("started", "success", "abandoned", "error", "timeout", "in_progress")
    counts: dict[str, int] = dict.fromkeys(names, 0)
    for _, rows in journeys_in(exchanges, asked):
        first = next(row for row in rows if row.step)
        if asked.since <= first.at < asked.until:
            counts["started"] += 1
            counts[outcome(rows, asked)] += 1
    return counts


def folded_matrix(exchanges: list[Exchange], asked: Asked) -> dict[str, dict[str, Any]]:
    """What the question `matrix` should answer, by step."""
    window = [row for row in exchanges if row.step and asked.since <= row.at < asked.until]
    lost_at = {
        journey_id: [row for row in rows if row.step][-1].step
        for journey_id, rows in journeys_in(exchanges, asked)
        if outcome(rows, asked) in ("error", "abandoned")
    }
    matrix: dict[str, dict[str, Any]] = {}
    for step in sorted({row.step for row in window}):
        attempts = [row for row in window if row.step == step]
        reached = {row.journey_id for row in attempts}
        matrix[step] = {
            "step": step,
            "attempts": len(attempts),
            "failed": sum(row.failed for row in attempts),
            "http_errors": sum(row.failed and row.status >= 400 for row in attempts),
            "broken": sum(is_broken(row, exchanges) for row in attempts),
            "reached": len(reached),
            "lost": sum(lost_at.get(journey_id) == step for journey_id in reached),
        }
    return matrix


def put(store: Store, journey: str, exchanges: list[Exchange]) -> None:
    """Store the exchanges as a guard would send them."""
    spans = [
        span(
            {
                "journey.name": journey,
                "journey.id": row.journey_id,
                "journey.step": row.step,
                "journey.failed": row.failed,
                "http.response.status_code": row.status,
            },
            at_ns=row.at * 1000,
            duration_ns=2_500_000,
            span_id=row.span_id,
        )
        for row in exchanges
    ]
    store.submit(Signal.TRACES, Encoding.PROTOBUF, traces(*spans).SerializeToString()).result(timeout=30)


# Moments on a grid of 20 seconds, so that limits of 60 are met exactly, missed by one step and shared by several rows.
moments = st.integers(0, 15).map(lambda tick: T0 + tick * 20 * SECOND)
exchanges_of_journeys = st.lists(
    st.builds(
        Exchange,
        at=moments,
        journey_id=st.sampled_from(IDS),
        step=st.sampled_from(("", *STEPS)),
        status=st.sampled_from((0, 200, 303, 422, 503)),
        failed=st.booleans(),
        span_id=st.integers(1, 9).map(lambda number: bytes([number]) * 8),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda row: (row.place, row.journey_id),
)


def asked_in(period: tuple[int, int], later: int, idle: int, open_for: int) -> Asked:
    """A question about a period, asked `later`; a journey is never abandoned after it has timed out."""
    since, until = min(period), max(period) + SECOND
    return Asked(since, until, until + later, idle, idle + open_for)


ticks = st.integers(0, 10).map(lambda tick: tick * 20 * SECOND)
asked_about = st.builds(asked_in, st.tuples(moments, moments), ticks, ticks, ticks)


@given(exchanges=exchanges_of_journeys, asked=asked_about)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_outcomes_and_matrix_agree_with_a_fold(
    store: Store, asker: Asker, exchanges: list[Exchange], asked: Asked
) -> None:
    """Few rows that meet at the limits."""
    journey = next(NAMES)
    put(store, journey, exchanges)

    outcomes = await asker.ask(JOURNEYS, **asked.parameters(journey))
    matrix = await asker.ask(MATRIX, **asked.parameters(journey))

    assert outcomes == [folded_outcomes(exchanges, asked)]
    assert {row["step"]: row for row in matrix} == folded_matrix(exchanges, asked)


def crowd(seed: int, *, journeys: int) -> list[Exchange]:
    """A plausible crowd over two days: most buy, some fail and try again, some leave."""
    rng = random.Random(seed)  # noqa: S311 - a test
    found: list[Exchange] = []
    for _ in range(journeys):
        journey_id, at = rng.choice(IDS) if rng.random() < 0.01 else rng.randbytes(16).hex(), T0
        at += rng.randrange(48 * 3600) * SECOND
        for step in STEPS:
            for _ in range(3):
                failed = rng.random() < 0.2
                status = rng.choice((0, 422, 503)) if failed else rng.choice((200, 200, 303))
                found.append(Exchange(at, journey_id, step, status, failed, rng.randbytes(8)))
                at += rng.randrange(1, 90 * SECOND)
                if not failed:
                    break
            if rng.random() < 0.2:
                break
    return found


async def test_a_crowd_agrees_with_a_fold(store: Store, asker: Asker) -> None:
    """Many rows across days and parts, asked about a period in their middle."""
    exchanges = crowd(303, journeys=1500)
    put(store, "crowd", exchanges)
    asked = Asked(
        T0 + 6 * 3600 * SECOND, T0 + 30 * 3600 * SECOND, T0 + 30 * 3600 * SECOND, 600 * SECOND, 4 * 3600 * SECOND
    )

    outcomes = await asker.ask(JOURNEYS, **asked.parameters("crowd"))
    matrix = await asker.ask(MATRIX, **asked.parameters("crowd"))
    broken = await asker.ask(BROKEN, since=asked.since, until=asked.until, count=1000)

    assert outcomes == [folded_outcomes(exchanges, asked)]
    assert {row["step"]: row for row in matrix} == folded_matrix(exchanges, asked)
    assert [(row["time_us"], row["journey_id"], row["step"], row["status"]) for row in broken] == [
        (row.at, row.journey_id, row.step, row.status)
        for row in sorted(exchanges, key=lambda row: -row.at)
        if asked.since <= row.at < asked.until and is_broken(row, exchanges)
    ]


@pytest.mark.parametrize(
    ("later", "broken"),
    [(-SECOND, 1), (0, 1), (1, 0), (60 * SECOND, 0), (60 * SECOND + 1, 1)],
    ids=["before", "at once", "just after", "in time", "too late"],
)
async def test_a_repair_comes_later_and_within_a_minute(store: Store, asker: Asker, later: int, broken: int) -> None:
    """The matrix and the list of broken attempts agree on both limits."""
    failed = Exchange(T0, IDS[0], "pay", 503, failed=True)
    put(store, "checkout", [failed, Exchange(T0 + later, IDS[0], "pay", 200, failed=False, span_id=b"repaired")])
    asked = Asked(T0 - SECOND, T0 + 1, T0 + 90 * SECOND, SECOND, SECOND)

    matrix = await asker.ask(MATRIX, **asked.parameters("checkout"))
    rows = await asker.ask(BROKEN, since=asked.since, until=asked.until, count=10)

    assert ([row["broken"] for row in matrix], len(rows)) == ([broken], broken)


@pytest.mark.parametrize(("idle", "ended"), [(100 * SECOND, 0), (100 * SECOND + 1, 1)])
async def test_a_journey_has_ended_when_it_was_idle_for_longer(
    store: Store, asker: Asker, idle: int, ended: int
) -> None:
    """Exactly as long as allowed is not longer; another exchange counts as life, too."""
    rows = [Exchange(T0, IDS[0], "cart", 200, failed=False), Exchange(T0 + SECOND, IDS[0], "", 200, failed=False)]
    put(store, "checkout", rows)
    now = T0 + SECOND + idle
    asked = Asked(T0, T0 + 1, now, 100 * SECOND, 1000 * SECOND)

    outcomes = await asker.ask(JOURNEYS, **asked.parameters("checkout"))
    matrix = await asker.ask(MATRIX, **asked.parameters("checkout"))

    assert (outcomes[0]["abandoned"], outcomes[0]["in_progress"]) == (ended, 1 - ended)
    assert [row["lost"] for row in matrix] == [ended]


@pytest.mark.parametrize(("age", "timed_out"), [(500 * SECOND, 0), (500 * SECOND + 1, 1)])
async def test_an_active_journey_times_out_when_it_is_older(
    store: Store, asker: Asker, age: int, timed_out: int
) -> None:
    """Counted from its first attempt, not from its first exchange."""
    begun = [Exchange(T0 - SECOND, IDS[0], "", 200, failed=False), Exchange(T0, IDS[0], "cart", 200, failed=False)]
    put(store, "checkout", [*begun, Exchange(T0 + 450 * SECOND, IDS[0], "pay", 200, failed=False)])
    asked = Asked(T0, T0 + 1, T0 + age, 100 * SECOND, 500 * SECOND)

    outcomes = await asker.ask(JOURNEYS, **asked.parameters("checkout"))

    assert (outcomes[0]["timeout"], outcomes[0]["in_progress"]) == (timed_out, 1 - timed_out)


async def test_a_success_before_the_period_is_remembered(store: Store, asker: Asker) -> None:
    """Who comes back to the cart after buying is lost at no step, and did not start again."""
    bought = Exchange(T0, IDS[0], "done", 200, failed=False)
    put(store, "checkout", [bought, Exchange(T0 + 50 * SECOND, IDS[0], "cart", 200, failed=False)])
    asked = Asked(T0 + 40 * SECOND, T0 + 60 * SECOND, T0 + 90 * SECOND, SECOND, 100 * SECOND)

    outcomes = await asker.ask(JOURNEYS, **asked.parameters("checkout"))
    matrix = await asker.ask(MATRIX, **asked.parameters("checkout"))

    assert outcomes[0]["started"] == 0
    assert [(row["step"], row["lost"]) for row in matrix] == [("cart", 0)]


async def test_a_journey_is_lost_where_it_was_last_seen_in_the_period(store: Store, asker: Asker) -> None:
    """One that went on after the period is lost at none of its steps; at equal times, ids decide which is last."""
    went_on = [Exchange(T0, IDS[0], "cart", 200, failed=False), Exchange(T0 + SECOND, IDS[0], "pay", 200, failed=False)]
    at_once = [
        Exchange(T0, IDS[1], "pay", 200, failed=False, span_id=b"2" * 8),
        Exchange(T0, IDS[1], "cart", 200, failed=False, span_id=b"1" * 8),
        Exchange(T0, IDS[2], "pay", 200, failed=False, span_id=b"1" * 8),
        Exchange(T0, IDS[2], "cart", 200, failed=False, span_id=b"2" * 8),
    ]
    put(store, "checkout", [*went_on, *at_once])
    asked = Asked(T0, T0 + 1, T0 + 90 * SECOND, SECOND, SECOND)

    matrix = await asker.ask(MATRIX, **asked.parameters("checkout"))

    assert [(row["step"], row["reached"], row["lost"]) for row in matrix] == [("cart", 3, 1), ("pay", 2, 1)]


async def test_broken_attempts_of_all_journeys_come_newest_first(store: Store, asker: Asker) -> None:
    """A success of another journey of the same id repairs nothing, and the limit keeps the newest."""
    failed = [Exchange(T0 + n * SECOND, IDS[0], "pay", 503, failed=True, span_id=bytes([n + 1]) * 8) for n in range(3)]
    put(store, "one", failed)
    put(store, "other", [Exchange(T0 + 9 * SECOND, IDS[0], "pay", 200, failed=False)])

    rows = await asker.ask(BROKEN, since=T0, until=T0 + 60 * SECOND, count=2)

    assert rows == [
        {
            "time_us": T0 + n * SECOND,
            "journey": "one",
            "journey_id": IDS[0],
            "step": "pay",
            "status": 503,
            "service": "shop",
            "trace_id": TRACE_ID.hex(),
        }
        for n in (2, 1)
    ]


async def test_a_timeline_holds_every_exchange_of_its_journey(store: Store, asker: Asker) -> None:
    """Those that attempt no step too, in order, and nobody else's."""
    mine = [Exchange(T0 + n * SECOND, IDS[0], step, 200, failed=False) for n, step in enumerate(("cart", "", "pay"))]
    put(store, "checkout", [*reversed(mine), Exchange(T0, IDS[1], "cart", 200, failed=False)])

    rows = await asker.ask(TIMELINE, journey_id=IDS[0], count=10)

    assert [(row["time_us"], row["step"]) for row in rows] == [(row.at, row.step) for row in mine]
    assert rows[0] | {"time_us": 0} == {
        "time_us": 0,
        "journey": "checkout",
        "step": "cart",
        "service": "shop",
        "method": "",
        "route": "",
        "status": 200,
        "duration_us": 2500,
        "failed": False,
        "trace_id": TRACE_ID.hex(),
    }


async def test_findings_come_newest_first_and_within_the_period(store: Store, asker: Asker) -> None:
    """The start is inside, the end outside, the limit keeps the newest."""
    rule: dict[str, Value] = {"seeother.rule": "RED001", "seeother.severity": "error"}
    told = [record(rule, event="seeother.finding", at_ns=(T0 + n * SECOND) * 1000) for n in range(4)]
    store.submit(Signal.LOGS, Encoding.PROTOBUF, logs(*told).SerializeToString()).result(timeout=30)

    period = await asker.ask(FINDINGS, since=T0 + SECOND, until=T0 + 3 * SECOND, count=10)
    newest = await asker.ask(FINDINGS, since=T0, until=T0 + 60 * SECOND, count=1)

    assert [row["time_us"] for row in period] == [T0 + 2 * SECOND, T0 + SECOND]
    assert [row["time_us"] for row in newest] == [T0 + 3 * SECOND]


async def test_totals_and_volume_count_everything(store: Store, asker: Asker) -> None:
    """Since ever, by journey and step, and the rows of each table."""
    put(store, "checkout", [Exchange(T0, IDS[0], "pay", 503, failed=True), Exchange(T0, IDS[1], "", 200, failed=False)])
    put(store, "checkout", [Exchange(T0 + SECOND, IDS[0], "pay", 0, failed=True)])

    totals = await asker.ask(TOTALS)
    volume = await asker.ask(VOLUME)

    counts = {"attempts": 2, "failed": 2, "http_errors": 1, "replayed": 0, "duration_us": 5000}
    assert totals == [{"journey": "checkout", "step": "pay", **counts}]
    assert volume == [{"spans": 3, "log_records": 0, "steps": 3, "findings": 0}]
