# SPDX-License-Identifier: Apache-2.0
"""Statuses by route, time, second and client: `heatmap`, `seconds` and `dimensions` against a fold."""

from collections import Counter

from hypothesis import HealthCheck, given, settings

from seeother.watch.questions import DIMENSIONS, HEATMAP, SECONDS, Asker
from seeother.watch.warehouse import Store

from .asked import IDS, MINUTE, NAMES, SECOND, T0, Asked, Exchange, asked_about, exchanges_of_journeys, put, within

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.4 Mobile/15E148 Safari/604.1"
)


@given(exchanges=exchanges_of_journeys, asked=asked_about)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_statuses_agree_with_a_fold(store: Store, asker: Asker, exchanges: list[Exchange], asked: Asked) -> None:
    """By route and slot, and by step and second."""
    journey = next(NAMES)
    put(store, journey, exchanges)
    slot = 2 * MINUTE

    cells = await asker.ask(HEATMAP, **asked.of(journey), slot=slot)
    seconds = await asker.ask(SECONDS, **asked.of(journey))

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


async def test_routes_beyond_five_hundred_are_one(store: Store, asker: Asker) -> None:
    """Somebody's raw paths must not flood a page."""
    rows = [
        Exchange(T0, IDS[0], "", 200, failed=False, span_id=n.to_bytes(8), route=f"/{n:03}", method="GET")
        for n in (*range(503), *range(500, 1500), *range(500))
    ]
    put(store, "checkout", [row for n, row in enumerate(rows) if n < 503 or n >= 1503])

    cells = await asker.ask(HEATMAP, **Asked(T0, T0 + MINUTE).of("checkout"), slot=MINUTE)

    assert len(cells) == 501
    assert [(row["exchanges"], row["method"]) for row in cells if row["route"] == "other"] == [(3, "")]


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

    of_pay = await asker.ask(DIMENSIONS, **asked.of("checkout"), step="pay")
    of_all = await asker.ask(DIMENSIONS, **asked.of("checkout"), step="")

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
