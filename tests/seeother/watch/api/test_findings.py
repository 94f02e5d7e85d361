# SPDX-License-Identifier: Apache-2.0
"""Findings, broken attempts and timelines as JSON."""

from tests.seeother.watch.otlp import T0, TRACE_ID, Value, logs, record, span, traces

from .conftest import Caller

JOURNEY_ID = "0af7651916cd43dd8448eb211c80319c"
FINDING: dict[str, Value] = {
    "seeother.rule": "RED001",
    "seeother.rule.name": "post-answered-with-found",
    "seeother.severity": "error",
    "seeother.message": "`POST /orders` was answered 302.",
    "seeother.repaired": True,
    "http.request.method": "POST",
    "http.route": "/orders",
    "http.response.status_code": 302,
}
EXCHANGE: dict[str, Value] = {
    "journey.id": JOURNEY_ID,
    "journey.name": "checkout",
    "journey.step": "submit_order",
    "journey.failed": True,
    "http.request.method": "POST",
    "http.route": "/orders",
    "http.response.status_code": 503,
}


async def test_a_finding_is_told_in_full(caller: Caller) -> None:
    """What is not known is null."""
    await caller.send(logs(record(FINDING, event="seeother.finding", trace_id=b"", span_id=b"")))

    answer = await caller.json("/api/findings")

    assert answer == {
        "findings": [
            {
                "time": "2027-01-15T08:00:00Z",
                "rule": "RED001",
                "name": "post-answered-with-found",
                "severity": "error",
                "message": "`POST /orders` was answered 302.",
                "method": "POST",
                "route": "/orders",
                "status": 302,
                "repaired": True,
                "service": "shop",
                "journey": None,
                "journey_id": None,
                "step": None,
                "trace_id": None,
            }
        ]
    }


async def test_a_broken_attempt_is_told_in_full(caller: Caller) -> None:
    """An answer that broke off before its head has no status."""
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
            }
        ]
    }


async def test_a_timeline_is_told_in_order(caller: Caller) -> None:
    """Times to the microsecond, durations in milliseconds."""
    between = {"journey.id": JOURNEY_ID, "journey.name": "checkout"}
    await caller.send(traces(span(between, at_ns=T0 + 1_500_000, span_id=b"second  ")))
    await caller.send(traces(span(EXCHANGE, duration_ns=1_234_000)))

    answer = await caller.json(f"/api/timelines/{JOURNEY_ID}")

    assert answer == {
        "journey_id": JOURNEY_ID,
        "journey": "checkout",
        "events": [
            {
                "time": "2027-01-15T08:00:00Z",
                "step": "submit_order",
                "service": "shop",
                "method": "POST",
                "route": "/orders",
                "status": 503,
                "duration_ms": 1.234,
                "failed": True,
                "trace_id": TRACE_ID.hex(),
            },
            {
                "time": "2027-01-15T08:00:00.001500Z",
                "step": None,
                "service": "shop",
                "method": None,
                "route": None,
                "status": None,
                "duration_ms": 0,
                "failed": False,
                "trace_id": TRACE_ID.hex(),
            },
        ],
    }


async def test_a_journey_that_nobody_made_is_a_problem(caller: Caller) -> None:
    """404 for an id that is not stored, whatever stands in it."""
    for wanted in ("00", "%0A", "a%09b", "'%20OR%201=1%20--%20", "%5C"):
        answer = await caller.get(f"/api/timelines/{wanted}")

        assert answer.status_code == 404, wanted
        assert answer.json()["title"] == "Not Found"


async def test_limits_are_kept(caller: Caller) -> None:
    """The newest are told; what is no limit is refused."""
    told = [
        record(FINDING | {"http.response.status_code": n}, event="seeother.finding", at_ns=T0 + n) for n in (1000, 2000)
    ]
    await caller.send(logs(*told))
    await caller.send(traces(*[span(EXCHANGE, at_ns=T0 + n * 1000, span_id=bytes([n + 1]) * 8) for n in range(3)]))

    findings = await caller.json("/api/findings", limit="1")
    broken = await caller.json("/api/broken", limit="2")

    assert [row["time"] for row in findings["findings"]] == ["2027-01-15T08:00:00.000002Z"]
    assert len(broken["broken"]) == 2
    for limit in ("0", "-1", "1001", "many", ""):
        assert (await caller.get("/api/findings", limit=limit)).status_code == 422
