# SPDX-License-Identifier: Apache-2.0
"""Statuses of one journey: the heat map, seconds after the click, clients, and submits beside their pages."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Annotated

from fastapi import FastAPI, Query

from seeother.watch.questions import DIMENSIONS, HEATMAP, SECONDS, SUBMITS, Measures, Row, grain_of

from .answers import (
    Clicks,
    ClickStatus,
    Concentration,
    Dimensions,
    DimensionValue,
    HeatCell,
    Heatmap,
    SubmitRow,
    Submits,
)
from .desk import Desk
from .journeys import JourneyName, durations, rate
from .period import Period, Since, Until, from_microseconds, read_period, to_microseconds
from .problem import PROBLEM_RESPONSES

_SLOTS = 60  # columns that fit a screen
_STEPS_OF_A_CLOCK = (1, 2, 5, 10, 20, 30, 60, 120, 180, 360, 1440)  # minutes
_MOST_ROUTES = 500
_MICROSECOND, _MILLISECOND = timedelta(microseconds=1), timedelta(milliseconds=1)
_SECONDS = 61  # 0 to 59, and all beyond
_SOON = 3  # seconds after a click, within which the article found its 502s
_FAILING = 400
_VALUES = 50  # of a dimension
Step = Annotated[str, Query(max_length=128, description="Only this step.")]


def add_statuses(api: FastAPI, desk: Desk) -> None:
    """Add all four paths."""

    @api.get("/api/journeys/{name}/heatmap", responses=PROBLEM_RESPONSES)
    async def heatmap(name: JourneyName, since: Since = None, until: Until = None) -> Heatmap:
        """Which status each route answered with, and when."""
        desk.journey(name)
        period = read_period(since, until, desk.now())
        slot = timedelta(minutes=slot_of(period))
        period = on_the_clock(period, slot)
        parameters = {**period.parameters, "slot": slot // _MICROSECOND}
        grain = grain_of(parameters["since"], parameters["slot"])
        rows = await desk.asker.ask(HEATMAP, journey=name, grain=grain, **parameters)
        slot_ms = slot // _MILLISECOND
        return Heatmap(journey=name, since=period.since, until=period.until, slot_ms=slot_ms, cells=_heat_cells(rows))

    @api.get("/api/journeys/{name}/clicks", responses=PROBLEM_RESPONSES)
    async def clicks(name: JourneyName, since: Since = None, until: Until = None) -> Clicks:
        """How many seconds after the click each status came, at which step."""
        desk.journey(name)
        period = read_period(since, until, desk.now())
        rows = await desk.asker.ask(SECONDS, journey=name, slots=period.slots)
        return Clicks(
            journey=name,
            since=period.since,
            until=period.until,
            statuses=_click_statuses(rows),
            concentrations=_concentrations(rows),
        )

    @api.get("/api/journeys/{name}/dimensions", responses=PROBLEM_RESPONSES)
    async def dimensions(name: JourneyName, step: Step = "", since: Since = None, until: Until = None) -> Dimensions:
        """Which statuses the attempts got, by what is known of the client."""
        desk.journey(name)
        period = read_period(since, until, desk.now())
        rows = await desk.asker.ask(DIMENSIONS, journey=name, step=step, slots=period.slots)
        return Dimensions(
            journey=name, step=step or None, since=period.since, until=period.until, values=_dimension_values(rows)
        )

    @api.get("/api/journeys/{name}/submits", responses=PROBLEM_RESPONSES)
    async def submits(name: JourneyName, since: Since = None, until: Until = None) -> Submits:
        """How long answers to submits took, beside domComplete of the pages that followed."""
        desk.journey(name)
        period = read_period(since, until, desk.now())
        rows = await desk.asker.ask(SUBMITS, journey=name, slots=period.slots)
        counted: defaultdict[tuple[str, int], Measures] = defaultdict(Measures)
        for row in rows:
            counted[row["step"], row["status"]].add(row)
        found = [_submit_row(step, status, of) for (step, status), of in counted.items()]
        return Submits(journey=name, since=period.since, until=period.until, submits=found)


def slot_of(period: Period) -> int:
    """Minutes of a column, so that sixty are as long as a period, as clocks divide them; whole days beyond 6 h."""
    minutes = -(-(period.until - period.since) // timedelta(minutes=_SLOTS))
    days = -(-minutes // _STEPS_OF_A_CLOCK[-1])
    return next((each for each in _STEPS_OF_A_CLOCK if each >= minutes), days * _STEPS_OF_A_CLOCK[-1])


def on_the_clock(period: Period, slot: timedelta) -> Period:
    """The period from where a clock that counts in slots, in UTC, stood at its start: few counts make a column then."""
    since = to_microseconds(period.since)
    return Period(from_microseconds(since - since % (slot // _MICROSECOND)), period.until)


def _heat_cells(rows: list[Row]) -> list[HeatCell]:
    """Of many routes, the rarest are one: raw paths in place of templates must not flood a page."""
    routes: Counter[str] = Counter()
    for row in rows:
        routes[row["route"]] += row["exchanges"]
    shown = {route for route, _ in sorted(routes.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_ROUTES]}
    cells: defaultdict[tuple[int, str, str, int], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        route, method = (row["route"], row["method"]) if row["route"] in shown else ("other", "")
        cell = cells[row["time_us"], route, method, row["status"]]
        cell[0] += row["exchanges"]
        cell[1] += row["failed"]
    return [
        HeatCell(
            time=from_microseconds(time_us),
            method=method or None,
            route=route or None,
            status=status or None,
            exchanges=exchanges,
            failed=failed,
        )
        for (time_us, route, method, status), (exchanges, failed) in sorted(cells.items())
    ]


def _click_statuses(rows: list[Row]) -> list[ClickStatus]:
    found: dict[tuple[str, int], ClickStatus] = {}
    for row in rows:
        step, status = row["step"] or None, row["status"] or None
        new = ClickStatus(step=step, status=status, exchanges=0, failed=0, seconds=[0] * _SECONDS)
        known = found.setdefault((row["step"], row["status"]), new)
        known.exchanges += row["exchanges"]
        known.failed += row["failed"]
        known.seconds[row["second"]] += row["exchanges"]
    return list(found.values())


def _concentrations(rows: list[Row]) -> list[Concentration]:
    by_status: defaultdict[int, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in rows:
        if row["status"] == 0 or row["status"] >= _FAILING:
            counts = by_status[row["status"]][row["step"]]
            counts[0] += row["exchanges"]
            counts[1] += row["exchanges"] * (row["second"] < _SOON)
    found: list[Concentration] = []
    for status, steps in sorted(by_status.items()):
        total = sum(count for count, _ in steps.values())
        step, (_, soon) = max(steps.items(), key=lambda pair: (pair[1], pair[0]))
        share = rate(soon, total)
        found.append(Concentration(status=status or None, step=step or None, exchanges=total, share=share))
    return found


def _dimension_values(rows: list[Row]) -> list[DimensionValue]:
    statuses: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    failed: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        key = (row["dimension"], row["value"])
        statuses[key][str(row["status"])] = row["attempts"]
        failed[key] += row["failed"]
    found: list[DimensionValue] = []
    listed: defaultdict[str, int] = defaultdict(int)
    for (dimension, value), counts in sorted(statuses.items(), key=lambda item: (item[0][0], -sum(item[1].values()))):
        listed[dimension] += 1
        if listed[dimension] <= _VALUES:
            attempts, bad = sum(counts.values()), failed[dimension, value]
            found.append(
                DimensionValue(
                    dimension=dimension,
                    value=value,
                    attempts=attempts,
                    failed=bad,
                    failed_rate=rate(bad, attempts),
                    statuses=counts,
                )
            )
    return found


def _submit_row(step: str, status: int, counted: Measures) -> SubmitRow:
    return SubmitRow(
        step=step,
        status=status or None,
        submits=counted["submit"],
        followed=counted["followed"],
        slow=counted["slow"],
        answer_ms=durations(counted, "submit", "p50", "p95"),
        dom_complete_ms=durations(counted, "complete", "p50", "p95"),
    )
