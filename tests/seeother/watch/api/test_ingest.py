# SPDX-License-Identifier: Apache-2.0
"""Whether telemetry gets in; that storing has stopped is held by the tests of `/readyz`."""

from tests.seeother.watch.otlp import T0, span, traces

from .conftest import Caller
from .test_health import STEP


async def test_a_silent_shop_shows_since_when(caller: Caller) -> None:
    """When telemetry last came in, and from when it was, clocks that are a day ahead left out.

    Without a heartbeat nobody knows whether storing works.
    """
    before = await caller.json("/api/ingest")
    await caller.send(traces(span(STEP), span(STEP, at_ns=T0 + 16 * 3600 * 10**9)))
    caller.clock.advance(3600)

    after = await caller.json("/api/ingest")

    nothing: dict[str, object] = {"is_storing": None, "heartbeat_age_ms": None, "last_telemetry": None, "newest": None}
    nothing |= {"counted": None, "unread_days": 0}
    assert before == nothing
    assert after == nothing | {"last_telemetry": "2027-01-15T08:00:10Z", "newest": "2027-01-15T08:00:00Z"}
