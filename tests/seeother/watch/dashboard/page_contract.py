# SPDX-License-Identifier: Apache-2.0
"""The API's JSON shapes with answers that a test chooses, behind the real page.

States that are hard to bring about in a real watch (browser data, a broken step, a store that refuses) are rendered
from here; that the page and the real watch agree is the business of `test_page_on_watch`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from seeother.watch.dashboard import dashboard_routes

Json = dict[str, Any]

STEPS = ("product", "cart", "checkout", "submit_order", "payment_return", "confirmation")


def ago(seconds: float) -> str:
    """A moment so many seconds before now, as the API writes it."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def matrix_step(step: str, attempts: int = 0, **values: object) -> Json:
    """One row of the matrix: no traffic and no data, but for what is given."""
    row: Json = {
        "step": step,
        "attempts": attempts,
        "failed": 0,
        "broken": 0,
        "http_error_rate": 0.0 if attempts else None,
        "js_error_rate": None,
        "abandonment_rate": 0.0 if attempts else None,
        "error_caused_rate": 0.0 if attempts else None,
        "first_screen_ms": {"mean": None, "p75": None},
        "coverage": None,
        "provisional": [],
    }
    return row | values


def summary(journey: str = "checkout", **outcomes: int) -> Json:
    """One journey of `/api/journeys`; `started` is the sum of its outcomes."""
    counted = {name: outcomes.get(name, 0) for name in ("success", "abandoned", "error", "timeout", "in_progress")}
    return {"journey": journey, "steps": list(STEPS), "started": sum(counted.values()), **counted}


def finding(**values: object) -> Json:
    """A finding of RED001, repaired, a few seconds old."""
    found: Json = {
        "time": ago(3),
        "rule": "RED001",
        "name": "post-answered-with-found",
        "severity": "error",
        "message": "`302` leaves it to the client whether the POST is repeated; `303` says GET.",
        "method": "POST",
        "route": "/orders",
        "status": 302,
        "repaired": True,
        "service": "storefront",
        "journey": "checkout",
        "journey_id": "5e0f" * 8,
        "step": "submit_order",
        "trace_id": "ab" * 16,
    }
    return found | values


def broken_attempt(**values: object) -> Json:
    """A broken attempt at `submit_order`, a few seconds old."""
    attempt: Json = {
        "time": ago(4),
        "journey": "checkout",
        "journey_id": "1d2c" * 8,
        "step": "submit_order",
        "status": 503,
        "service": "storefront",
        "trace_id": "cd" * 16,
    }
    return attempt | values


def heat_cell(seconds_ago: float, route: str, status: int, exchanges: int, failed: int = 0) -> Json:
    """One cell of the heat map, in a slot of a minute."""
    at = ago(seconds_ago)[:16] + ":00Z"
    return {"time": at, "method": "POST", "route": route, "status": status, "exchanges": exchanges, "failed": failed}


def funnel_step(step: str, reached: int = 0, started: int = 0, **values: object) -> Json:
    """One row of the funnel."""
    counts = dict.fromkeys(("skipped", "lost", "error_caused", "in_progress"), 0)
    row: Json = {"step": step, "optional": False, "reached": reached, "share": reached / started if started else None}
    return row | counts | values


def lost_journey(journey_id: str, **values: object) -> Json:
    """A journey that ended a minute after it had started."""
    row: Json = {"journey_id": journey_id, "started": ago(2400), "ended": ago(2340)}
    return row | {"attempts": 3, "failed": 1, "error_caused": True} | values


def click_status(step: str, status: int, seconds: dict[int, int]) -> Json:
    """A failing status of a step: exchanges by whole seconds after the click."""
    counts = [seconds.get(second, 0) for second in range(61)]
    return {"step": step, "status": status, "exchanges": sum(counts), "failed": sum(counts), "seconds": counts}


def event(seconds_ago: float, step: str | None, method: str, route: str, status: int, **values: object) -> Json:
    """One exchange of a timeline."""
    exchange: Json = {
        "time": ago(seconds_ago),
        "kind": "exchange",
        "step": step,
        "service": "storefront",
        "method": method,
        "route": route,
        "status": status,
        "duration_ms": 12.5,
        "failed": False,
        "error_type": None,
        "dom_complete_ms": None,
        "first_screen_ms": None,
        "trace_id": "ef" * 16,
    }
    return exchange | values


@dataclass
class Answers:
    """What the API says from now on; `change()` tells the listeners of the stream."""

    journeys: list[Json] = field(default_factory=list)
    matrices: dict[str, list[Json]] = field(default_factory=dict)
    cells: list[Json] = field(default_factory=list)
    funnel: list[Json] = field(default_factory=list)
    clicks: Json = field(default_factory=lambda: {"statuses": [], "concentrations": []})
    dimensions: list[Json] = field(default_factory=list)
    lost: list[Json] = field(default_factory=list)
    rules: list[Json] | None = None
    ingest: Json = field(default_factory=dict)
    exchanges: list[Json] = field(default_factory=list)
    findings: list[Json] = field(default_factory=list)
    broken: list[Json] = field(default_factory=list)
    timelines: dict[str, list[Json]] = field(default_factory=dict)
    refusal: tuple[int, str] | None = None
    has_stream: bool = True
    asked: list[str] = field(default_factory=list)
    stored: int = 0
    listeners: list[asyncio.Queue[str]] = field(default_factory=list)
    streams: int = 0

    def change(self) -> None:
        """Store a row more, and send a `change` event to whoever listens."""
        self.stored += 1
        for changes in self.listeners:
            changes.put_nowait("change")

    def counted_rules(self) -> list[Json]:
        """The rules of the findings, unless others were given."""
        if self.rules is not None:
            return self.rules
        codes = dict.fromkeys([found["rule"] for found in self.findings])
        return [_counted([found for found in self.findings if found["rule"] == code]) for code in codes]

    def hang_up(self) -> None:
        """End the stream of whoever listens."""
        for changes in self.listeners:
            changes.put_nowait("")


