# SPDX-License-Identifier: Apache-2.0
"""`/api/journeys` and the matrix of one journey."""

import asyncio
from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from seeother.journey import Journey
from seeother.watch.questions import JOURNEYS, MATRIX, Row

from .answers import JourneyOutcomes, Journeys, Matrix, MatrixStep
from .desk import Desk
from .period import Period, Since, Until, read_period, to_microseconds
from .problem import PROBLEM_RESPONSES

_MICROSECOND = timedelta(microseconds=1)


def add_journeys(api: FastAPI, desk: Desk) -> None:
    """Add both paths."""

    @api.get("/api/journeys", responses=PROBLEM_RESPONSES)
    async def journeys(since: Since = None, until: Until = None) -> Journeys:
        """How the journeys ended that started in a period."""
        period = read_period(since, until, desk.now())
        outcomes = await asyncio.gather(*[_outcomes(desk, journey, period) for journey in desk.journeys.values()])
        return Journeys(since=period.since, until=period.until, journeys=outcomes)

    @api.get("/api/journeys/{name}/matrix", responses=PROBLEM_RESPONSES)
    async def matrix(name: str, since: Since = None, until: Until = None) -> Matrix:
        """How each step of a journey fared in a period."""
        journey = desk.journey(name)
        period = read_period(since, until, desk.now())
        rows = await desk.asker.ask(MATRIX, **_parameters(desk, journey, period))
        found = {row["step"]: _matrix_step(row) for row in rows}
        configured = [step.name for step in journey.steps]
        steps = [found.pop(step, MatrixStep(step=step)) for step in configured]
        return Matrix(journey=name, since=period.since, until=period.until, steps=[*steps, *found.values()])


async def _outcomes(desk: Desk, journey: Journey, period: Period) -> JourneyOutcomes:
    rows = await desk.asker.ask(JOURNEYS, **_parameters(desk, journey, period))
    return JourneyOutcomes(journey=journey.name, steps=[step.name for step in journey.steps], **rows[0])


def _parameters(desk: Desk, journey: Journey, period: Period) -> dict[str, Any]:
    return {
        **period.parameters,
        "journey": journey.name,
        "goal": journey.goal.name,
        "now": to_microseconds(desk.now()),
        "abandoned_after": journey.abandoned_after // _MICROSECOND,
        "timeout": journey.timeout // _MICROSECOND,
    }


def _matrix_step(row: Row) -> MatrixStep:
    return MatrixStep(
        step=row["step"],
        attempts=row["attempts"],
        failed=row["failed"],
        broken=row["broken"],
        http_error_rate=row["http_errors"] / row["attempts"],
        abandonment_rate=row["lost"] / row["reached"],
    )
