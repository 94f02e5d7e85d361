# SPDX-License-Identifier: Apache-2.0
"""The shapes of what watch says of itself."""

from datetime import datetime

from pydantic import BaseModel, Field

from .answers import Count, Milliseconds


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


class Ingest(BaseModel):
    """Whether telemetry gets in, and since when none has."""

    is_storing: bool | None = Field(
        description="Whether the heartbeat of this watch was stored lately; null: it has none, others fill the store."
    )
    heartbeat_age_ms: Milliseconds
    last_telemetry: datetime | None = Field(
        description="When this watch last stored servers' telemetry; null: not yet."
    )
    newest: datetime | None = Field(description="From when the newest stored exchange or page is, by its own clock.")
    counted: datetime | None = Field(
        description="As of when it is counted what broke and how journeys ended; null: not yet, or never."
    )
    unread_days: Count = Field(
        default=0, description="Days of a Collector's tables that are still to be read; too little is told of them."
    )


class Change(BaseModel):
    """How much is stored, sent whenever it has changed."""

    steps: Count
    findings: Count
    recounted: Count = Field(description="When it was last counted what came after, microseconds since the epoch.")