def _counted(found: list[Json]) -> Json:
    newest = max(found, key=lambda each: each["time"])
    return {
        **{name: newest[name] for name in ("rule", "name", "severity")},
        "findings": len(found),
        "repaired": sum(each["repaired"] for each in found),
        "journeys": len({each["journey_id"] for each in found}),
        "last": newest["time"],
    }


def contract_app(answers: Answers) -> Starlette:
    """The page and the API that gives `answers`."""

    def answer(request: Request, document: Json | None) -> Response:
        return answer_with(answers, request, document)

    async def journeys(request: Request) -> Response:
        return answer(request, {"from": ago(900), "to": ago(0), "journeys": answers.journeys})

    async def matrix(request: Request) -> Response:
        name = request.path_params["name"]
        steps = answers.matrices.get(name)
        found = None if steps is None else {"journey": name, "from": ago(900), "to": ago(0), "steps": steps}
        return answer(request, found)

    async def findings(request: Request) -> Response:
        return answer(request, {"findings": answers.findings})

    async def broken(request: Request) -> Response:
        journey = request.query_params.get("journey", "")
        return answer(request, {"broken": [each for each in answers.broken if journey in ("", each["journey"])]})

    async def timeline(request: Request) -> Response:
        journey_id = request.path_params["journey_id"]
        events = answers.timelines.get(journey_id)
        found = None if events is None else {"journey_id": journey_id, "journey": "checkout", "events": events}
        return answer(request, found)

    async def stream(_: Request) -> Response:
        if not answers.has_stream:
            return problem(503, "No stream today.")
        return StreamingResponse(events_of(answers), media_type="text/event-stream")

    return Starlette(
        routes=[
            Route("/api/journeys", journeys),
            Route("/api/journeys/{name}/matrix", matrix),
            *panel_routes(answers),
            Route("/api/findings", findings),
            Route("/api/broken", broken),
            Route("/api/timelines/{journey_id}", timeline),
            Route("/api/stream", stream),
            *dashboard_routes(),
        ]
    )


def answer_with(answers: Answers, request: Request, document: Json | None) -> Response:
    """The document, unless there is none or the store refuses."""
    answers.asked.append(f"{request.url.path}?{request.url.query}")
    if answers.refusal is not None:
        status, detail = answers.refusal
        return problem(status, detail)
    return problem(404, "There is no such thing.") if document is None else JSONResponse(document)


def panel_routes(answers: Answers) -> list[Route]:
    """What the other panels ask, and what is behind their cells."""

    async def heatmap(request: Request) -> Response:
        bounds = {"from": ago(900)[:16] + ":00Z", "to": ago(-60)[:16] + ":00Z", "slot_ms": 60_000}
        return answer_with(answers, request, {"journey": request.path_params["name"], **bounds, "cells": answers.cells})

    async def exchanges(request: Request) -> Response:
        return answer_with(answers, request, {"exchanges": answers.exchanges, "next": None})

    async def ingest(request: Request) -> Response:
        known: Json = {"is_storing": True, "heartbeat_age_ms": 4000.0, "last_telemetry": ago(3), "newest": ago(4)}
        known |= {"counted": ago(1), "unread_days": 0}
        return answer_with(answers, request, known | answers.ingest)

    def of(path: str, document: Callable[[], Json]) -> Route:
        async def one(request: Request) -> Response:
            whose = {"journey": request.path_params["name"]} if request.path_params else {}
            return answer_with(answers, request, {**whose, "from": ago(900), "to": ago(0), **document()})

        return Route(path, one)

    return [
        Route("/api/ingest", ingest),
        Route("/api/journeys/{name}/heatmap", heatmap),
        Route("/api/journeys/{name}/exchanges", exchanges),
        of("/api/journeys/{name}/funnel", lambda: {"steps": answers.funnel}),
        of("/api/journeys/{name}/clicks", lambda: answers.clicks),
        of("/api/journeys/{name}/dimensions", lambda: {"step": None, "values": answers.dimensions}),
        of("/api/journeys/{name}/lost", lambda: {"step": "", "lost": answers.lost, "next": None}),
        of("/api/findings/rules", lambda: {"rules": answers.counted_rules()}),
    ]


def problem(status: int, detail: str) -> Response:
    """An error answer as RFC 9457 has it."""
    document = {"title": "Error", "status": status, "detail": detail}
    return JSONResponse(document, status_code=status, media_type="application/problem+json")


async def events_of(answers: Answers) -> AsyncIterator[str]:
    """One listener's stream: what is stored now, and again after each change."""
    changes: asyncio.Queue[str] = asyncio.Queue()
    answers.listeners.append(changes)
    answers.streams += 1
    try:
        event = "change"
        while event:
            yield f'event: {event}\ndata: {{"steps": {answers.stored}, "findings": 0}}\n\n'
            event = await changes.get()
    finally:
        answers.listeners.remove(changes)
