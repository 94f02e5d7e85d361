# SPDX-License-Identifier: Apache-2.0
"""Windowed user-uptime against a fold, second by second."""

from hypothesis import HealthCheck, given, settings

from seeother.watch.questions import UPTIME, Asker
from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine

from .asked import IDS, MINUTE, NAMES, SECOND, T0, Asked, Exchange, asked_about, exchanges_of_journeys, tell
from .fold import folded_uptime


@given(exchanges=exchanges_of_journeys, asked=asked_about)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_uptime_agrees_with_a_fold(
    store: Store, engine: ChdbEngine, asker: Asker, exchanges: list[Exchange], asked: Asked
) -> None:
    """Over windows of each length that fits."""
    journey = next(NAMES)
    tell(store, engine, journey, asked, exchanges)

    assert await asker.ask(UPTIME, **asked.of_uptime(journey)) == folded_uptime(exchanges, asked)


async def test_who_stops_trying_still_counts(store: Store, engine: ChdbEngine, asker: Asker) -> None:
    """One person fails once and leaves, another presses the button every second: both were down as long."""
    fails = [Exchange(T0, IDS[0], "pay", 503, failed=True)]
    presses = [
        Exchange(T0 + n * SECOND, IDS[1], "pay", 503, failed=True, span_id=bytes([n + 1]) * 8) for n in range(30)
    ]
    asked = Asked(T0, T0 + 2 * MINUTE, abandoned_after=30 * SECOND)
    tell(store, engine, "checkout", asked, [*fails, *presses])

    rows = await asker.ask(UPTIME, **asked.of_uptime("checkout"))

    assert [(row["window_s"], row["up_us"], row["down_us"]) for row in rows] == [
        (60, 0, (30 + 59) * SECOND),
        (120, 0, (30 + 59) * SECOND),
    ]
