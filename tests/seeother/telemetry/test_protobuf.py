# SPDX-License-Identifier: Apache-2.0
"""Our few lines of Protocol Buffers say what the library says."""

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from seeother.telemetry.protobuf import attribute, rejected

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.text(max_size=300), st.one_of(st.text(max_size=300), INT64, st.booleans()))
def test_attributes_are_read_by_the_library(key: str, value: str | int) -> None:
    """Strings, integers of either sign and booleans come back as they were."""
    expected = {bool: "bool_value", int: "int_value", str: "string_value"}[type(value)]

    read = KeyValue.FromString(attribute(key, value))

    assert read == KeyValue(key=key, value=AnyValue(**{expected: value}))  # type: ignore[arg-type]


def test_what_is_no_unicode_is_replaced() -> None:
    """A lone surrogate, as Python makes of stray bytes, would make the whole batch unreadable."""
    read = KeyValue.FromString(attribute("key", "caf\udce9"))

    assert read.value.string_value == "caf?"


@given(st.integers(0, 2**63 - 1), st.text(max_size=200))
def test_the_rejected_are_counted(count: int, message: str) -> None:
    """Any partial success is read, one without rejections too."""
    answer = ExportTraceServiceResponse(
        partial_success=ExportTracePartialSuccess(rejected_spans=count, error_message=message)
    )

    assert rejected(answer.SerializeToString()) == count


def test_full_success_rejects_nothing() -> None:
    """An empty answer, and one with an empty message."""
    assert rejected(b"") == 0
    assert rejected(ExportTraceServiceResponse(partial_success=ExportTracePartialSuccess()).SerializeToString()) == 0


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(b"\n\x7f\x08".__add__)))
def test_no_answer_raises(answer: bytes) -> None:
    """A collector may answer with anything: an error page, half a message."""
    assert rejected(answer) >= 0
