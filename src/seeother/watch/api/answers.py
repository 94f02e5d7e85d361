# SPDX-License-Identifier: Apache-2.0
"""The shapes of the API's answers. Times are RFC 3339, durations milliseconds, rates fractions; no data is null."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

Rate = Annotated[float | None, Field(ge=0, le=1)]  # its description says of what
Count = Annotated[int, Field(ge=0)]
Milliseconds = Annotated[float | None, Field(ge=0)]
Next = Annotated[str | None, Field(description="What to send as `after` for the page after this one; null: the last.")]


class Bounded(BaseModel):
    """An answer about a period: `from` is inside of it, `to` outside; both are whole minutes."""

    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")


class JourneyOutcomes(BaseModel):
    """How the journeys of one name ended; `started` is the sum of the others, `error_caused` is part of two."""

    journey: str
    steps: list[str]
    started: Count
    success: Count
    abandoned: Count
    error: Count
    timeout: Count
    in_progress: Count
    error_caused: Count = Field(description="Abandoned or in error, and left within 10 s of a failed attempt.")
    sli: Rate = Field(default=None, description="1 - error / (success + error + timeout): abandonment does not count.")


class Journeys(Bounded):
    """All configured journeys, and the outcomes of those that started in the period."""

    journeys: list[JourneyOutcomes]


class Durations(BaseModel):
    """A duration's exact mean and its percentiles, which lie within 4.5 % of the value at that rank."""

    mean: Milliseconds = None
    p50: Milliseconds = None
    p75: Milliseconds = None
    p95: Milliseconds = None


_OF_JOURNEYS = "of the journeys that started in the period and attempted the step."
_OF_VIEWS = "of the page views that a browser reported."


class MatrixStep(BaseModel):
    """How one step fared; each rate says of what it is a share."""

    step: str
    attempts: Count = Field(default=0, description="Entries into the step.")
    failed: Count = Field(
        default=0, description="Answered 4xx or 5xx that the route does not declare, cut or timed out."
    )
    broken: Count = Field(default=0, description="Failed, and not repaired by a success within 60 s.")
    replayed: Count = Field(default=0, description="Attempts that the ledger answered.")
    http_error_rate: Rate = Field(default=None, description="Failed with a status of 400 or more, of `attempts`.")
    js_error_rate: Rate = Field(default=None, description=f"With an uncaught script error, {_OF_VIEWS}")
    abandonment_rate: Rate = Field(default=None, description=f"Ended here without success, {_OF_JOURNEYS}")
    error_caused_rate: Rate = Field(
        default=None, description=f"Ended here within 10 s of a failed attempt, {_OF_JOURNEYS}"
    )
    slow_rate: Rate = Field(default=None, description=f"More than 8 s until complete, or never, {_OF_VIEWS}")
    answer_ms: Durations = Field(default=Durations(), description="From request to end of answer, of `attempts`.")
    dom_complete_ms: Durations = Field(default=Durations(), description="Until complete, of page views that ever were.")
    first_screen_ms: Durations = Field(
        default=Durations(), description="Largest contentful paint, of page views with one."
    )
    coverage: Rate = Field(default=None, description="Page views that a browser reported, of the pages served.")
    is_partial: bool = Field(default=False, description="Browsers told of less than 80 % of the pages served.")
    provisional: list[str] = Field(default=[], description="May still change: broken, abandonment_rate.")


class Matrix(Bounded):
    """A journey's steps in their configured order, then any others that were recorded."""

    journey: str
    steps: list[MatrixStep]


class FunnelStep(BaseModel):
    """How far journeys came; each counts once."""

    step: str
    optional: bool
    reached: Count = Field(default=0, description="Attempted the step or a later one.")
    attempted: Count = Field(default=0, description="Attempted the step.")
    passed: Count = Field(default=0, description="Attempted it without failing, at least once.")
    skipped: Count = Field(default=0, description="Attempted only a later one.")
    lost: Count = Field(default=0, description="Ended here without success.")
    error_caused: Count = Field(default=0, description="Of `lost`: ended within 10 s of a failed attempt.")
    in_progress: Count = Field(default=0, description="Are here, and may still go on.")
    share: Rate = Field(default=None, description="`reached`, of the journeys that started in the period.")


class Funnel(Bounded):
    """The steps of the journeys that started in the period."""

    journey: str
    steps: list[FunnelStep]


class HeatCell(BaseModel):
    """Exchanges of one route with one status in one slot of time."""

    time: datetime
    method: str | None
    route: str | None
    status: int | None
    exchanges: Count
    failed: Count


class Heatmap(Bounded):
    """Route by status by time, cells without exchanges left out.

    Slots start at `from`, which is rounded down to where a clock in UTC that counts in slots began one.
    """

    journey: str
    slot_ms: Count
    cells: list[HeatCell]


class ClickStatus(BaseModel):
    """How long after the click one status came at one step: exchanges by whole seconds, the last for 60 and more."""

    step: str | None
    status: int | None
    exchanges: Count
    failed: Count
    seconds: list[Count]


class Concentration(BaseModel):
    """Where a failing status is concentrated: the step with most of it, and the share that came there within 3 s."""

    status: int | None
    step: str | None
    exchanges: Count
    share: Rate = Field(
        description="Exchanges at the step within 3 s of the click, of all `exchanges` with the status."
    )


class Clicks(Bounded):
    """Step by status, and how many seconds after the click each came."""

    journey: str
    statuses: list[ClickStatus]
    concentrations: list[Concentration]


class DimensionValue(BaseModel):
    """Attempts by one property of the client, such as the os_version iOS 17.4, and the statuses they got."""

    dimension: str
    value: str
    attempts: Count
    failed: Count
    failed_rate: Rate = Field(description="`failed`, of `attempts`.")
    statuses: dict[str, Count] = Field(description="Attempts by status; 0 when no head was sent.")


class Dimensions(Bounded):
    """What is known of the clients, and how their attempts fared; of each dimension the most frequent values first."""

    journey: str
    step: str | None
    values: list[DimensionValue]


class SubmitRow(BaseModel):
    """Answers to submits of a step with one status, beside the pages that followed within 60 s."""

    step: str
    status: int | None
    submits: Count
    followed: Count
    slow: Count
    answer_ms: Durations
    dom_complete_ms: Durations


class Submits(Bounded):
    """Response times of submits beside domComplete of the pages that follow them."""

    journey: str
    submits: list[SubmitRow]


class UptimeWindow(BaseModel):
    """The worst window of one length: the share of people's time in which they could go on."""

    window_s: Count
    uptime: Rate = Field(description="Time in which people could go on, of the time in which they were there.")
    until: datetime = Field(serialization_alias="to")


class Uptime(Bounded):
    """Windowed user-uptime (Meaningful Availability, NSDI 2020); empty when nobody was there."""

    journey: str
    windows: list[UptimeWindow]
