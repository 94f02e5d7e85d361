# SPDX-License-Identifier: Apache-2.0
"""How often each rule found something, as OTLP: `ExportMetricsServiceRequest` (opentelemetry-proto 1.11).

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


def encode_findings(counts: Mapping[Found, int], *, service: str, instance: str, started_ns: int, now_ns: int) -> bytes:
    """The request body for what one process has found from `started_ns` to `now_ns`."""
    points = [message(1, _point(found, count, started_ns, now_ns=now_ns)) for found, count in counts.items()]
    total = message(7, b"".join(points) + _CUMULATIVE + _MONOTONIC)  # Sum.data_points = 1
    metric = text(1, names.METRIC_FINDINGS) + text(2, _DESCRIPTION) + text(3, _UNIT) + total
    resource = message(1, attribute(names.SERVICE_NAME, service))
    resource += message(1, attribute(names.SERVICE_INSTANCE_ID, instance))
    scope = message(1, text(1, names.SCOPE))
    return message(1, message(1, resource) + message(2, scope + message(2, metric)))


def _point(found: Found, count: int, started_ns: int, *, now_ns: int) -> bytes:
    """One NumberDataPoint, its attributes in field 7."""
    return (
        _TIMES.pack(_START_TAG, started_ns, _TIME_TAG, max(started_ns, now_ns))
        + _VALUE.pack(_VALUE_TAG, count)
        + message(7, attribute(names.RULE, found.rule))
        + message(7, attribute(names.SEVERITY, str(found.severity)))
        + message(7, attribute(names.REPAIRED, found.repaired))
    )
