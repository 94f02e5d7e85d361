# SPDX-License-Identifier: Apache-2.0
"""Whose fault it is, for every way in which a body can be wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.watch.warehouse import Body, Encoding, Signal
from seeother.watch.warehouse.judge import fault_of
from tests.seeother.watch.otlp import Request, logs, record, span, to_json, traces

MEMORY_LIMIT = 241  # ClickHouse; a bogus length asks for gigabytes, and so may an honest body in a bad moment


def body(content: bytes, encoding: Encoding, signal: Signal = Signal.TRACES) -> Body:
    """A body to judge."""
    return Body(1, signal, encoding, content)


@pytest.mark.parametrize("code", [32, 33, 436, 444])
def test_what_the_engine_cannot_parse_is_the_senders_fault(code: int) -> None:
    """Even where a laxer parser would let it pass."""
    assert fault_of(body(b"", Encoding.PROTOBUF), code) is not None


def test_other_trouble_is_the_senders_only_if_the_content_is_none() -> None:
    """The same number of the engine's, two causes."""
    good = traces(span()).SerializeToString()

    assert fault_of(body(good, Encoding.PROTOBUF), MEMORY_LIMIT) is None
    assert "protobuf" in (fault_of(body(good[:-1], Encoding.PROTOBUF), MEMORY_LIMIT) or "")
    assert fault_of(body(b"no JSON", Encoding.JSON), MEMORY_LIMIT) is None


@pytest.mark.parametrize(
    ("content", "signal"),
    [
        (b"{}", Signal.TRACES),
        (b'{"resourceSpans": [{"scopeSpans": []}], "other": 1}', Signal.TRACES),
        (b"{}", Signal.LOGS),
    ],
)
def test_json_without_records_is_an_empty_request(content: bytes, signal: Signal) -> None:
    """Fields that nobody knows are passed over."""
    assert fault_of(body(content, Encoding.JSON, signal)) is None


@given(content=st.binary(max_size=50) | st.text(max_size=50).map(lambda text: json.dumps(text).encode()))
def test_what_is_no_object_is_no_request(content: bytes) -> None:
    """Bytes of any kind, and JSON texts."""
    if not content.strip().startswith(b"{"):
        assert "ExportTraceServiceRequest" in (fault_of(body(content, Encoding.JSON)) or "")


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff", b'{"resourceSpans": [{"x": \xff}]}'])
def test_hostile_json_is_only_malformed(content: bytes) -> None:
    """Depth and bytes that no decoder likes."""
    assert fault_of(body(content, Encoding.JSON)) is not None


def test_large_json_without_records_is_not_looked_at() -> None:
    """Nobody sends a megabyte of nothing."""
    assert fault_of(body(b"{" + b" " * (1 << 20) + b"}", Encoding.JSON)) is not None


@pytest.mark.parametrize("sent", [traces(span()), logs(record())], ids=["traces", "logs"])
def test_requests_are_no_fault(sent: Request) -> None:
    """Of either kind, in either encoding."""
    signal = Signal.TRACES if "Trace" in type(sent).__name__ else Signal.LOGS

    assert fault_of(body(sent.SerializeToString(), Encoding.PROTOBUF, signal), MEMORY_LIMIT) is None
    assert fault_of(body(to_json(sent), Encoding.JSON, signal)) is None
