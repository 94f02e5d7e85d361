# SPDX-License-Identifier: Apache-2.0
"""Windowed user-uptime against a fold, second by second."""

from hypothesis import HealthCheck, given, settings

from seeother.watch.questions import UPTIME, Asker
from seeother.watch.warehouse import Store

from .asked import IDS, MINUTE, NAMES, SECOND, T0, Asked, Exchange, asked_about, exchanges_of_journeys, put
from .fold import folded_uptime


@given(exchanges=exchanges_of_journeys, asked=asked_about)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_uptime_agrees_with_a_fold(store: Store, asker: Asker, exchanges: list[Exchange], asked: Asked) -> None:
    """Over windows of each length that fits."""
    journey = next(NAMES)
    put(store, journey, exchanges)

    assert await asker.ask(UPTIME, **asked.of(journey, "now", "abandoned_after")) == folded_uptime(exchanges, asked)


async def test_who_stops_trying_still_counts(store: Store, asker: Asker) -> None:
    """One person fails once and leaves, another presses the button every second: both were down as long."""
    fails = [Exchange(T0, IDS[0], "pay", 503, failed=True)]
    presses = [
        Exchange(T0 + n * SECOND, IDS[1], "pay", 503, failed=True, span_id=bytes([n + 1]) * 8) for n in range(30)
    ]
    put(store, "checkout", [*fails, *presses])
    asked = Asked(T0, T0 + 2 * MINUTE, abandoned_after=30 * SECOND)

    rows = await asker.ask(UPTIME, **asked.of("checkout", "now", "abandoned_after"))

    assert [(row["window_s"], row["up_us"], row["down_us"]) for row in rows] == [
        (60, 0, (30 + 59) * SECOND),
        (120, 0, (30 + 59) * SECOND),
    ]
