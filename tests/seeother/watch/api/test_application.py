# SPDX-License-Identifier: Apache-2.0
"""The API does what its own description says, whatever it is asked."""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.seeother.watch.otlp import BROWSER, Value, logs, record, span, traces

from .conftest import Caller

PATHS = [
    "/api/broken",
    "/api/findings",
    "/api/findings/rules",
    "/api/ingest",
    "/api/journeys",
    "/api/journeys/{name}/clicks",
    "/api/journeys/{name}/dimensions",
    "/api/journeys/{name}/exchanges",
    "/api/journeys/{name}/funnel",
    "/api/journeys/{name}/heatmap",
    "/api/journeys/{name}/lost",
    "/api/journeys/{name}/matrix",
    "/api/journeys/{name}/submits",
    "/api/journeys/{name}/uptime",
    "/api/routes",
    "/api/timelines/{journey_id}",
    "/healthz",
    "/metrics",
    "/readyz",
]  # all but the stream, which never ends
EXAMPLES = 12
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def takes(path: str) -> bool:
    """Whether there is anything to be wrong about a question."""
    return path.startswith("/api/")


async def fill(caller: Caller) -> None:
    """Something of everything, so that answers have rows to be checked."""
    on: dict[str, Value] = {"journey.name": "checkout", "journey.id": "ab" * 16, "journey.step": "submit_order"}
    failed = on | {"journey.failed": True, "http.response.status_code": 503, "http.request.method": "POST"}
    vital = on | {"browser.web_vital.name": "lcp", "browser.web_vital.value": 3.5, "browser.web_vital.delta": 3.5}
    timing = on | {"browser.navigation_timing.dom_complete": 12.5}
    finding = on | {"seeother.rule": "RED001", "seeother.severity": "error", "http.response.status_code": 302}
    await caller.send(traces(span(failed, duration_ns=1_500_000)))
    await caller.send(
        logs(
            record(timing, event="browser.navigation_timing"),
            record(vital, event="browser.web_vital"),
            record(on, event="exception"),
            resource=BROWSER,
        )
    )
    await caller.send(logs(record(finding, event="seeother.finding")))


@pytest.mark.parametrize("path", PATHS)
async def test_the_api_does_what_its_description_says(caller: Caller, path: str) -> None:
    """Asked rightly and wrongly: no failure of ours, no status and no shape that is not described."""
    await fill(caller)
    schema = schemathesis.openapi.from_dict(await caller.json("/api/openapi.json"))
    schema.config.update(base_url=caller.url)
    operation = schema[path]["GET"]
    known = {"name": "checkout", "journey_id": "ab" * 16}
    wanted = {name: value for name, value in known.items() if f"{{{name}}}" in path} or None
    asked = [operation.as_strategy(GenerationMode.POSITIVE, path_parameters=wanted)]
    asked += [operation.as_strategy(mode) for mode in GenerationMode if mode is GenerationMode.POSITIVE or takes(path)]

    @given(st.one_of(asked))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=CHECKS)

    await asyncio.to_thread(ask)


async def test_every_path_is_tried(caller: Caller) -> None:
    """A new path joins the list above."""
    described = await caller.json("/api/openapi.json")

    assert set(PATHS) == set(described["paths"]) - {"/api/stream"}


async def test_every_share_says_of_what(caller: Caller) -> None:
    """A rate without its denominator says nothing; a property that may lie between 0 and 1 is one."""
    schemas = (await caller.json("/api/openapi.json"))["components"]["schemas"]
    shares = {
        f"{model}.{name}": told.get("description", "")
        for model, schema in schemas.items()
        for name, told in schema.get("properties", {}).items()
        if any(kind.get("maximum") == 1 for kind in told.get("anyOf", [told]))
    }

    assert {name.rpartition(".")[2] for name in shares} >= {
        "http_error_rate", "js_error_rate", "abandonment_rate", "error_caused_rate", "slow_rate", "coverage", "share"
    }  # fmt: skip
    assert [name for name, told in shares.items() if " of " not in told and "/" not in told] == []


async def test_every_question_can_be_bounded(caller: Caller) -> None:
    """By `from` and `to`, under these names."""
    paths = (await caller.json("/api/openapi.json"))["paths"]
    bounds = {path: {each["name"] for each in told["get"].get("parameters", [])} for path, told in paths.items()}
    now = {"/api/ingest", "/api/stream"}  # are about the present

    assert [
        p for p, names in bounds.items() if p.startswith("/api/") and p not in now and not {"from", "to"} <= names
    ] == []
