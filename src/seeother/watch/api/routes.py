# SPDX-License-Identifier: Apache-2.0
"""`/api/routes`: which routes services answer, in which order people meet them; for whoever configures a journey."""

import asyncio
from itertools import groupby

from fastapi import FastAPI
from pydantic import BaseModel, Field

from seeother.watch.questions import ROUTES, VISITS, Row

from .answers import Bounded, Count
from .desk import Desk
from .period import Since, Until, read_period
from .problem import PROBLEM_RESPONSES

_ROWS = 20_000  # of routes and statuses
_PEOPLE = 300
_STEPS = 30_000  # of all of these people
_Place = tuple[str, str, str, str]


class RouteRow(BaseModel):
    """What one service has answered on one route; where its telemetry names none, on one path."""

    service: str | None
    method: str
    route: str | None = Field(description="Template, as the service's framework writes it.")
    path: str | None = Field(description="Where there is no route; 0 stands for a number or a digest.")
    exchanges: Count
    entries: Count = Field(description="Of these, exchanges that no other service has asked for.")
    statuses: dict[str, Count] = Field(description="Exchanges by status; 0 when no head was sent.")


class Routes(Bounded):
    """Routes, the busiest first, and visits of people who have sent something."""

    routes: list[RouteRow]
    visits: list[list[int]] = Field(
        description="One for each person: places in `routes`, counted from 0, in the order of their first visit."
    )
    is_cut: bool = Field(description="There are more routes, the rarest, than are told.")


def add_routes(api: FastAPI, desk: Desk) -> None:
    """Add the path."""

    @api.get("/api/routes", responses=PROBLEM_RESPONSES)
    async def routes(since: Since = None, until: Until = None) -> Routes:
        """Which routes all services have answered in a period, on a journey or not."""
        period = read_period(since, until, desk.now())
        rows, steps = await asyncio.gather(
            desk.asker.ask(ROUTES, **period.parameters, count=_ROWS + 1),
            desk.asker.ask(VISITS, **period.parameters, people=_PEOPLE, count=_STEPS),
        )
        told: dict[_Place, RouteRow] = {}
        for row in rows[:_ROWS]:
            place = told.setdefault(_place(row), _new(row))
            place.exchanges += row["exchanges"]
            place.entries += row["entries"]
            place.statuses[str(row["status"])] = row["exchanges"]
        indexes = {place: index for index, place in enumerate(told)}
        visits = [
            [indexes[_place(step)] for step in visit if _place(step) in indexes]
            for _, visit in groupby(steps, key=lambda step: step["person"])
        ]
        return Routes(
            since=period.since, until=period.until, routes=list(told.values()), visits=visits, is_cut=len(rows) > _ROWS
        )


def _place(row: Row) -> _Place:
    return row["service"], row["method"], row["route"], row["path"]


def _new(row: Row) -> RouteRow:
    service, method, route, path = [text or None for text in _place(row)]
    return RouteRow(service=service, method=method or "", route=route, path=path, exchanges=0, entries=0, statuses={})
