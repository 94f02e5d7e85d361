# SPDX-License-Identifier: Apache-2.0
"""`/api/findings`, one by one and by rule, and the timeline of one journey."""

from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Path, Query
from pydantic import AwareDatetime

from seeother.watch.questions import FINDINGS, RULES, TIMELINE, WHEREABOUTS, Row

from .desk import Desk
from .journeys import milliseconds
from .lists import Findings, FoundRow, RuleRow, Rules, Timeline, TimelineEvent
from .paging import ROWS, After, Limit, read_page
from .period import Since, Until, exact_bounds, from_microseconds, read_period
from .problem import PROBLEM_RESPONSES
from .rows import known

JourneyId = Annotated[str, Path(max_length=1024, description="The journey's id, which may have slashes in it.")]
Start = Annotated[AwareDatetime | None, Query(alias="from", description="Start, RFC 3339; default: the first event.")]
End = Annotated[AwareDatetime | None, Query(alias="to", description="End, outside, RFC 3339; default: the last event.")]
Only = Annotated[str, Query(max_length=128, description="Only this one; default: all.")]


def add_findings(api: FastAPI, desk: Desk) -> None:
    """Add all three paths."""

    @api.get("/api/findings", responses=PROBLEM_RESPONSES)
    async def findings(
        since: Since = None,
        until: Until = None,
        rule: Only = "",
        journey: Only = "",
        limit: Limit = 100,
        after: After = None,
    ) -> Findings:
        """What the rules found in a period, the newest first."""
        period, page = read_period(since, until, desk.now()), read_page(limit, after)
        parameters = {**period.parameters, "rule": rule, "journey": journey, **page.parameters}
        rows = await desk.asker.ask(FINDINGS, **parameters)
        following = page.turn(rows, "span_id", "rule")
        found = [FoundRow(**_found(row)) for row in rows]
        return Findings(since=period.since, until=period.until, findings=found, next=following)

    @api.get("/api/findings/rules", responses=PROBLEM_RESPONSES)
    async def rules(since: Since = None, until: Until = None) -> Rules:
        """How often each rule was violated in a period."""
        period = read_period(since, until, desk.now())
        rows = await desk.asker.ask(RULES, **period.parameters)
        found = [
            RuleRow(
                rule=row["rule"],
                name=row["name"] or None,
                severity=row["severity"] or None,
                findings=row["findings"],
                repaired=row["repaired"],
                journeys=row["journeys"],
                first=from_microseconds(row["first_us"]),
                last=from_microseconds(row["last_us"]),
            )
            for row in rows
        ]
        return Rules(since=period.since, until=period.until, rules=found)

    @api.get("/api/timelines/{journey_id:path}", responses=PROBLEM_RESPONSES)
    async def timeline(journey_id: JourneyId, since: Start = None, until: End = None) -> Timeline:
        """What happened on one journey, in order."""
        bounds = exact_bounds(since, until)
        for seen in await desk.asker.ask(WHEREABOUTS, journey_id=journey_id):
            bounds["since"] = max(bounds["since"], seen["since_us"])
            bounds["until"] = min(bounds["until"], seen["until_us"])
        rows = await desk.asker.ask(TIMELINE, journey_id=journey_id, count=ROWS + 1, **bounds)
        if not rows:
            raise HTTPException(404, f"no exchange of a journey {journey_id!r} is stored")
        events = [_event(row) for row in rows[:ROWS]]
        journey = rows[0]["journey"] or None
        return Timeline(journey_id=journey_id, journey=journey, events=events, is_cut=len(rows) > ROWS)


def _event(row: Row) -> TimelineEvent:
    return TimelineEvent(
        duration_ms=milliseconds(row["duration_us"]) if row["kind"] == "exchange" else None,
        dom_complete_ms=milliseconds(row["dom_complete_us"], min(row["dom_complete_us"], 1)),
        first_screen_ms=milliseconds(max(row["first_screen_us"], 0)) if row["kind"] == "vital" else None,
        **known(row),
    )


def _found(row: Row) -> dict[str, Any]:
    # A guard always says these four; whoever else sends findings may not.
    return known(row) | {name: row[name] for name in ("rule", "name", "severity", "message")}
