# SPDX-License-Identifier: Apache-2.0
"""Steps in a period: `matrix` and `unrepaired` against a fold over the same rows."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from seeother.watch.questions import MATRIX, UNREPAIRED, Asker, by_step
from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine

from .asked import (
    IDS,
    MINUTE,
    NAMES,
    SECOND,
    T0,
    Asked,
    Exchange,
    Seen,
    asked_about,
    crowd,
    exchanges_of_journeys,
    put,
    tell,
    views_of_pages,
    within,
)
from .fold import folded_matrix, is_broken

MEASURES = (
    *("answer", "answer_us", "failed", "http_error", "replayed", "served", "view", "slow", "dom_complete"),
    *("dom_complete_us", "first_screen", "first_screen_us", "error"),
)


def folded_unrepaired(exchanges: list[Exchange], pages: list[Seen], asked: Asked) -> list[dict[str, Any]]:
    """What the question `unrepaired` should answer."""
    broken = [row for row in within(exchanges, asked) if row.step and is_broken(row, exchanges)]
    erring = [page for page in pages if page.error and asked.since <= page.at < asked.until]
    return [
        {
            "step": step,
            "broken": sum(row.step == step for row in broken),
            "provisional": sum(row.step == step and asked.now - row.at < 60 * SECOND for row in broken),
            "error_views": len({(page.journey_id, page.view) for page in erring if page.step == step}),
        }
        for step in sorted({*[row.step for row in broken], *[page.step for page in erring]})
    ]


async def matrix_of(asker: Asker, journey: str, asked: Asked) -> dict[tuple[str, str], list[float]]:
    """The matrix by step and measure, without what is 0: the total, then percentiles, if any."""
    found: dict[tuple[str, str], list[float]] = {}
    for step, counted in by_step(await asker.ask(MATRIX, **asked.of_slots(journey))).items():
        for measure in MEASURES:
            ranks = [round(counted.rank(measure, part), 6) for part in (0.5, 0.75, 0.95)]
            if counted[measure]:
                is_ranked = measure in ("answer", "dom_complete", "first_screen")
                found[step, measure] = [counted[measure], *(ranks if is_ranked else [])]
    return found


@given(exchanges=exchanges_of_journeys, pages=views_of_pages, asked=asked_about)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_matrix_agrees_with_a_fold(
    store: Store, engine: ChdbEngine, asker: Asker, exchanges: list[Exchange], pages: list[Seen], asked: Asked
) -> None:
    """Few rows that meet at the limits; and errors of browsers that tell no view, at the same time."""
    journey = next(NAMES)
    pages = [*pages, *[Seen(asked.since, each, "pay", error=True, view=bytes(16)) for each in IDS[:2]]]
    tell(store, engine, journey, asked, exchanges, pages)

    assert await matrix_of(asker, journey, asked) == folded_matrix(exchanges, pages, asked)
    assert await asker.ask(UNREPAIRED, **asked.of_slots(journey)) == folded_unrepaired(exchanges, pages, asked)


async def test_a_crowd_agrees_with_a_fold(store: Store, engine: ChdbEngine, asker: Asker) -> None:
    """Many rows across days and parts, asked about a period in their middle."""
    exchanges = crowd(404, journeys=1500)
    since, until = T0 + 6 * 3600 * SECOND, T0 + 30 * 3600 * SECOND
    asked = Asked(since, until, until)
    tell(store, engine, "crowd", asked, exchanges)

    assert await matrix_of(asker, "crowd", asked) == folded_matrix(exchanges, [], asked)
    assert await asker.ask(UNREPAIRED, **asked.of_slots("crowd")) == folded_unrepaired(exchanges, [], asked)


async def test_percentiles_lie_close_to_the_values(store: Store, asker: Asker) -> None:
    """Within 4.5 % of the value at the rank, whatever its size."""
    for took in (1, 17, 999, 12_345, 8_000_000, 3_600_000_000):
        journey = next(NAMES)
        put(store, journey, [Exchange(T0, IDS[0], "pay", 200, failed=False, took=took)])

        rows = await asker.ask(MATRIX, **Asked(T0, T0 + MINUTE).of_slots(journey))

        assert by_step(rows)["pay"].rank("answer", 0.95) + 1 == pytest.approx(took + 1, rel=0.045)


@pytest.mark.parametrize(
    ("later", "broken"),
    [(-SECOND, 1), (0, 1), (1, 0), (60 * SECOND, 0), (60 * SECOND + 1, 1)],
    ids=["before", "at once", "just after", "in time", "too late"],
)
async def test_a_repair_comes_later_and_within_a_minute(
    store: Store, engine: ChdbEngine, asker: Asker, later: int, broken: int
) -> None:
    """Also when it comes after the period."""
    failed = Exchange(T0, IDS[0], "pay", 503, failed=True)
    asked = Asked(T0 - MINUTE, T0 + MINUTE, T0 + 90 * SECOND)
    repair = Exchange(T0 + later, IDS[0], "pay", 200, failed=False, span_id=b"repaired")
    tell(store, engine, "checkout", asked, [failed, repair])

    rows = await asker.ask(UNREPAIRED, **asked.of_slots("checkout"))

    assert [row["broken"] for row in rows] == [1] * broken
