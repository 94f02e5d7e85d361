# SPDX-License-Identifier: Apache-2.0
"""Every error is a problem, and the description of the API says so."""

from .conftest import Caller


async def test_paths_that_are_not_there_are_problems(caller: Caller) -> None:
    """Also methods."""
    lost = await caller.get("/api/nothing")
    near = await caller.get("/api/journeys/")  # sent on, it would go to whatever host it named
    wrong = await caller.client.delete(f"{caller.url}/api/findings")

    assert (lost.status_code, near.status_code, wrong.status_code) == (404, 404, 405)
    assert {answer.headers["content-type"] for answer in (lost, near, wrong)} == {"application/problem+json"}
    assert wrong.headers["allow"] == "GET"


async def test_every_path_describes_its_problems(caller: Caller) -> None:
    """OpenAPI, at the place that the page and other programs know; only the sign of life asks for no token."""
    paths = (await caller.json("/api/openapi.json"))["paths"]
    answers = {path: told["get"]["responses"] for path, told in paths.items()}

    assert [path for path, told in answers.items() if not {"401", "404", "422", "503"} <= set(told)] == ["/healthz"]
    assert set(answers["/api/journeys/{name}/matrix"]["404"]["content"]) == {"application/problem+json"}
