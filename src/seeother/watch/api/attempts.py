# SPDX-License-Identifier: Apache-2.0
"""From a cell to its journeys: `/api/broken`, and the exchanges and the lost journeys of one journey."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel, Field

from seeother.watch.questions import BROKEN, EXCHANGES, LOST

from .desk import Desk
from .journeys import JourneyName, milliseconds
from .lists import Broken, BrokenRow, ExchangeRow, Exchanges, Lost, LostRow
from .paging import After, Limit, newest, read_page
from .period import Since, Until, from_microseconds, read_period, to_microseconds
from .problem import PROBLEM_RESPONSES
from .rows import known

_US_IN_MS = 1000
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = 1024  # characters: senders name steps, methods and routes as they like
Only = Annotated[str, Query(max_length=128, description="Only this one; default: all.")]


class Cell(BaseModel):
    """Which exchanges are meant, by default all."""

    step: str = Field("", max_length=_LONGEST, description="Only this step.")
    method: str = Field("", max_length=_LONGEST, description="Only this method.")
    route: str = Field("", max_length=_LONGEST, description="Only this template.")
    status: int | None = Field(None, ge=0, le=999, description="Only this status, 0 when no head was sent.")
    failed: bool = Field(default=False, description="Only exchanges that failed.")

    @property
    def parameters(self) -> dict[str, Any]:
        """As the question takes it."""
        return self.model_dump() | {"status": -1 if self.status is None else self.status}


def add_attempts(api: FastAPI, desk: Desk) -> None:
    """Add all three paths."""

    @api.get("/api/broken", responses=PROBLEM_RESPONSES)
    async def broken(
        since: Since = None,
        until: Until = None,
        journey: Only = "",
        step: Only = "",
        limit: Limit = 100,
        after: After = None,
    ) -> Broken:
        """Which attempts broke in a period, the newest first."""
        period, page = read_period(since, until, desk.now()), read_page(limit, after)
        parameters = {**period.parameters, "journey": journey, "step": step, "now": to_microseconds(desk.now())}
        rows = await newest(desk.asker, BROKEN, **parameters, **page.parameters)
        following = page.turn(rows, "span_id")
        found = [BrokenRow(**_broken(row)) for row in rows]
        return Broken(since=period.since, until=period.until, broken=found, next=following)

    @api.get("/api/journeys/{name}/exchanges", responses=PROBLEM_RESPONSES)
    async def exchanges(
        name: JourneyName,
        cell: Annotated[Cell, Depends()],
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        after: After = None,
    ) -> Exchanges:
        """Which exchanges are behind a cell, the newest first."""
        desk.journey(name)
        period, page = read_period(since, until, desk.now()), read_page(limit, after)
        parameters = {**period.parameters, **cell.parameters, **page.parameters}
        rows = await newest(desk.asker, EXCHANGES, journey=name, **parameters)
        following = page.turn(rows, "span_id")
        found = [ExchangeRow(duration_ms=row["duration_us"] / _US_IN_MS, **known(row)) for row in rows]
        return Exchanges(journey=name, since=period.since, until=period.until, exchanges=found, next=following)

    _add_lost(api, desk)


def _add_lost(api: FastAPI, desk: Desk) -> None:
    @api.get("/api/journeys/{name}/lost", responses=PROBLEM_RESPONSES)
    async def lost(
        name: JourneyName,
        step: Annotated[str, Query(max_length=128, description="The step.")],
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        after: After = None,
    ) -> Lost:
        """Which journeys ended at a step without success, the latest first."""
        journey = desk.journey(name)
        names = [each.name for each in journey.steps]
        if step not in names:
            raise HTTPException(404, f"the journey {name!r} has no step {step!r}; known: {', '.join(names)}")
        period, page = read_period(since, until, desk.now()), read_page(limit, after)
        parameters = {
            **period.parameters,
            **page.parameters,
            "journey": journey.name,
            "position": names.index(step) + 1,
            "goal": len(names),
            "now": to_microseconds(desk.now()),
            "abandoned_after": journey.abandoned_after // _MICROSECOND,
            "timeout": journey.timeout // _MICROSECOND,
        }
        rows = await desk.asker.ask(LOST, **parameters)
        following = page.turn(rows, "journey_id", time="last_us")
        found = [
            LostRow(
                journey_id=row["journey_id"],
                started=from_microseconds(row["first_us"]),
                ended=from_microseconds(row["last_us"]),
                attempts=row["attempts"],
                failed=row["failed"],
                error_caused=bool(row["error_caused"]),
            )
            for row in rows
        ]
        return Lost(journey=name, step=step, since=period.since, until=period.until, lost=found, next=following)


def _broken(row: dict[str, Any]) -> dict[str, Any]:
    slow = {1: True, 0: False}.get(row["slow"])
    dom_complete_ms = milliseconds(row["dom_complete_us"], min(row["dom_complete_us"], 1))
    return known(row) | {"slow": slow, "provisional": bool(row["provisional"]), "dom_complete_ms": dom_complete_ms}
