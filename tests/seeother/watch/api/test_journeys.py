# SPDX-License-Identifier: Apache-2.0
"""Outcomes and matrix as JSON; the numbers themselves are held by the tests of the questions."""

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.seeother.watch.otlp import BROWSER, T0, Value, logs, record, span, traces

from .conftest import Caller

UNKNOWN = {"mean": None, "p50": None, "p75": None, "p95": None}
NOTHING: dict[str, object] = {
    "attempts": 0,
    "failed": 0,
    "broken": 0,
    "replayed": 0,
    "http_error_rate": None,
    "js_error_rate": None,
    "abandonment_rate": None,
    "error_caused_rate": None,
    "slow_rate": None,
    "answer_ms": UNKNOWN,
    "dom_complete_ms": UNKNOWN,
    "first_screen_ms": UNKNOWN,
    "coverage": None,
    "is_partial": False,
    "provisional": [],
}


def attempt(
    number: int, step: str, status: int, *, failed: bool = False, journey: str = "checkout", later: int = 0
) -> Span:
    """An attempt of a step by one of four journeys, `number + later` seconds after the start."""
    attributes: dict[str, Value] = {
        "journey.name": journey,
        "journey.id": f"{number % 4:032x}",
        "journey.step": step,
        "journey.failed": failed,
        "http.response.status_code": status,
    }
    return span(attributes, at_ns=T0 + (number + later) * 10**9, span_id=number.to_bytes(8))


async def test_steps_stand_in_their_order_and_no_data_is_null(caller: Caller) -> None:
    """Before anything has happened."""
    matrix = await caller.json("/api/journeys/checkout/matrix")

    assert matrix == {
        "journey": "checkout",
        "from": "2027-01-14T08:00:00Z",
        "to": "2027-01-15T08:01:00Z",
        "steps": [{"step": step} | NOTHING for step in ("cart", "submit_order", "confirmation")],
    }


async def test_the_matrix_gives_counts_and_rates(caller: Caller) -> None:
    """Four attempts, one repaired, one cut, one journey that left half an hour ago; other journeys do not count."""
    await caller.send(
        traces(
            attempt(0, "submit_order", 503, failed=True),
            attempt(4, "submit_order", 303),
            attempt(1, "submit_order", 0, failed=True),
            attempt(2, "submit_order", 422),
            attempt(3, "submit_order", 503, failed=True, journey="other"),
            attempt(6, "confirmation", 200),
            attempt(7, "unknown_step", 200),
        )
    )
    caller.clock.advance(1801)

    matrix = await caller.json("/api/journeys/checkout/matrix")

    steps = {step["step"]: step for step in matrix["steps"]}
    assert list(steps) == ["cart", "submit_order", "confirmation", "unknown_step"]
    assert steps["submit_order"] == NOTHING | {
        "step": "submit_order",
        "attempts": 4,
        "failed": 2,
        "broken": 1,
        "http_error_rate": 0.25,
        "abandonment_rate": 2 / 3,
        "error_caused_rate": 2 / 3,
        "answer_ms": {
            "mean": 0,
            "p50": pytest.approx(0.00004, abs=0.00001),
            "p75": None,
            "p95": pytest.approx(0, abs=0.001),
        },
    }
    assert steps["confirmation"]["abandonment_rate"] == 0


async def test_outcomes_add_up(caller: Caller) -> None:
    """One of each that can be told apart at this moment."""
    await caller.send(
        traces(
            attempt(0, "confirmation", 200),
            attempt(1, "cart", 200),
            attempt(2, "submit_order", 503, failed=True),
        )
    )
    caller.clock.advance(1801)
    await caller.send(traces(attempt(3, "cart", 200, later=1800)))

    answer = await caller.json("/api/journeys")

    assert answer["journeys"] == [
        {
            "journey": "checkout",
            "steps": ["cart", "submit_order", "confirmation"],
            "started": 4,
            "success": 1,
            "abandoned": 1,
            "error": 1,
            "timeout": 0,
            "in_progress": 1,
            "error_caused": 1,
            "sli": 0.5,
        }
    ]
    assert (answer["from"], answer["to"]) == ("2027-01-14T08:30:00Z", "2027-01-15T08:31:00Z")


