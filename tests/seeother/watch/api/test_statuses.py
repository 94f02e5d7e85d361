# SPDX-License-Identifier: Apache-2.0
"""Heat map, clicks, clients and submits as JSON; the counts are held by the tests of the questions."""

from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from seeother.watch.api.period import Period
from seeother.watch.api.statuses import slot_of
from tests.seeother.watch.otlp import BROWSER, T0, Value, logs, record, span, traces

from .conftest import Caller

SECOND = 10**9  # nanoseconds
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1"


def exchange(number: int, status: int, *, step: str = "submit_order", seconds: int = 0, agent: str = "") -> Span:
    """One exchange at a minute of its own."""
    attributes: dict[str, Value] = {
        "journey.id": f"{number:032x}",
        "journey.name": "checkout",
        "journey.step": step,
        "journey.failed": status >= 400,
        "http.request.method": "POST",
        "http.route": "/orders",
        "http.response.status_code": status,
        "user_agent.original": agent,
    }
    at_ns = T0 - number * 60 * SECOND
    return span(attributes, at_ns=at_ns, span_id=(number + 1).to_bytes(8), duration_ns=seconds * SECOND)


async def test_the_heat_map_has_a_cell_for_each_route_status_and_slot(caller: Caller) -> None:
    """Columns as wide and where clocks divide the hour."""
    await caller.send(traces(*[exchange(n, 503 if n else 303) for n in range(4)]))

    answer = await caller.json("/api/journeys/checkout/heatmap", **{"from": "2027-01-15T06:03:00Z"})

    assert (answer["slot_ms"], answer["from"], answer["to"]) == (
        120_000,
        "2027-01-15T06:02:00Z",
        "2027-01-15T08:01:00Z",
    )
    cell = {"method": "POST", "route": "/orders"}
    assert answer["cells"] == [
        cell | {"time": "2027-01-15T07:56:00Z", "status": 503, "exchanges": 1, "failed": 1},
        cell | {"time": "2027-01-15T07:58:00Z", "status": 503, "exchanges": 2, "failed": 2},
        cell | {"time": "2027-01-15T08:00:00Z", "status": 303, "exchanges": 1, "failed": 0},
    ]


@pytest.mark.parametrize(
    ("length", "minutes"),
    [
        (timedelta(minutes=1), 1),
        (timedelta(hours=1), 1),
        (timedelta(minutes=61), 2),
        (timedelta(hours=24), 30),
        (timedelta(days=28), 1440),
        (timedelta(days=90), 2 * 1440),
    ],
)
def test_a_period_has_at_most_sixty_slots(length: timedelta, minutes: int) -> None:
    """Of whole minutes."""
    until = datetime(2027, 1, 15, tzinfo=UTC)

    assert slot_of(Period(until - length, until)) == minutes


def on_route(number: int, route: str) -> Span:
    """An exchange of the journey that attempts nothing."""
    attributes: dict[str, Value] = {"journey.id": f"{number:032x}", "journey.name": "checkout", "http.route": route}
    return span(attributes | {"http.response.status_code": 200}, span_id=(number + 1).to_bytes(8))


async def test_routes_beyond_five_hundred_are_one(caller: Caller) -> None:
    """Somebody's raw paths must not flood a page."""
    routes = [f"/{number % 503:03}" for number in range(1003)]
    await caller.send(traces(*[on_route(number, route) for number, route in enumerate(routes)]))

    answer = await caller.json("/api/journeys/checkout/heatmap")

    assert len(answer["cells"]) == 501
    assert [(cell["exchanges"], cell["method"]) for cell in answer["cells"] if cell["route"] == "other"] == [(3, None)]


async def test_clicks_tell_where_a_status_is_concentrated(caller: Caller) -> None:
    """The article: most of the 502 within 3 s of the click, at one step."""
    late = exchange(4, 502, seconds=3)
    elsewhere = exchange(5, 502, step="cart", seconds=1)
    await caller.send(traces(*[exchange(n, 502, seconds=n) for n in range(3)], exchange(3, 303), late, elsewhere))

    answer = await caller.json("/api/journeys/checkout/clicks")

    assert answer["concentrations"] == [{"status": 502, "step": "submit_order", "exchanges": 5, "share": 0.6}]
    (of_502,) = [row for row in answer["statuses"] if row["status"] == 502 and row["step"] == "submit_order"]
    assert of_502 == {
        "step": "submit_order",
        "status": 502,
        "exchanges": 4,
        "failed": 4,
        "seconds": [1, 1, 1, 1, *[0] * 57],
    }


async def test_clients_are_told_with_their_statuses(caller: Caller) -> None:
    """The article: 422 on iOS 17.4."""
    await caller.send(traces(*[exchange(n, status, agent=SAFARI) for n, status in enumerate((422, 422, 303, 0))]))

    answer = await caller.json("/api/journeys/checkout/dimensions", step="submit_order")

    (system,) = [row for row in answer["values"] if row["dimension"] == "os_version"]
    assert system == {
        "dimension": "os_version",
        "value": "iOS 17.4",
        "attempts": 4,
        "failed": 2,
        "failed_rate": 0.5,
        "statuses": {"422": 2, "303": 1, "0": 1},
    }
    assert (await caller.json("/api/journeys/checkout/dimensions", step="cart"))["values"] == []


async def test_submits_stand_beside_the_pages_that_follow(caller: Caller) -> None:
    """Without a page that was complete there is no duration."""
    page: dict[str, Value] = {"journey.name": "checkout", "journey.id": f"{0:032x}"}
    page["browser.navigation_timing.dom_complete"] = 1240.0
    await caller.send(traces(exchange(0, 303, seconds=1), exchange(1, 503)))
    await caller.send(logs(record(page, event="browser.navigation_timing", at_ns=T0 + 3 * SECOND), resource=BROWSER))

    answer = await caller.json("/api/journeys/checkout/submits")

    bought, broke = answer["submits"]
    close = pytest.approx(1240, rel=0.045)
    assert (bought["status"], bought["followed"]) == (303, 1)
    assert bought["dom_complete_ms"] == {"mean": 1240, "p50": close, "p75": None, "p95": close}
    assert bought["answer_ms"]["mean"] == 1000
    assert (broke["status"], broke["followed"], broke["dom_complete_ms"]["p95"]) == (503, 0, None)
