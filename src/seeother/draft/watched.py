# SPDX-License-Identifier: Apache-2.0
"""Reads the routes of a shop from what watch has seen of it: telemetry of any language, by any instrumentation.

A span names its route as the shop's framework does, or only the path that was asked for.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypedDict

from .django import to_template
from .observed import Observed
from .routes import Reading
from .template import template_of

WATCHED = "telemetry"


class WatchedRoute(TypedDict):
    """A row of `/api/routes`, as far as it is read here."""

    service: str | None
    method: str
    route: str | None
    path: str | None
    exchanges: int
    entries: int
    statuses: Mapping[str, int]


class WatchedRoutes(TypedDict):
    """The answer of `/api/routes`, as far as it is read here."""

    routes: Sequence[WatchedRoute]
    visits: Sequence[Sequence[int]]


def read_watched(answer: WatchedRoutes, service: str | None = None) -> Reading:
    """The routes of one service: of `service`, else of the one that people come to; others are left out and named."""
    rows = answer["routes"]
    chosen = service or _entrance(rows)
    observed = Observed()
    foreign: Counter[str] = Counter()
    shapes: dict[int, str] = {}
    for index, row in enumerate(rows):
        name = row["service"] or ""
        if name != chosen:
            foreign[name] += row["exchanges"]
            continue
        for status, count in row["statuses"].items():
            shape = observed.see(row["method"], _template(row), int(status), count)
            if shape is not None:
                shapes[index] = shape
    for name, count in foreign.items():
        observed.leave_out(
            name or "a service without a name", f"another service's, {count} exchange{'' if count == 1 else 's'}"
        )
    visits = [[shapes[index] for index in visit if index in shapes] for visit in answer["visits"]]
    named = chosen if chosen.isprintable() else ascii(chosen)
    return observed.reading(f"{WATCHED} of {named}" if chosen else WATCHED, visits)


def _entrance(rows: Sequence[WatchedRoute]) -> str:
    """The service that most requests enter by; of two alike the busier one."""
    entries: Counter[str] = Counter()
    exchanges: Counter[str] = Counter()
    for row in rows:
        name = row["service"] or ""
        entries[name] += row["entries"]
        exchanges[name] += row["exchanges"]
    return max(exchanges, key=lambda name: (entries[name], exchanges[name]), default="")


def _template(row: WatchedRoute) -> str:
    """The path template of a row; Django names its routes without the first slash, or by their expressions."""
    route = row["route"]
    if not route:
        return template_of(row["path"] or "/")
    if route.startswith("^"):
        route = to_template(route.removeprefix("^").removesuffix("$")) or route
    return route if route.startswith("/") else f"/{route}"