async def test_an_unknown_journey_is_a_problem(caller: Caller) -> None:
    """404, with the names that there are."""
    answer = await caller.get("/api/journeys/chekout/matrix")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no journey 'chekout'; known: checkout",
    }


async def test_the_funnel_tells_who_passed_a_step_by(caller: Caller) -> None:
    """Two reach the order, one of them without the cart; one is still there."""
    await caller.send(
        traces(
            attempt(0, "cart", 303),
            attempt(4, "submit_order", 503, failed=True),
            attempt(1, "submit_order", 303),
            attempt(5, "confirmation", 200),
            attempt(2, "cart", 303),
        )
    )

    funnel = await caller.json("/api/journeys/checkout/funnel")

    counted = [
        (step["step"], step["reached"], step["attempted"], step["passed"], step["skipped"], step["in_progress"])
        for step in funnel["steps"]
    ]
    assert counted == [("cart", 3, 2, 2, 1, 1), ("submit_order", 2, 2, 1, 0, 1), ("confirmation", 1, 1, 1, 0, 0)]
    assert [step["share"] for step in funnel["steps"]] == [1, 2 / 3, 1 / 3]


async def test_cells_that_may_still_change_are_marked(caller: Caller) -> None:
    """A failed attempt may be repaired for a minute, a journey may go on for half an hour."""
    await caller.send(traces(attempt(0, "submit_order", 503, failed=True)))

    marks: list[list[str]] = []
    for seconds in (0, 60, 1800):
        caller.clock.advance(seconds)
        matrix = await caller.json("/api/journeys/checkout/matrix")
        marks.append(matrix["steps"][1]["provisional"])

    assert marks == [["broken", "abandonment_rate"], ["abandonment_rate"], []]


async def test_what_browsers_saw_stands_beside_the_attempts(caller: Caller) -> None:
    """Exact means from sums, errors by page view, and how much of the truth a browser can tell."""
    on: dict[str, Value] = {"journey.name": "checkout", "journey.id": f"{0:032x}", "journey.step": "cart"}
    vital = on | {"browser.web_vital.name": "lcp"}
    told = [
        record(on | {"browser.navigation_timing.dom_complete": 400.5}, event="browser.navigation_timing"),
        record(
            on | {"browser.navigation_timing.dom_complete": 0}, event="browser.navigation_timing", trace_id=b"2" * 16
        ),
        record(
            vital | {"browser.web_vital.value": 380.25, "browser.web_vital.delta": 380.25}, event="browser.web_vital"
        ),
        record(on, event="exception"),
        record(on, event="exception"),
    ]
    await caller.send(logs(*told, resource=BROWSER))

    matrix = await caller.json("/api/journeys/checkout/matrix")

    cart = matrix["steps"][0]
    assert (cart["js_error_rate"], cart["slow_rate"], cart["coverage"]) == (0.5, 0.5, None)
    assert cart["first_screen_ms"]["mean"] == 380.25
    assert cart["dom_complete_ms"]["mean"] == 400.5
    assert cart["first_screen_ms"]["p75"] == pytest.approx(380.25, rel=0.045)
    assert cart["http_error_rate"] is None


async def test_uptime_is_of_peoples_time(caller: Caller) -> None:
    """Nine seconds down, one up, so far."""
    await caller.send(traces(attempt(0, "submit_order", 503, failed=True), attempt(8, "submit_order", 303, later=1)))

    answer = await caller.json("/api/journeys/checkout/uptime", **{"from": "2027-01-15T08:00:00Z"})

    assert answer["windows"] == [{"window_s": 60, "uptime": 0.1, "to": "2027-01-15T08:01:00Z"}]
