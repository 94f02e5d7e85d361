# SPDX-License-Identifier: Apache-2.0
"""Outcomes and matrix as JSON; the numbers themselves are held by the tests of the questions."""

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.seeother.watch.otlp import T0, Value, span, traces

from .conftest import Caller

NOTHING = {
    "attempts": 0,
    "failed": 0,
    "broken": 0,
    "http_error_rate": None,
    "js_error_rate": None,
    "abandonment_rate": None,
    "first_screen_ms": {"mean": None, "p75": None},
    "coverage": None,
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
        "from": "2027-01-14T08:00:10Z",
        "to": "2027-01-15T08:00:10Z",
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
        }
    ]
    assert (answer["from"], answer["to"]) == ("2027-01-14T08:30:11Z", "2027-01-15T08:30:11Z")


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
