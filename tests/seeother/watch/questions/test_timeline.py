# SPDX-License-Identifier: Apache-2.0
"""What is told of one journey, and of submits beside the pages that follow: `timeline` and `submits`."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seeother.watch.questions import NEWEST, SUBMITS, TIMELINE, VOLUME, WHEREABOUTS, Asker, Measures
from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.seeother.watch.otlp import TRACE_ID

from .asked import (
    DAY,
    IDS,
    MINUTE,
    NAMES,
    SECOND,
    T0,
    Asked,
    Exchange,
    Seen,
    asked_about,
    exchanges_of_journeys,
    people,
    put,
    put_pages,
    tell,
    views_of_pages,
    within,
)
from .fold import SLOW, ranked


async def test_a_timeline_holds_everything_of_its_journey(store: Store, asker: Asker) -> None:
    """Exchanges that attempt no step too, and what its browser said, in order, and nobody else's."""
    mine = [Exchange(T0 + n * SECOND, IDS[0], step, 200, failed=False) for n, step in enumerate(("cart", "", "pay"))]
    put(store, "checkout", [*reversed(mine), Exchange(T0, IDS[1], "cart", 200, failed=False)])
    seen = Seen(T0 + SECOND + 1, IDS[0], "cart", 380_000, (120_000,), error=True)
    put_pages(store, "checkout", [seen, Seen(T0, IDS[1], "cart", 1000)])

    rows = await asker.ask(TIMELINE, journey_id=IDS[0], since=0, until=T0 + MINUTE, count=10)

    assert [(row["time_us"] - T0, row["kind"], row["step"]) for row in rows] == [
        (0, "exchange", "cart"),
        (SECOND, "exchange", ""),
        (SECOND + 1, "error", "cart"),
        (SECOND + 1, "navigation", "cart"),
        (SECOND + 1, "vital", "cart"),
        (2 * SECOND, "exchange", "pay"),
    ]
    assert [row["error_type"] for row in rows] == ["", "", "TypeError", "", "", ""]
    assert [(row["dom_complete_us"], row["first_screen_us"]) for row in rows[3:5]] == [(380_000, 0), (0, 120_000)]
    assert rows[0] == {
        "time_us": T0,
        "kind": "exchange",
        "journey": "checkout",
        "step": "cart",
        "service": "shop",
        "method": "POST",
        "route": "/somewhere",
        "status": 200,
        "duration_us": 2500,
        "failed": False,
        "error_type": "",
        "replayed": False,
        "dom_complete_us": 0,
        "first_screen_us": 0,
        "trace_id": TRACE_ID.hex(),
        "span_id": bytes(range(8)).hex(),
    }


@given(exchanges=exchanges_of_journeys, pages=views_of_pages, asked=asked_about)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_timelines_agree_with_a_fold(
    store: Store, asker: Asker, exchanges: list[Exchange], pages: list[Seen], asked: Asked
) -> None:
    """Of each journey, synthetic ones too, within the bounds and where its days say it was."""
    journey = next(NAMES)
    put(store, journey, exchanges)
    put_pages(store, journey, pages)

    for journey_id in IDS:
        mine = [(row.at, "exchange", row.step) for row in exchanges if row.journey_id == journey_id]
        for page in pages:
            if page.journey_id == journey_id:
                mine += [(page.at, "navigation", page.step)] * (page.dom_complete is not None)
                mine += [(page.at, "vital", page.step)] * len(page.first_screens)
                mine += [(page.at, "error", page.step)] * page.error
        rows = await asker.ask(TIMELINE, journey_id=journey_id, since=asked.since, until=asked.until, count=10_000)
        found = [(row["time_us"], row["kind"], row["step"]) for row in rows if row["journey"] == journey]
        assert sorted(found) == sorted([each for each in mine if asked.since <= each[0] < asked.until])
        assert [each[:2] for each in found] == sorted([each[:2] for each in found])


