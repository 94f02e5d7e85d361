# SPDX-License-Identifier: Apache-2.0
"""`/api/findings`, `/api/broken` and the timeline of one journey."""

from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Path, Query

from seeother.watch.questions import BROKEN, FINDINGS, TIMELINE, Row

from .answers import Broken, BrokenRow, Findings, FoundRow, Timeline, TimelineEvent
from .desk import Desk
from .period import Since, Until, from_microseconds, read_period
from .problem import PROBLEM_RESPONSES

_ROWS = 1000  # at most in one answer
_US_IN_MS = 1000
_NO_TRACE = "0" * 32
Limit = Annotated[int, Query(ge=1, le=_ROWS, description="Rows at most.")]
JourneyId = Annotated[str, Path(max_length=128, description="The journey's id.")]


def add_findings(api: FastAPI, desk: Desk) -> None:
    """Add all three paths."""

    @api.get("/api/findings", responses=PROBLEM_RESPONSES)
    async def findings(since: Since = None, until: Until = None, limit: Limit = 100) -> Findings:
        """What the rules found in a period, the newest first."""
        period = read_period(since, until, desk.now())
        rows = await desk.asker.ask(FINDINGS, **period.parameters, count=limit)
        return Findings(findings=[FoundRow(**_known(row)) for row in rows])

    @api.get("/api/broken", responses=PROBLEM_RESPONSES)
    async def broken(since: Since = None, until: Until = None, limit: Limit = 100) -> Broken:
        """Which attempts broke in a period, the newest first."""
        period = read_period(since, until, desk.now())
        rows = await desk.asker.ask(BROKEN, **period.parameters, count=limit)
        return Broken(broken=[BrokenRow(**_known(row)) for row in rows])

    @api.get("/api/timelines/{journey_id}", responses=PROBLEM_RESPONSES)
    async def timeline(journey_id: JourneyId) -> Timeline:
        """What happened on one journey, in order."""
        rows = await desk.asker.ask(TIMELINE, journey_id=journey_id, count=_ROWS)
        if not rows:
            raise HTTPException(404, f"no exchange of a journey {journey_id!r} is stored")
        events = [TimelineEvent(duration_ms=row["duration_us"] / _US_IN_MS, **_known(row)) for row in rows]
        return Timeline(journey_id=journey_id, journey=rows[0]["journey"] or None, events=events)


def _known(row: Row) -> dict[str, Any]:
    """A row with its time as a moment, and null for what the tables keep as empty."""
    known: dict[str, Any] = {name: None if value in ("", _NO_TRACE) else value for name, value in row.items()}
    known["status"] = row["status"] or None
    known["time"] = from_microseconds(known.pop("time_us"))
    return known
