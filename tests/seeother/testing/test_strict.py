# SPDX-License-Identifier: Apache-2.0
"""An application without a guard, judged in its tests."""

from httpx2 import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from seeother.testing import collecting, strict


async def moved(_: Request) -> Response:
    """What frameworks do by default."""
    return RedirectResponse("/done", status_code=302)


async def good(_: Request) -> Response:
    """What they should do."""
    return RedirectResponse("/done", status_code=303)


APP = Starlette(routes=[Route("/moved", moved, methods=["POST"]), Route("/good", good, methods=["POST"])])


async def post(path: str) -> tuple[int, str, list[str]]:
    """The answer to a form, and which rules had something to say."""
    transport = ASGITransport(app=strict(APP))
    with collecting() as findings:
        async with AsyncClient(transport=transport, base_url="https://shop.test") as client:
            answer = await client.post(path)
    return answer.status_code, answer.headers["location"], [finding.rule for finding in findings]


async def test_a_fault_is_found_and_left_as_it_is() -> None:
    """The test sees the answer that the application gives without a guard."""
    status, location, rules = await post("/moved")

    assert (status, location) == (302, "/done")
    assert "RED001" in rules


async def test_a_good_answer_is_not_complained_of() -> None:
    """The same rule has nothing to say where nothing is wrong."""
    status, location, rules = await post("/good")

    assert (status, location) == (303, "/done")
    assert "RED001" not in rules
