# SPDX-License-Identifier: Apache-2.0
"""The shapes of the API's answers. Times are RFC 3339, durations milliseconds, rates fractions; no data is null."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

Rate = Annotated[float | None, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class JourneyOutcomes(BaseModel):
    """How the journeys of one name ended; `started` is the sum of the others."""

    journey: str
    steps: list[str]
    started: Count
    success: Count
    abandoned: Count
    error: Count
    timeout: Count
    in_progress: Count


class Journeys(BaseModel):
    """All configured journeys, and the outcomes of those that started in the period."""

    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    journeys: list[JourneyOutcomes]


class FirstScreen(BaseModel):
    """Time to the first screen in milliseconds, measured by browsers."""

    mean: float | None = None
    p75: float | None = None


class MatrixStep(BaseModel):
    """How one step fared. The rates' denominators: attempts, page views, and journeys that reached the step."""

    step: str
    attempts: Count = 0
    failed: Count = 0
    broken: Count = 0
    http_error_rate: Rate = None
    js_error_rate: Rate = None
    abandonment_rate: Rate = None
    first_screen_ms: FirstScreen = FirstScreen()
    coverage: Rate = None


class Matrix(BaseModel):
    """A journey's steps in their configured order, then any others that were recorded."""

    journey: str
    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    steps: list[MatrixStep]


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


class Findings(BaseModel):
    """Findings, the newest first."""

    findings: list[FoundRow]


class BrokenRow(BaseModel):
    """One attempt that failed and was not repaired within 60 seconds."""

    time: datetime
    journey: str | None
    journey_id: str
    step: str
    status: int | None
    service: str | None
    trace_id: str | None


class Broken(BaseModel):
    """Broken attempts, the newest first."""

    broken: list[BrokenRow]


class TimelineEvent(BaseModel):
    """One exchange of a journey."""

    time: datetime
    step: str | None
    service: str | None
    method: str | None
    route: str | None
    status: int | None
    duration_ms: float
    failed: bool
    trace_id: str | None


class Timeline(BaseModel):
    """What happened on one journey, in order."""

    journey_id: str
    journey: str | None
    events: list[TimelineEvent]


class Alive(BaseModel):
    """The process answers."""

    status: str = "ok"


class Ready(BaseModel):
    """The store answers, and how much it holds; times are null as long as there was no such thing."""

    status: str = "ready"
    store: str
    spans: Count
    log_records: Count
    heartbeat_age_ms: float | None
    last_telemetry: datetime | None


class Change(BaseModel):
    """How much is stored, sent whenever it has changed."""

    steps: Count
    findings: Count
