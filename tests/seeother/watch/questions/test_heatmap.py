# SPDX-License-Identifier: Apache-2.0
"""Statuses by route, time, second and client: `heatmap`, `seconds` and `dimensions` against a fold."""

from collections import Counter
from dataclasses import replace
from itertools import cycle

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seeother.watch.questions import DIMENSIONS, HEATMAP, SECONDS, Asker, grain_of
from seeother.watch.warehouse import Store

from .asked import (
    IDS,
    MINUTE,
    NAMES,
    SECOND,
    T0,
    Asked,
    Exchange,
    asked_about,
    crowd,
    exchanges_of_journeys,
    put,
    within,
)

HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.4 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 "
    "Safari/537.36 Edg/120.0.0.0"
)
KNOWN = {
    "": {},
    IPHONE: {
        "browser": "Safari",
        "browser_version": "Safari 17",
        "os": "iOS",
        "os_version": "iOS 17.4",
        "device": "phone",
    },
    EDGE: {
        "browser": "Edge",
        "browser_version": "Edge 120",
        "os": "Windows",
        "os_version": "Windows 10.0",
        "device": "desktop",
    },
}


def folded_dimensions(
    exchanges: list[Exchange], asked: Asked, step: str
) -> dict[tuple[str, str, int], tuple[int, int]]:
    """What the question `dimensions` should answer: attempts, and those that failed."""
    attempts: Counter[tuple[str, str, int]] = Counter()
    failed: Counter[tuple[str, str, int]] = Counter()
    for row in within(exchanges, asked):
        if row.step and step in ("", row.step):
            cells = [(dimension, value, row.status) for dimension, value in KNOWN[row.user_agent].items()]
            attempts.update(cells)
            failed.update(cells * row.failed)
    return {cell: (number, failed[cell]) for cell, number in attempts.items()}


async def agree(asker: Asker, journey: str, exchanges: list[Exchange], asked: Asked, slot: int) -> None:
    """All three questions answer as the folds do."""
    rows = within(exchanges, asked)
    slots = Counter(
        [(asked.since + (row.at - asked.since) // slot * slot, row.method, row.route, row.status) for row in rows]
    )
    clicks = Counter([(row.step, row.status, min(row.took // SECOND, 60)) for row in rows])

    cells = await asker.ask(HEATMAP, **asked.of(journey), slot=slot, grain=grain_of(asked.since, slot))
    seconds = await asker.ask(SECONDS, **asked.of_slots(journey))

    assert {(row["time_us"], row["method"], row["route"], row["status"]): row["exchanges"] for row in cells} == slots
    assert {(row["step"], row["status"], row["second"]): row["exchanges"] for row in seconds} == clicks
    # Only a guard knows of failures outside of steps.
    assert (
        sum(row["failed"] for row in cells) == sum(row["failed"] for row in seconds) == sum(row.failed for row in rows)
    )
    for step in ("", "pay"):
        told = await asker.ask(DIMENSIONS, **asked.of_slots(journey), step=step)
        found = {(row["dimension"], row["value"], row["status"]): (row["attempts"], row["failed"]) for row in told}
        assert found == folded_dimensions(exchanges, asked, step)


@given(
    exchanges=exchanges_of_journeys,
    agents=st.lists(st.sampled_from(list(KNOWN)), min_size=25, max_size=25),
    asked=asked_about,
    slot=st.sampled_from((MINUTE, 2 * MINUTE, 10 * MINUTE)),
)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_statuses_agree_with_a_fold(
    store: Store, asker: Asker, exchanges: list[Exchange], agents: list[str], asked: Asked, slot: int
) -> None:
    """By route and slot, by step and second, by what is known of clients."""
    journey = next(NAMES)
    exchanges = [replace(row, user_agent=agent) for row, agent in zip(exchanges, agents, strict=False)]
    put(store, journey, exchanges)

    await agree(asker, journey, exchanges, asked, slot)


async def test_a_crowd_agrees_with_a_fold(store: Store, asker: Asker) -> None:
    """Two days and their parts, so that slots of each length count, also those that the period cuts."""
    exchanges = [
        replace(row, user_agent=agent) for row, agent in zip(crowd(505, journeys=1000), cycle(KNOWN), strict=False)
    ]
    for start in range(0, len(exchanges), 1000):
        put(store, "crowd", exchanges[start : start + 1000])
    until = T0 + 43 * 3600 * SECOND + 17 * MINUTE

    for since, slot in (
        (T0 + 7 * MINUTE, 3 * MINUTE),
        (T0 + 20 * MINUTE, 30 * MINUTE),
        (T0 + 2 * HOUR, 3 * HOUR),
        (T0 // DAY * DAY + DAY, DAY),
    ):
        await agree(asker, "crowd", exchanges, Asked(since, until), slot)


async def test_dimensions_tell_whom_a_status_met(store: Store, asker: Asker) -> None:
    """The article's 422 on iOS 17.4, of one step and of all."""
    rows = [
        Exchange(T0, IDS[0], "pay", 422, failed=True, user_agent=IPHONE),
        Exchange(T0, IDS[1], "pay", 200, failed=False, user_agent=IPHONE),
        Exchange(T0, IDS[2], "cart", 422, failed=True, user_agent=IPHONE),
        Exchange(T0, IDS[2], "pay", 422, failed=True, user_agent=IPHONE, synthetic="bot"),
        Exchange(T0 + MINUTE, IDS[2], "pay", 422, failed=True, user_agent=IPHONE),
    ]
    put(store, "checkout", rows)
    asked = Asked(T0, T0 + MINUTE)

    of_pay = await asker.ask(DIMENSIONS, **asked.of_slots("checkout"), step="pay")
    of_all = await asker.ask(DIMENSIONS, **asked.of_slots("checkout"), step="")

    system = {"dimension": "os_version", "value": "iOS 17.4"}
    assert [row for row in of_pay if row["dimension"] == "os_version"] == [
        system | {"status": 200, "attempts": 1, "failed": 0},
        system | {"status": 422, "attempts": 1, "failed": 1},
    ]
    assert [row for row in of_all if row["dimension"] == "os_version"] == [
        system | {"status": 422, "attempts": 2, "failed": 2},
        system | {"status": 200, "attempts": 1, "failed": 0},
    ]
    assert {row["dimension"] for row in of_all} == {"browser", "browser_version", "os", "os_version", "device"}
