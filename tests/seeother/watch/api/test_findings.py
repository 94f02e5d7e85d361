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

UNTOLD = {"error_type": None, "replayed": False, "dom_complete_ms": None, "first_screen_ms": None}


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
        ],
        "next": None,
        "from": "2027-01-14T08:00:00Z",
        "to": "2027-01-15T08:01:00Z",
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
                "kind": "exchange",
                "step": "submit_order",
                "service": "shop",
                "method": "POST",
                "route": "/orders",
                "status": 503,
                "duration_ms": 1.234,
                "failed": True,
                **UNTOLD,
                "trace_id": TRACE_ID.hex(),
            },
            {
                "time": "2027-01-15T08:00:00.001500Z",
                "kind": "exchange",
                "step": None,
                "service": "shop",
                "method": None,
                "route": None,
                "status": None,
                "duration_ms": 0,
                "failed": False,
                **UNTOLD,
                "trace_id": TRACE_ID.hex(),
            },
        ],
        "is_cut": False,
    }


async def test_a_long_timeline_is_read_on_from_its_last_event(caller: Caller) -> None:
    """A thousand events an answer; bounds are taken as they are given, and wrong ones are refused."""
    many = [span(EXCHANGE, at_ns=T0 + n * 1000, span_id=n.to_bytes(8)) for n in range(1, 1003)]
    await caller.send(traces(*many))

    first = await caller.json(f"/api/timelines/{JOURNEY_ID}")
    last = first["events"][-1]["time"]
    second = await caller.json(f"/api/timelines/{JOURNEY_ID}", **{"from": last})
    before = await caller.get(f"/api/timelines/{JOURNEY_ID}", to="2027-01-15T08:00:00Z")
    wrong = await caller.get(f"/api/timelines/{JOURNEY_ID}", to="1970-01-01T00:00:00Z")

    assert (len(first["events"]), first["is_cut"], last) == (1000, True, "2027-01-15T08:00:00.001000Z")
    assert ([event["time"][-10:] for event in second["events"]], second["is_cut"]) == (
        ["00.001000Z", "00.001001Z", "00.001002Z"], False
    )  # fmt: skip
    assert (before.status_code, wrong.status_code) == (404, 422)


async def test_an_id_is_whatever_a_shop_took_for_one(caller: Caller) -> None:
    """Such as a session's id in Base64."""
    for wanted, path in (("a/b+c==", "a%2Fb%2Bc=="), ("/", "%2F"), ("?x=1#y", "%3Fx=1%23y")):
        await caller.send(traces(span(EXCHANGE | {"journey.id": wanted})))

        assert (await caller.json(f"/api/timelines/{path}"))["journey_id"] == wanted


async def test_a_journey_that_nobody_made_is_a_problem(caller: Caller) -> None:
    """404 for an id that is not stored, whatever stands in it."""
    for wanted in ("00", "%0A", "a%09b", "'%20OR%201=1%20--%20", "%5C"):
        answer = await caller.get(f"/api/timelines/{wanted}")

        assert answer.status_code == 404, wanted
        assert answer.json()["title"] == "Not Found"


async def test_findings_are_told_page_by_page_and_by_rule(caller: Caller) -> None:
    """The newest first; `next` leads on, and is null at the end; what is no limit and no `next` is refused."""
    rules = ("RED001", "RTY002", "RED001")
    told = [
        record(FINDING | {"seeother.rule": rule}, event="seeother.finding", at_ns=T0 + n * 1000)
        for n, rule in enumerate(rules)
    ]
    await caller.send(logs(*told))

    first = await caller.json("/api/findings", limit="2")
    second = await caller.json("/api/findings", limit="2", after=first["next"])
    only = await caller.json("/api/findings", rule="RTY002")
    counted = await caller.json("/api/findings/rules")

    assert [row["time"] for row in first["findings"]] == ["2027-01-15T08:00:00.000002Z", "2027-01-15T08:00:00.000001Z"]
    assert [row["time"] for row in second["findings"]] == ["2027-01-15T08:00:00Z"]
    assert second["next"] is None
    assert [row["rule"] for row in only["findings"]] == ["RTY002"]
    assert [(row["rule"], row["findings"], row["repaired"], row["journeys"]) for row in counted["rules"]] == [
        ("RED001", 2, 2, 0),
        ("RTY002", 1, 1, 0),
    ]
    for limit in ("0", "-1", "1001", "many", ""):
        assert (await caller.get("/api/findings", limit=limit)).status_code == 422
    for after in ("", "soon", "9999999999999999.1.x", "-1.1.x", "1.x", "1.-1.x"):
        assert (await caller.get("/api/findings", after=after)).status_code == 422, after
