# SPDX-License-Identifier: Apache-2.0
"""How journeys ended and how far they came: `journeys`, `funnel` and `lost` against a fold over the same rows."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from seeother.watch.questions import FUNNEL, JOURNEYS, LOST, Asker
from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine

from .asked import (
    IDS,
    MINUTE,
    NAMES,
    SECOND,
    STEPS,
    T0,
    Asked,
    Exchange,
    asked_about,
    crowd,
    exchanges_of_journeys,
    later,
    put,
    tell,
)
from .fold import folded_funnel, folded_outcomes, journeys_in, last_attempt, outcome, was_failing


def folded_lost(exchanges: list[Exchange], asked: Asked, position: int) -> list[dict[str, Any]]:
    """What the question `lost` should answer."""
    lost = [
        {
            "journey_id": journey_id,
            "first_us": next(row.at for row in rows if row.step),
            "last_us": rows[-1].at,
            "attempts": sum(row.step != "" for row in rows),
            "failed": sum(row.step != "" and row.failed for row in rows),
            "error_caused": int(was_failing(rows)),
        }
        for journey_id, rows in journeys_in(exchanges, asked)
        if outcome(rows, asked) in ("error", "abandoned") and last_attempt(rows).step == STEPS[position - 1]
    ]
    return sorted(lost, key=lambda row: (-row["last_us"], row["journey_id"]))


async def agree(asker: Asker, journey: str, exchanges: list[Exchange], asked: Asked) -> None:
    """All three questions answer as the fold does."""
    outcomes = await asker.ask(JOURNEYS, **asked.of_ends(journey))
    funnel = await asker.ask(FUNNEL, **asked.of_ends(journey))
    lost = [await asker.ask(LOST, **asked.of_lost(journey, position)) for position in (1, 2, 3)]

    assert outcomes == [folded_outcomes(exchanges, asked)]
    assert funnel == folded_funnel(exchanges, asked)
    assert lost == [folded_lost(exchanges, asked, position) for position in (1, 2, 3)]


@given(exchanges=exchanges_of_journeys, asked=asked_about)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_ends_and_funnel_agree_with_a_fold(
    declared: Store, engine: ChdbEngine, asker: Asker, exchanges: list[Exchange], asked: Asked
) -> None:
    """Few rows that meet at the limits."""
    journey = next(NAMES)
    tell(declared, engine, journey, asked, exchanges)

    await agree(asker, journey, exchanges, asked)


async def test_a_crowd_agrees_with_a_fold(declared: Store, engine: ChdbEngine, asker: Asker) -> None:
    """Many rows across midnight and parts, asked about a period in their middle."""
    exchanges = crowd(303, journeys=1500)
    since, until = T0 + 6 * 3600 * SECOND, T0 + 30 * 3600 * SECOND
    asked = Asked(since, until, until, 600 * SECOND, 4 * 3600 * SECOND)
    tell(declared, engine, "crowd", asked, exchanges)

    await agree(asker, "crowd", exchanges, asked)


@pytest.mark.parametrize(("idle", "ended"), [(100 * SECOND, 0), (100 * SECOND + 1, 1)])
async def test_a_journey_has_ended_when_it_was_idle_for_longer(
    declared: Store, engine: ChdbEngine, asker: Asker, idle: int, ended: int
) -> None:
    """Exactly as long as allowed is not longer; another exchange counts as life, too."""
    rows = [Exchange(T0, IDS[0], "cart", 200, failed=False), Exchange(T0 + SECOND, IDS[0], "", 200, failed=False)]
    asked = Asked(T0, T0 + MINUTE, T0 + SECOND + idle, 100 * SECOND, 1000 * SECOND)
    tell(declared, engine, "checkout", asked, rows)

    outcomes = await asker.ask(JOURNEYS, **asked.of_ends("checkout"))
    funnel = await asker.ask(FUNNEL, **asked.of_ends("checkout"))

    assert (outcomes[0]["abandoned"], outcomes[0]["in_progress"]) == (ended, 1 - ended)
    assert (funnel[0]["lost"], funnel[0]["open"]) == (ended, 1 - ended)


@pytest.mark.parametrize(("age", "timed_out"), [(500 * SECOND, 0), (500 * SECOND + 1, 1)])
async def test_an_active_journey_times_out_when_it_is_older(
    declared: Store, engine: ChdbEngine, asker: Asker, age: int, timed_out: int
) -> None:
    """Counted from its first attempt, not from its first exchange."""
    begun = [Exchange(T0 - SECOND, IDS[0], "", 200, failed=False), Exchange(T0, IDS[0], "cart", 200, failed=False)]
    asked = Asked(T0, T0 + MINUTE, T0 + age, 100 * SECOND, 500 * SECOND)
    tell(declared, engine, "checkout", asked, [*begun, Exchange(T0 + 450 * SECOND, IDS[0], "pay", 200, failed=False)])

    outcomes = await asker.ask(JOURNEYS, **asked.of_ends("checkout"))

    assert (outcomes[0]["timeout"], outcomes[0]["in_progress"]) == (timed_out, 1 - timed_out)


async def test_an_optional_step_that_is_passed_by_loses_nobody(
    declared: Store, engine: ChdbEngine, asker: Asker
) -> None:
    """Nor does a step that is repeated count twice."""
    again = [Exchange(T0 + n * SECOND, IDS[0], "cart", 303, failed=False, span_id=bytes([n + 1]) * 8) for n in range(3)]
    asked = Asked(T0, T0 + MINUTE)
    tell(declared, engine, "checkout", asked, [*again, Exchange(T0 + 9 * SECOND, IDS[0], "done", 200, failed=False)])

    funnel = await asker.ask(FUNNEL, **asked.of_ends("checkout"))

    assert [(row["reached"], row["attempted"], row["lost"]) for row in funnel] == [(1, 1, 0), (1, 0, 0), (1, 1, 0)]


async def test_lost_journeys_are_told_page_by_page(declared: Store, asker: Asker) -> None:
    """Each page begins with the journey that ended the last one, also between journeys that ended at one moment."""
    rows = [Exchange(T0 + n // 2 * SECOND, f"{n:032x}", "pay", 200, failed=False) for n in range(5)]
    put(declared, "checkout", rows)
    asked = Asked(T0, T0 + MINUTE, more={"count": 3})
    told: list[str] = []

    while len(told) < len(rows):
        page = await asker.ask(LOST, **asked.of_lost("checkout", 2))
        assert told[-1:] in ([], [page[0]["journey_id"]])
        told += [row["journey_id"] for row in page[bool(told) :]]
        asked = later(asked, before_us=page[-1]["last_us"], before_id=page[-1]["journey_id"])

    assert told == [f"{n:032x}" for n in (4, 2, 3, 0, 1)]
