# SPDX-License-Identifier: Apache-2.0
"""`/api/stream`: server-sent events that say that something has changed, so that a page knows when to ask again."""

from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.sse import EventSourceResponse, ServerSentEvent

from seeother.watch.questions import RECOUNTED, VOLUME, Asker

from .announcer import Announcer
from .problem import PROBLEM_RESPONSES
from .state import Change


def add_stream(api: FastAPI, announcer: Announcer) -> None:
    """Add the path; a comment every 15 seconds keeps a quiet stream open."""

    @api.get("/api/stream", response_class=EventSourceResponse, responses=PROBLEM_RESPONSES)
    async def stream() -> AsyncIterator[ServerSentEvent]:
        """Event `change` with the numbers of stored rows: at once, then whenever they change, at most 4 a second."""
        async for change in announcer.changes():
            yield ServerSentEvent(event="change", data=change)


async def count_changes(asker: Asker) -> Change:
    """How much is stored of what pages show."""
    (row,) = await asker.ask(VOLUME)
    (counted,) = await asker.ask(RECOUNTED)
    return Change(steps=row["steps"], findings=row["findings"], recounted=counted["recounted_us"])
