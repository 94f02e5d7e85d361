# SPDX-License-Identifier: Apache-2.0
"""A lost answer, on a real connection."""

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from seeother_shop.connection import trusted_for
from seeother_shop.faults import CuttingProtocol, LostAnswer
from tests.seeother_shop.premises import open_service


class _Counter:
    """An application that counts what it did."""

    def __init__(self) -> None:
        self.charged = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["method"] == "POST":
                await Request(scope, receive).body()
                self.charged += 1
            await PlainTextResponse("done")(scope, receive, send)


def test_the_work_is_done_and_the_connection_is_cut() -> None:
    """The client gets no byte of an answer, and the next request on a new connection is answered."""
    app = _Counter()
    is_on = [True]
    lossy = LostAnswer(app, is_on=lambda: is_on[0], method="POST", path="/charge/[0-9]+")

    with (
        open_service("127.0.0.1", lambda _: lossy, CuttingProtocol) as origin,
        httpx2.Client(base_url=origin, verify=trusted_for(origin)) as client,
    ):
        with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
            client.post("/charge/1", content=b"x" * 100_000)
        untouched = [client.get("/charge/1").text, client.post("/other").text]
        is_on[0] = False
        answered = client.post("/charge/1").text

    assert app.charged == 3
    assert [*untouched, answered] == ["done", "done", "done"]