@given(
    exchanges=exchanges_of_journeys, pages=views_of_pages, days=st.lists(st.integers(0, 9), min_size=25, max_size=25)
)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_where_journeys_are_and_what_is_newest_agree_with_a_fold(
    store: Store, engine: ChdbEngine, asker: Asker, exchanges: list[Exchange], pages: list[Seen], days: list[int]
) -> None:
    """In a store that holds nothing else; synthetic journeys are nowhere, but may be the newest."""
    for table in ("spans", "log_records", "steps", "pages", "journeys"):
        engine.run(f"TRUNCATE TABLE {table}")
    apart = [replace(row, at=row.at + day * DAY) for row, day in zip(exchanges, days, strict=False)]
    put(store, "checkout", apart)
    put_pages(store, "checkout", pages)

    for journey_id in IDS:
        mine = [row.at // DAY * DAY for row in people(apart) if row.journey_id == journey_id]
        wanted = [{"since_us": min(mine), "until_us": max(mine) + 2 * DAY}] if mine else []
        assert await asker.ask(WHEREABOUTS, journey_id=journey_id) == wanted
    told = [page for page in pages if page.dom_complete is not None or page.first_screens or page.error]
    seen = [*[row.at for row in apart], *[page.at for page in told]]
    for now in (T0, T0 + 30 * DAY):
        met = [at for at in seen if at // DAY <= now // DAY]
        assert await asker.ask(NEWEST, now=now) == [{"newest_us": max(met, default=0)}]
    records = sum((page.dom_complete is not None) + len(page.first_screens) + page.error for page in pages)
    (volume,) = await asker.ask(VOLUME)
    assert volume == {"spans": len(apart), "log_records": records, "steps": len(apart), "findings": 0}


async def test_a_journey_is_somewhere_between_two_days(store: Store, asker: Asker) -> None:
    """From the day of its first exchange to the day after its last, when browsers may still tell of it."""
    day = 86_400 * SECOND
    start = T0 // day * day
    rows = [Exchange(start + at, IDS[0], "cart", 200, failed=False) for at in (0, 2 * day - 1)]
    put(store, "checkout", [*rows, Exchange(start, IDS[1], "cart", 200, failed=False, synthetic="bot")])

    answers = [await asker.ask(WHEREABOUTS, journey_id=journey_id) for journey_id in IDS]

    assert answers == [[{"since_us": start, "until_us": start + 3 * day}], [], []]


def folded_submits(exchanges: list[Exchange], pages: list[Seen], asked: Asked) -> dict[tuple[Any, ...], list[float]]:
    """What the question `submits` should answer by step, status and measure: the total, then percentiles, if any."""
    submits = [row for row in within(exchanges, asked) if row.step and row.method == "POST"]
    told: dict[tuple[Any, ...], list[float]] = {}
    for step, status in {(row.step, row.status) for row in submits}:
        mine = [row for row in submits if (row.step, row.status) == (step, status)]
        followed: list[int] = []
        for row in mine:
            after = [
                page for page in pages if page.journey_id == row.journey_id and row.at < page.at <= row.at + MINUTE
            ]
            found = [page for page in after if page.dom_complete is not None]
            if found:
                followed.append(min(found, key=lambda page: page.at).dom_complete or 0)
        measures: dict[str, list[float]] = {
            "submit": ranked([row.took for row in mine]),
            "submit_us": [sum(row.took for row in mine)],
            "followed": [len(followed)],
            "slow": [sum(value == 0 or value > SLOW for value in followed)],
            "complete": ranked([value for value in followed if value]),
            "complete_us": [sum(followed)],
        }
        told |= {(step, status, measure): values for measure, values in measures.items() if values[0]}
    return told


@given(exchanges=exchanges_of_journeys, pages=views_of_pages, asked=asked_about)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_submits_agree_with_a_fold(
    store: Store, engine: ChdbEngine, asker: Asker, exchanges: list[Exchange], pages: list[Seen], asked: Asked
) -> None:
    """Beside the first page that followed each within a minute."""
    journey = next(NAMES)
    apart = list({(page.journey_id, page.at): page for page in pages if page.dom_complete is not None}.values())
    tell(store, engine, journey, asked, exchanges, apart)

    counted: defaultdict[tuple[str, int], Measures] = defaultdict(Measures)
    for row in await asker.ask(SUBMITS, **asked.of_slots(journey)):
        counted[row["step"], row["status"]].add(row)
    found: dict[tuple[Any, ...], list[float]] = {}
    for key, of in counted.items():
        for measure in ("submit", "submit_us", "followed", "slow", "complete", "complete_us"):
            ranks = [round(of.rank(measure, part), 6) for part in (0.5, 0.75, 0.95)]
            if of[measure]:
                found[*key, measure] = [of[measure], *(ranks if measure in ("submit", "complete") else [])]

    assert found == folded_submits(exchanges, apart, asked)
