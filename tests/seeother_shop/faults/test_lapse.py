# SPDX-License-Identifier: Apache-2.0
"""An answer that comes too late."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from seeother_shop.faults import GatewayTimeout


def test_the_work_is_done_and_the_answer_is_504() -> None:
    """The application runs to its end; only the matching request, only while the fault is on, is answered 504."""
    done: list[str] = []

    def work(request: Request) -> PlainTextResponse:
        done.append(f"{request.method} {request.url.path}")
        return PlainTextResponse("done", 201)

    app = Starlette(routes=[Route("/{path:path}", work, methods=["GET", "POST"])])
    is_on = [True]
    client = TestClient(GatewayTimeout(app, is_on=lambda: is_on[0], method="POST", path="/reservations"))

    late = client.post("/reservations")
    others = [client.get("/reservations").status_code, client.post("/reservations/a/commit").status_code]
    is_on[0] = False
    after = client.post("/reservations").status_code

    assert (late.status_code, late.json()["status"]) == (504, 504)
    assert late.headers["content-type"] == "application/problem+json"
    assert [*others, after] == [201, 201, 201]
    assert done.count("POST /reservations") == 2
