# SPDX-License-Identifier: Apache-2.0
"""The counter of findings is what opentelemetry-proto reads."""

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from seeother.journey import Severity
from seeother.telemetry import ATTRIBUTES, Called, Found
from seeother.telemetry.metrics import encode_findings

FOUND = st.builds(Found, st.text(st.characters(codec="utf-8"), max_size=40), st.sampled_from(Severity), st.booleans())
TIMES = st.integers(0, 2**62)


def text(key: str, value: str) -> KeyValue:
    """An attribute with text."""
    return KeyValue(key=key, value=AnyValue(string_value=value))


def point(found: Found, count: int, *, start: int, now: int) -> NumberDataPoint:
    """What one kind of finding becomes."""
    return NumberDataPoint(
        attributes=[
            text("seeother.rule", found.rule),
            text("seeother.severity", found.severity.value),
            KeyValue(key="seeother.repaired", value=AnyValue(bool_value=found.repaired)),
        ],
        start_time_unix_nano=start,
        time_unix_nano=now,
        as_int=count,
    )


@given(st.dictionaries(FOUND, st.integers(1, 2**62), max_size=5), TIMES, TIMES)
def test_the_library_reads_what_we_write(counts: dict[Found, int], start: int, now: int) -> None:
    """One monotonic, cumulative sum with a point a kind of finding, of this service and process."""
    encoded = encode_findings(
        dict[Found | Called, int](counts.items()), service="shop", instance="i" * 32, started_ns=start, now_ns=now
    )

    points = [point(found, count, start=start, now=max(start, now)) for found, count in counts.items()]
    metric = Metric(
        name="seeother.findings",
        description="Findings of rules, repaired or not.",
        unit="{finding}",
        sum=Sum(data_points=points, aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE, is_monotonic=True),
    )
    expected = ResourceMetrics(
        resource=Resource(attributes=[text("service.name", "shop"), text("service.instance.id", "i" * 32)]),
        scope_metrics=[ScopeMetrics(scope=InstrumentationScope(name="seeother"), metrics=[metric])],
    )
    assert ExportMetricsServiceRequest.FromString(encoded) == ExportMetricsServiceRequest(resource_metrics=[expected])


def test_calls_have_a_metric_of_their_own() -> None:
    """What happened to calls is counted by service, event and reason, beside the findings or without any."""
    calls: dict[Found | Called, int] = {Called("stock", "refused", "open"): 7, Called("stock", "slow"): 2}

    encoded = encode_findings(calls, service="shop", instance="i", started_ns=1, now_ns=2)

    (sent,) = ExportMetricsServiceRequest.FromString(encoded).resource_metrics
    (metric,) = sent.scope_metrics[0].metrics
    counted = {
        tuple((each.key, each.value.string_value) for each in made.attributes): made.as_int
        for made in metric.sum.data_points
    }
    name, event = "seeother.breaker.name", "seeother.breaker.event"
    assert metric.name == "seeother.breaker.events"
    assert counted == {
        ((name, "stock"), (event, "refused"), ("seeother.breaker.reason", "open")): 7,
        ((name, "stock"), (event, "slow")): 2,
    }


def test_every_attribute_is_in_the_table() -> None:
    """No name goes out that the table does not explain."""
    counts: dict[Found | Called, int] = {Found("RED001", Severity.ERROR, repaired=True): 1}
    encoded = encode_findings(counts, service="shop", instance="i", started_ns=1, now_ns=2)

    (sent,) = ExportMetricsServiceRequest.FromString(encoded).resource_metrics
    (made,) = sent.scope_metrics[0].metrics[0].sum.data_points
    names = {attribute.key for attribute in [*sent.resource.attributes, *made.attributes]}

    assert names <= {attribute.name for attribute in ATTRIBUTES}
    assert len(names) == 5
