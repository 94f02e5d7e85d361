# SPDX-License-Identifier: Apache-2.0
"""`/api/journeys`, and the matrix, the funnel and the uptime of one journey."""

import asyncio
from typing import Annotated, Any

from fastapi import FastAPI, Path

from seeother.journey import Journey
from seeother.watch.questions import FUNNEL, JOURNEYS, MATRIX, UNREPAIRED, UPTIME, Measures, Row, by_step, windows

from .answers import (
    Durations,
    Funnel,
    FunnelStep,
    JourneyOutcomes,
    Journeys,
    Matrix,
    MatrixStep,
    Uptime,
    UptimeWindow,
)
from .desk import Desk
from .period import Period, Since, Until, by_minute, from_microseconds, read_period
from .problem import PROBLEM_RESPONSES

_US_IN_MS = 1000
_RANKS = {"p50": 0.5, "p75": 0.75, "p95": 0.95}
_ENOUGH_COVERAGE = 0.8  # of the pages served; below it, browser figures speak for too few
JourneyName = Annotated[str, Path(max_length=128, description="The journey's name.")]


def add_journeys(api: FastAPI, desk: Desk) -> None:
    """Add all four paths."""

    @api.get("/api/journeys", responses=PROBLEM_RESPONSES)
    async def journeys(since: Since = None, until: Until = None) -> Journeys:
        """How the journeys ended that started in a period."""
        period = read_period(since, until, desk.now())
        outcomes = await asyncio.gather(*[_outcomes(desk, journey, period) for journey in desk.journeys.values()])
        return Journeys(since=period.since, until=period.until, journeys=outcomes)

    @api.get("/api/journeys/{name}/matrix", responses=PROBLEM_RESPONSES)
    async def matrix(name: JourneyName, since: Since = None, until: Until = None) -> Matrix:
        """How each step of a journey fared in a period."""
        journey = desk.journey(name)
        period = read_period(since, until, desk.now())
        # What is broken first: of what comes in meanwhile, it may not know more than the counts of all that failed.
        unrepaired, ends = await asyncio.gather(
            desk.asker.ask(UNREPAIRED, journey=name, slots=period.slots),
            desk.asker.ask(FUNNEL, journey=name, goal=len(journey.steps), slots=period.slots),
        )
        rows = await desk.asker.ask(MATRIX, journey=name, slots=period.slots)
        configured = [step.name for step in journey.steps]
        broken = {row["step"]: row for row in unrepaired}
        ended = {configured[row["position"] - 1]: row for row in ends}
        found = {step: _matrix_step(step, of, broken.get(step), ended.get(step)) for step, of in by_step(rows).items()}
        steps = [found.pop(step, MatrixStep(step=step)) for step in configured]
        return Matrix(journey=name, since=period.since, until=period.until, steps=[*steps, *found.values()])

    @api.get("/api/journeys/{name}/funnel", responses=PROBLEM_RESPONSES)
    async def funnel(name: JourneyName, since: Since = None, until: Until = None) -> Funnel:
        """How far the journeys came that started in a period."""
        journey = desk.journey(name)
        period = read_period(since, until, desk.now())
        rows = await desk.asker.ask(FUNNEL, journey=name, goal=len(journey.steps), slots=period.slots)
        found = {row["position"]: row for row in rows}
        started = found[1]["reached"] if found else 0
        steps = [
            FunnelStep(step=step.name, optional=step.optional, **_funnel_step(found.get(position), started))
            for position, step in enumerate(journey.steps, 1)
        ]
        return Funnel(journey=name, since=period.since, until=period.until, steps=steps)

    @api.get("/api/journeys/{name}/uptime", responses=PROBLEM_RESPONSES)
    async def uptime(name: JourneyName, since: Since = None, until: Until = None) -> Uptime:
        """In how much of their time people could go on, in the worst window of each length."""
        desk.journey(name)
        period = by_minute(read_period(since, until, desk.now()))
        rows = await desk.asker.ask(UPTIME, journey=name, **windows(**period.parameters))
        found = [
            UptimeWindow(
                window_s=row["window_s"],
                uptime=rate(row["up_us"], row["up_us"] + row["down_us"]),
                until=from_microseconds(row["end_us"]),
            )
            for row in rows
        ]
        return Uptime(journey=name, since=period.since, until=period.until, windows=found)


def durations(counted: Measures, measure: str, *parts: str) -> Durations:
    """The mean and these percentiles of a measure that is counted, with its sum beside."""
    count = counted[measure]
    if count <= 0:
        return Durations()
    ranks = {part: milliseconds(counted.rank(measure, _RANKS[part])) for part in parts}
    return Durations(mean=milliseconds(counted[f"{measure}_us"], count), **ranks)


def rate(part: int, whole: int) -> float | None:
    """A share, at most 1; no data is null."""
    return min(part / whole, 1) if whole else None


def milliseconds(total_us: float, count: int = 1) -> float | None:
    """A mean of microseconds; no data is null."""
    return total_us / count / _US_IN_MS if count else None


async def _outcomes(desk: Desk, journey: Journey, period: Period) -> JourneyOutcomes:
    (row,) = await desk.asker.ask(JOURNEYS, journey=journey.name, goal=len(journey.steps), slots=period.slots)
    ended = row["success"] + row["error"] + row["timeout"]
    sli = rate(ended - row["error"], ended)
    return JourneyOutcomes(journey=journey.name, steps=[step.name for step in journey.steps], sli=sli, **row)


def _matrix_step(step: str, counted: Measures, broken: Row | None, ended: Row | None) -> MatrixStep:
    coverage = rate(counted["view"], counted["served"])
    provisional = {"broken": broken and broken["provisional"], "abandonment_rate": ended and ended["open"]}
    return MatrixStep(
        step=step,
        attempts=counted["answer"],
        failed=counted["failed"],
        broken=broken["broken"] if broken else 0,
        replayed=counted["replayed"],
        http_error_rate=rate(counted["http_error"], counted["answer"]),
        js_error_rate=rate(broken["error_views"] if broken else 0, counted["view"]),
        abandonment_rate=rate(ended["lost"], ended["attempted"]) if ended else None,
        error_caused_rate=rate(ended["error_caused"], ended["attempted"]) if ended else None,
        slow_rate=rate(counted["slow"], counted["view"]),
        answer_ms=durations(counted, "answer", "p50", "p95"),
        dom_complete_ms=durations(counted, "dom_complete", "p75", "p95"),
        first_screen_ms=durations(counted, "first_screen", "p50", "p75", "p95"),
        coverage=coverage,
        is_partial=coverage is not None and coverage < _ENOUGH_COVERAGE,
        provisional=[name for name, is_open in provisional.items() if is_open],
    )


def _funnel_step(row: Row | None, started: int) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        **{name: row[name] for name in ("reached", "attempted", "passed", "lost", "error_caused")},
        "skipped": row["reached"] - row["attempted"],
        "in_progress": row["open"],
        "share": rate(row["reached"], started),
    }
