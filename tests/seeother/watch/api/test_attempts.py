# SPDX-License-Identifier: Apache-2.0
"""From a cell to its journeys as JSON; which they are is held by the tests of the questions."""

from tests.seeother.watch.otlp import BROWSER, T0, TRACE_ID, Value, logs, record, span, traces

from .conftest import Caller

JOURNEY_ID = "0af7651916cd43dd8448eb211c80319c"
EXCHANGE: dict[str, Value] = {
    "journey.id": JOURNEY_ID,
    "journey.name": "checkout",
    "journey.step": "submit_order",
    "journey.failed": True,
    "http.request.method": "POST",
    "http.route": "/orders",
    "http.response.status_code": 503,
}


async def test_a_broken_attempt_is_told_in_full(caller: Caller) -> None:
    """An answer that broke off before its head has no status, and a page that nobody told of is not known."""
    await caller.send(traces(span(EXCHANGE | {"http.response.status_code": 0})))

    answer = await caller.json("/api/broken")

    assert answer == {
        "broken": [
            {
                "time": "2027-01-15T08:00:00Z",
                "journey": "checkout",
                "journey_id": JOURNEY_ID,
                "step": "submit_order",
                "status": None,
                "service": "shop",
                "trace_id": TRACE_ID.hex(),
                "provisional": True,
                "slow": None,
                "dom_complete_ms": None,
            }
        ],
        "next": None,
        "from": "2027-01-14T08:00:00Z",
        "to": "2027-01-15T08:01:00Z",
    }


async def test_the_page_that_followed_makes_an_attempt_slow(caller: Caller) -> None:
    """The article's second half of the rule."""
    page: dict[str, Value] = {"journey.name": "checkout", "journey.id": JOURNEY_ID, "journey.step": "submit_order"}
    page["browser.navigation_timing.dom_complete"] = 8500.0
    await caller.send(traces(span(EXCHANGE)))
    await caller.send(logs(record(page, event="browser.navigation_timing", at_ns=T0 + 9 * 10**9), resource=BROWSER))
    caller.clock.advance(60)

    (row,) = (await caller.json("/api/broken"))["broken"]

    assert (row["slow"], row["dom_complete_ms"], row["provisional"]) == (True, 8500, False)


async def test_broken_attempts_are_told_of_a_step_and_page_by_page(caller: Caller) -> None:
    """`next` leads on, and is null at the end."""
    await caller.send(traces(*[span(EXCHANGE, at_ns=T0 + n * 1000, span_id=bytes([n + 1]) * 8) for n in range(3)]))

    first = await caller.json("/api/broken", limit="2", journey="checkout", step="submit_order")
    second = await caller.json("/api/broken", limit="2", after=first["next"])
    other = await caller.json("/api/broken", step="cart")

    assert (len(first["broken"]), len(second["broken"]), second["next"], other["broken"]) == (2, 1, None, [])


async def test_an_id_of_zeros_is_one(caller: Caller) -> None:
    """Senders choose ids: no row may keep the others from being told."""
    await caller.send(traces(span(EXCHANGE | {"journey.id": "0" * 32})))

    (broken,) = (await caller.json("/api/broken"))["broken"]
    (exchange,) = (await caller.json("/api/journeys/checkout/exchanges"))["exchanges"]

    assert (broken["journey_id"], exchange["journey_id"]) == ("0" * 32, "0" * 32)


async def test_the_exchanges_behind_a_cell(caller: Caller) -> None:
    """Of a route and a status, with the journey that each leads to."""
    await caller.send(
        traces(
            span(EXCHANGE, duration_ns=1_234_000),
            span(EXCHANGE | {"http.response.status_code": 303, "journey.failed": False}, span_id=b"2" * 8),
        )
    )

    answer = await caller.json("/api/journeys/checkout/exchanges", method="POST", route="/orders", status="503")

    assert answer["exchanges"] == [
        {
            "time": "2027-01-15T08:00:00Z",
            "journey_id": JOURNEY_ID,
            "step": "submit_order",
            "service": "shop",
            "method": "POST",
            "route": "/orders",
            "status": 503,
            "duration_ms": 1.234,
            "failed": True,
            "trace_id": TRACE_ID.hex(),
        }
    ]
    assert len((await caller.json("/api/journeys/checkout/exchanges"))["exchanges"]) == 2
    assert len((await caller.json("/api/journeys/checkout/exchanges", failed="true"))["exchanges"]) == 1


async def test_lost_journeys_and_where(caller: Caller) -> None:
    """Of a step that there is; another one is a problem."""
    await caller.send(traces(span(EXCHANGE)))
    caller.clock.advance(1801)

    answer = await caller.json("/api/journeys/checkout/lost", step="submit_order")
    missing = await caller.get("/api/journeys/checkout/lost", step="pay")

    assert answer["lost"] == [
        {
            "journey_id": JOURNEY_ID,
            "started": "2027-01-15T08:00:00Z",
            "ended": "2027-01-15T08:00:00Z",
            "attempts": 1,
            "failed": 1,
            "error_caused": True,
        }
    ]
    assert (await caller.json("/api/journeys/checkout/lost", step="cart"))["lost"] == []
    assert missing.status_code == 404
    assert missing.json()["detail"].endswith("known: cart, submit_order, confirmation")


async def test_lost_journeys_of_long_ids_are_told_page_by_page(caller: Caller) -> None:
    """A foreign session's id may be as long as a timeline's; the place behind it must be one that is taken."""
    ids = [letter * 1024 for letter in "ab"]
    await caller.send(traces(*[span(EXCHANGE | {"journey.id": each}) for each in ids]))
    caller.clock.advance(1801)

    first = await caller.json("/api/journeys/checkout/lost", step="submit_order", limit="1")
    second = await caller.json("/api/journeys/checkout/lost", step="submit_order", limit="1", after=first["next"])

    assert [each["lost"][0]["journey_id"] for each in (first, second)] == ids
    assert second["next"] is None
