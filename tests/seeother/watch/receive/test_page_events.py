# SPDX-License-Identifier: Apache-2.0
"""Of what pages say only what is listed passes, and in its listed form."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from seeother.watch.receive.page_events import EVENT_LIMIT, UnreadableError, read_page_events

from .pages import ABOUT, JOURNEY_ID, NOW_NS, SPAN_ID, TRACE_ID, Value, batch, event, navigation

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X)"
SECOND = 10**9
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(
    ["resourceLogs", "scopeLogs", "logRecords", "attributes", "key", "value", "stringValue", "timeUnixNano", "traceId"]
)
NEARLY = st.recursive(
    JSON,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=30,
)


def kept(content: bytes) -> list[LogRecord]:
    """The records that pass."""
    events = read_page_events(content, AGENT, NOW_NS)
    request = ExportLogsServiceRequest.FromString(events.content)
    return [each for one in request.resource_logs for scope in one.scope_logs for each in scope.log_records]


def attributes(record: LogRecord) -> dict[str, Value]:
    """A record's attributes."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "") for pair in record.attributes}


def test_a_page_view_passes_as_it_is() -> None:
    """With the browser that the request came from, under a service and a scope that are ours."""
    events = read_page_events(batch(navigation()), AGENT, NOW_NS)

    request = ExportLogsServiceRequest.FromString(events.content)
    resource = {pair.key: pair.value.string_value for pair in request.resource_logs[0].resource.attributes}
    scope = request.resource_logs[0].scope_logs[0]
    record = scope.log_records[0]
    assert resource == {"service.name": "browser", "telemetry.sdk.language": "webjs"}
    assert scope.scope.name == "browser"
    assert (record.event_name, record.time_unix_nano) == ("browser.navigation_timing", NOW_NS)
    assert (record.trace_id.hex(), record.span_id.hex()) == (TRACE_ID, SPAN_ID)
    assert attributes(record) == {
        **ABOUT,
        "http.route": "/cart",
        "browser.navigation_timing.dom_complete": 1234.5,
        "browser.navigation_timing.type": "navigate",
        "user_agent.original": AGENT,
    }
    assert (events.journeys, events.rejected) == (frozenset([JOURNEY_ID]), 0)


@pytest.mark.parametrize("name", ["journey.step", "seeother.finding", "seeother.breaker.state_changed", "click", ""])
def test_what_only_servers_may_say_is_left_out(name: str) -> None:
    """Or a page could invent attempts, findings and outages; it is told how many."""
    events = read_page_events(batch(event(name), navigation()), AGENT, NOW_NS)

    assert events.rejected == 1
    assert [record.event_name for record in kept(batch(event(name), navigation()))] == ["browser.navigation_timing"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("journey.failed", True),
        ("http.response.status_code", 500),
        ("service.name", "storefront"),
        ("user_agent.original", "another"),
        ("exception.message", "no such user ann@example.org"),
        ("journey.id", "<script>alert(1)</script>"),
        ("journey.name", "a name with spaces"),
        ("browser.navigation_timing.type", "<img onerror=alert(1)>"),
        ("browser.navigation_timing.dom_complete", "soon"),
    ],
)
def test_attributes_that_are_not_listed_or_have_another_form_are_left_out(key: str, value: Value) -> None:
    """The rest of the event passes."""
    record = kept(batch(navigation(**{key: value})))[0]

    assert attributes(record).get(key) in (None, AGENT)


def test_text_is_scrubbed() -> None:
    """A page's own address for a route, and an error's class that somebody made up from a message."""
    route, error = "/reset/ann@example.org?token=5", "Error for card 4111 1111 1111 1111"
    record = kept(batch(event("exception", {"http.route": route, "exception.type": error})))[0]

    assert attributes(record)["http.route"] == "/reset/{mail}"
    assert attributes(record)["exception.type"] == "Error for card {number}"


@pytest.mark.parametrize(
    ("times", "stored"),
    [
        ([0, 5], [0, 5]),  # as they are
        ([-3000, -60], [-3000, -60]),
        ([7200, 7203], [-3, 0]),  # a clock that is two hours ahead
        ([-86400 * 365, -86400 * 365 + 9], [-9, 0]),  # and one that has lost a year
        ([-7200, 0], [0]),  # older than any page waits
    ],
)
def test_a_clients_clock_is_believed_within_bounds(times: list[int], stored: list[int]) -> None:
    """Distances stay; the end of a batch is about now."""
    records = [event("exception", at_ns=NOW_NS + seconds * SECOND) for seconds in times]

    assert [(record.time_unix_nano - NOW_NS) // SECOND for record in kept(batch(*records))] == stored


def test_a_batch_is_bounded() -> None:
    """What is beyond is told."""
    events = read_page_events(batch(*[event("exception")] * (EVENT_LIMIT + 3)), AGENT, NOW_NS)

    assert events.rejected == 3


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none_are_left_out(number: str) -> None:
    """JSON has no such numbers, JavaScript has."""
    content = batch(navigation()).replace(b"1234.5", f'"{number}"'.encode())

    assert "browser.navigation_timing.dom_complete" not in attributes(kept(content)[0])


@given(document=JSON | NEARLY)
def test_whatever_comes_is_read_or_refused(document: Any) -> None:  # noqa: ANN401 - JSON
    """Nothing else happens."""
    try:
        events = read_page_events(json.dumps(document).encode(), AGENT, NOW_NS)
    except UnreadableError:
        return
    assert events.journeys == frozenset()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[" * 60_000, b"\xff", b'{"resourceLogs": 5}', batch(*[{}] * 1001)),
        b'{"resourceLogs": [' + b"{}," * 16 + b"{}]}",
        b'{"resourceLogs": [{"scopeLogs": [' + b"{}," * 16 + b"{}]}]}",
    ],
)
def test_what_is_none_is_refused(content: bytes) -> None:
    """In one line that names the place; so are more records than anybody can say anything in."""
    with pytest.raises(UnreadableError):
        read_page_events(content, AGENT, NOW_NS)
