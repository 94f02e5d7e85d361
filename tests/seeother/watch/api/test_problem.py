# SPDX-License-Identifier: Apache-2.0
"""Every error is a problem, and the description of the API says so."""

from .conftest import Caller


async def test_paths_that_are_not_there_are_problems(caller: Caller) -> None:
    """Also methods."""
    lost = await caller.get("/api/nothing")
    wrong = await caller.client.delete(f"{caller.url}/api/findings")

    assert (lost.status_code, wrong.status_code) == (404, 405)
    assert {answer.headers["content-type"] for answer in (lost, wrong)} == {"application/problem+json"}
    assert wrong.headers["allow"] == "GET"


async def test_the_description_names_every_path_and_its_problems(caller: Caller) -> None:
    """OpenAPI, at the place that the page and other programs know."""
    document = await caller.json("/api/openapi.json")

    assert set(document["paths"]) == {
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
        "/api/stream",
        "/api/timelines/{journey_id}",
        "/healthz",
        "/metrics",
        "/readyz",
    }
    answers = document["paths"]["/api/journeys/{name}/matrix"]["get"]["responses"]
    assert set(answers) == {"200", "401", "404", "422", "503"}
    assert set(answers["404"]["content"]) == {"application/problem+json"}
