# SPDX-License-Identifier: Apache-2.0
"""`/api/ingest`: whether telemetry gets in, as the page shows it."""

from fastapi import FastAPI

from seeother.watch.questions import NEWEST, UNREAD

from .desk import Desk
from .intake import Intake
from .period import from_microseconds, to_microseconds
from .problem import PROBLEM_RESPONSES
from .state import Ingest


def add_ingest(api: FastAPI, desk: Desk, intake: Intake) -> None:
    """Add the path."""

    @api.get("/api/ingest", responses=PROBLEM_RESPONSES)
    async def ingest() -> Ingest:
        """Whether telemetry gets in, and since when none has."""
        newest_us = (await desk.asker.ask(NEWEST, now=to_microseconds(desk.now())))[0]["newest_us"]
        heartbeat, counted_us = intake.heartbeat, intake.counted()
        return Ingest(
            is_storing=None if heartbeat is None else not heartbeat.has_stopped,
            heartbeat_age_ms=intake.heartbeat_age_ms,
            last_telemetry=intake.last_telemetry,
            newest=from_microseconds(newest_us) if newest_us else None,
            counted=None if counted_us is None else from_microseconds(counted_us),
            unread_days=(await desk.asker.ask(UNREAD))[0]["days"],
        )
