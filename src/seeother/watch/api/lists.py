# SPDX-License-Identifier: Apache-2.0
"""The shapes of lists: attempts, findings, timelines. Times are RFC 3339, durations milliseconds; no data is null."""

from datetime import datetime

from pydantic import BaseModel, Field

from .answers import Bounded, Count, Milliseconds, Next


class FoundRow(BaseModel):
    """One finding."""

    time: datetime
    rule: str
    name: str
    severity: str
    message: str
    method: str | None
    route: str | None
    status: int | None
    repaired: bool
    service: str | None
    journey: str | None
    journey_id: str | None
    step: str | None
    trace_id: str | None


class Findings(Bounded):
    """Findings, the newest first."""

    findings: list[FoundRow]
    next: Next = None


class RuleRow(BaseModel):
    """How often one rule was violated, and by how many journeys."""

    rule: str
    name: str | None
    severity: str | None
    findings: Count
    repaired: Count
    journeys: Count
    first: datetime
    last: datetime


class Rules(Bounded):
    """Rules with findings in the period, the most frequent first."""

    rules: list[RuleRow]


class BrokenRow(BaseModel):
    """One attempt that failed and was not repaired within 60 seconds.

    Slow: the page that followed took more than 8 s to be complete, or never was; null when no browser told.
    """

    time: datetime
    journey: str | None
    journey_id: str
    step: str
    status: int | None
    service: str | None
    trace_id: str | None
    provisional: bool = Field(description="A success may still repair it.")
    slow: bool | None
    dom_complete_ms: Milliseconds


class Broken(Bounded):
    """Broken attempts, the newest first."""

    broken: list[BrokenRow]
    next: Next = None


class ExchangeRow(BaseModel):
    """One exchange of a journey."""

    time: datetime
    journey_id: str
    step: str | None
    service: str | None
    method: str | None
    route: str | None
    status: int | None
    duration_ms: float
    failed: bool
    trace_id: str | None


class Exchanges(Bounded):
    """Exchanges behind a cell of the matrix or of the heat map, the newest first."""

    journey: str
    exchanges: list[ExchangeRow]
    next: Next = None


class LostRow(BaseModel):
    """One journey that ended at a step without success."""

    journey_id: str
    started: datetime
    ended: datetime
    attempts: Count
    failed: Count
    error_caused: bool = Field(description="Left within 10 s of a failed attempt.")


class Lost(Bounded):
    """Journeys that started in the period and were lost at one step, the latest first."""

    journey: str
    step: str
    lost: list[LostRow]
    next: Next = None


class TimelineEvent(BaseModel):
    """One exchange of a journey, or what a browser said of a page: kind `navigation`, `vital` or `error`."""

    time: datetime
    kind: str
    step: str | None
    service: str | None
    method: str | None
    route: str | None
    status: int | None
    duration_ms: float | None
    failed: bool
    error_type: str | None
    replayed: bool
    dom_complete_ms: Milliseconds = Field(description="Of a navigation; null when its document was never complete.")
    first_screen_ms: Milliseconds
    trace_id: str | None


class Timeline(BaseModel):
    """What happened on one journey, in order."""

    journey_id: str
    journey: str | None
    events: list[TimelineEvent]
    is_cut: bool = Field(description="There is more than is told: ask again with `from` = the time of the last event.")
