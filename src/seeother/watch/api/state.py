# SPDX-License-Identifier: Apache-2.0
"""The shapes of what watch says of itself."""

from datetime import datetime

from pydantic import BaseModel

from .answers import Count


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
