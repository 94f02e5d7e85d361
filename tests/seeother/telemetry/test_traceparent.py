# SPDX-License-Identifier: Apache-2.0
"""The ids of a traceparent field."""

import pytest

from seeother.telemetry import traceparent as module


def test_an_id_is_never_all_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one value that Trace Context forbids is not given, should chance draw it."""

    def zero(_: int) -> int:
        return 0

    monkeypatch.setattr(module, "_bits", zero)

    assert module.mint_trace_id() == bytes(15) + b"\1"
    assert module.mint_span_id() == bytes(7) + b"\1"
