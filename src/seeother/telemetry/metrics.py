# SPDX-License-Identifier: Apache-2.0
"""How often rules found something and calls went wrong: `ExportMetricsServiceRequest` (opentelemetry-proto 1.11).

One cumulative sum a process. Its resource names the process, for two processes that added to one series would each
look like a restart of the other. Field numbers stand beside the name of the field.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

from seeother.journey import Severity

from . import attributes as names
from .protobuf import attribute, integer, message, tag, text

_DESCRIPTION = "Findings of rules, repaired or not."
_UNIT = "{finding}"
_CALLS = "Calls that were refused, failed or were slow, and changes of their breakers."
_CALL_UNIT = "{event}"
_CUMULATIVE = integer(2, 2)  # Sum.aggregation_temporality = 2: AGGREGATION_TEMPORALITY_CUMULATIVE
_MONOTONIC = integer(3, 1)  # Sum.is_monotonic = 3
_TIMES = struct.Struct("<BQBQ")  # start_time_unix_nano = 2, time_unix_nano = 3, both fixed64
_START_TAG, _TIME_TAG = tag(2, 1)[0], tag(3, 1)[0]
_VALUE = struct.Struct("<Bq")  # as_int = 6, sfixed64
_VALUE_TAG = tag(6, 1)[0]


class Found(NamedTuple):
    """What findings are counted by."""

    rule: str
    severity: Severity
    repaired: bool


class Called(NamedTuple):
    """What happens to calls is counted by this."""

    name: str
    event: str
    reason: str = ""


def encode_findings(
    counts: Mapping[Found | Called, int], *, service: str, instance: str, started_ns: int, now_ns: int
) -> bytes:
    """The request body for what one process has found from `started_ns` to `now_ns`."""
    found: list[bytes] = []
    called: list[bytes] = []
    for what, count in counts.items():
        point = message(1, _point(what, count, started_ns, now_ns=now_ns))
        (found if isinstance(what, Found) else called).append(point)
    metrics = b""
    if found or not called:
        metrics += _sum(names.METRIC_FINDINGS, _DESCRIPTION, _UNIT, points=found)
    if called:
        metrics += _sum(names.METRIC_BREAKER, _CALLS, _CALL_UNIT, points=called)
    resource = message(1, attribute(names.SERVICE_NAME, service))
    resource += message(1, attribute(names.SERVICE_INSTANCE_ID, instance))
    scope = message(1, text(1, names.SCOPE))
    return message(1, message(1, resource) + message(2, scope + metrics))


def _sum(name: str, description: str, unit: str, *, points: list[bytes]) -> bytes:
    """One metric of a scope, in field 2."""
    total = message(7, b"".join(points) + _CUMULATIVE + _MONOTONIC)  # Sum.data_points = 1
    return message(2, text(1, name) + text(2, description) + text(3, unit) + total)


def _point(what: Found | Called, count: int, started_ns: int, *, now_ns: int) -> bytes:
    """One NumberDataPoint, its attributes in field 7."""
    values: dict[str, str | bool]
    if isinstance(what, Found):
        values = {names.RULE: what.rule, names.SEVERITY: str(what.severity), names.REPAIRED: what.repaired}
    else:
        values = {names.BREAKER_NAME: what.name, names.BREAKER_EVENT: what.event}
        if what.reason:
            values[names.BREAKER_REASON] = what.reason
    return (
        _TIMES.pack(_START_TAG, started_ns, _TIME_TAG, max(started_ns, now_ns))
        + _VALUE.pack(_VALUE_TAG, count)
        + b"".join([message(7, attribute(key, value)) for key, value in values.items()])
    )
