# SPDX-License-Identifier: Apache-2.0
"""What an exchange leaves behind: one row, with the status that was really sent and the time it took."""

from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

import pytest

from seeother.asgi.outgoing import Outgoing
from seeother.gate import Gate, Passage
from seeother.journey import mint
from seeother.message import Request, lookup
from seeother.policy import Visit
from seeother.settings import read_settings
from seeother.telemetry import Recorder, Row, begin
from tests.clock import FakeClock
from tests.seeother.asgi.conftest import SECRET

Message = MutableMapping[str, Any]
START: Message = {"type": "http.response.start", "status": 200, "headers": []}
SCOPE: Message = {"http_version": "2", "extensions": {"http.response.early_hint": {}}}
BODY: Message = {"type": "http.response.body", "body": b"page"}


class Exchange:
    """One exchange of a journey on its way out, and what was recorded about it."""

    def __init__(self, request: Request) -> None:
        """Begin it, on a clock that stands."""
        self.clock = FakeClock()
        self.sent: list[Message] = []
        self.recorder = Recorder(clock=self.clock)
        identity = mint()
        context = begin(())
        context.journey_id = identity.journey_id
        gate = Gate(read_settings({"site": {"secrets": [SECRET]}}, {}), clock=self.clock)
        shared = replace(gate.shared, recorder=self.recorder)
        self.passage = Passage(
            shared, gate.let_in(request).place, visit=Visit(identity), context=context, method=request.method,
            get=lookup(request.fields), read=lambda: request,
        )  # fmt: skip
        self.outgoing = Outgoing(self.passage, SCOPE, self.send)

    async def send(self, message: Message) -> None:
        """Take what goes to the client."""
        self.sent.append(message)

    async def answer(self, *messages: Message) -> None:
        """Have the application send these messages."""
        for message in messages:
            await self.outgoing.from_application(dict(message))
        await self.outgoing.returned()

    def row(self) -> Row:
        """End the exchange; its row."""
        self.passage.record(None)
        (row,) = [row for row in self.recorder.drain(9) if isinstance(row, Row)]
        return row


@pytest.fixture
def page() -> Exchange:
    """Somebody asks for a page."""
    return Exchange(Request("GET", "/products/tea"))


@pytest.fixture
def action() -> Exchange:
    """Somebody orders."""
    return Exchange(Request("POST", "/orders"))


@pytest.mark.parametrize(
    "messages",
    [
        [START, BODY],
        [START, {**BODY, "more_body": True}, {"type": "http.response.body"}],
        [{"type": "http.response.early_hint", "links": [b"</a>"]}, START, BODY],
        [START, {"type": "http.response.pathsend", "path": "/srv/page.html"}],
        [START, {"type": "http.response.zerocopysend", "file": 3}],
        [{**START, "trailers": True}, BODY, {"type": "http.response.trailers", "headers": []}],
    ],
)
async def test_whole_answer_is_no_failure(page: Exchange, messages: list[Message]) -> None:
    """However its content and what stands around it were sent, an answer that came to its end was not cut."""
    await page.answer(*messages)

    row = page.row()

    assert (row.status, row.failed, row.error_type) == (200, False, None)
    assert [message["type"] for message in page.sent] == [message["type"] for message in messages]


@pytest.mark.parametrize("messages", [[], [START], [START, {**BODY, "more_body": True}]])
async def test_broken_answer_is_cut(page: Exchange, messages: list[Message]) -> None:
    """An answer that never came to its end has failed, whatever status it began with."""
    await page.answer(*messages)

    row = page.row()

    assert (row.status, row.failed, row.error_type) == (200 if messages else 0, True, "cut")


async def test_row_has_the_status_that_was_sent(action: Exchange) -> None:
    """A repaired status is recorded as the client got it."""
    await action.answer({**START, "status": 302, "headers": [(b"location", b"/orders/7")]}, BODY)

    row = action.row()

    assert (row.status, action.sent[0]["status"]) == (303, 303)


async def test_time_ends_with_the_answer(page: Exchange) -> None:
    """What an application does after its answer takes nobody's time."""
    page.clock.advance(2)
    await page.answer(START, BODY)
    page.clock.advance(40)

    assert page.row().duration_ns == 2_000_000_000


async def test_error_answer_is_a_failure(action: Exchange) -> None:
    """An error status is a failed attempt, and was not cut."""
    await action.answer({**START, "status": 502}, BODY)

    row = action.row()

    assert (row.status, row.failed, row.error_type) == (502, True, None)
