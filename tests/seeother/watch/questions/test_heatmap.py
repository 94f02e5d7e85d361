# SPDX-License-Identifier: Apache-2.0
"""Statuses by route, time, second and client: `heatmap`, `seconds` and `dimensions` against a fold."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seeother.watch.questions import DIMENSIONS, HEATMAP, SECONDS, Asker, grain_of
from seeother.watch.warehouse import Store

from .asked import IDS, MINUTE, NAMES, SECOND, T0, Asked, Exchange, asked_about, exchanges_of_journeys, put, within

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.4 Mobile/15E148 Safari/604.1"
)


@given(exchanges=exchanges_of_journeys, asked=asked_about, slot=st.sampled_from((MINUTE, 2 * MINUTE, 10 * MINUTE)))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_statuses_agree_with_a_fold(
    store: Store, asker: Asker, exchanges: list[Exchange], asked: Asked, slot: int
) -> None:
    """By route and slot, and by step and second."""
    journey = next(NAMES)
    put(store, journey, exchanges)

    cells = await asker.ask(HEATMAP, **asked.of(journey), slot=slot, grain=grain_of(asked.since, slot))
    seconds = await asker.ask(SECONDS, **asked.of_slots(journey))

    rows = within(exchanges, asked)
    slots = Counter(
        [(asked.since + (row.at - asked.since) // slot * slot, row.method, row.route, row.status) for row in rows]
    )
    clicks = Counter([(row.step, row.status, min(row.took // SECOND, 60)) for row in rows])
    assert {(row["time_us"], row["method"], row["route"], row["status"]): row["exchanges"] for row in cells} == slots
    assert {(row["step"], row["status"], row["second"]): row["exchanges"] for row in seconds} == clicks
    # Only a guard knows of failures outside of steps.
    assert (
        sum(row["failed"] for row in cells) == sum(row["failed"] for row in seconds) == sum(row.failed for row in rows)
    )


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
