# SPDX-License-Identifier: Apache-2.0
"""What watch says about the run, asked over its own API."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from httpx2 import AsyncClient

__all__ = ["Picture", "ask_counted", "ask_stored", "ask_watch"]

JOURNEY = "checkout"
LATEST = 5  # findings to show; how many there are is another question
ROWS = re.compile(r'^seeother_rows\{table="(\w+)"\} (\d+)$', re.MULTILINE)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """One look at watch: outcomes, steps, the latest findings, and how many rows its tables have."""

    journeys: Row = field(default_factory=Row)
    matrix: list[Row] = field(default_factory=list[Row])
    findings: list[Row] = field(default_factory=list[Row])
    stored: dict[str, int] = field(default_factory=dict[str, int])


async def ask_watch(client: AsyncClient, url: str, since: datetime) -> Picture:
    """The numbers since then; raises HTTPError when watch does not answer."""

    async def ask(path: str, **query: str) -> Any:  # noqa: ANN401  # JSON
        answer = await client.get(url + path, params={"from": since.isoformat(), **query})
        return answer.raise_for_status().json()

    journeys = (await ask("/api/journeys"))["journeys"]
    matrix = (await ask(f"/api/journeys/{JOURNEY}/matrix"))["steps"]
    findings = (await ask("/api/findings", limit=str(LATEST)))["findings"]
    outcomes: Row = next((journey for journey in journeys if journey["journey"] == JOURNEY), {})
    counts = {name: outcomes[name] for name in outcomes if name not in {"journey", "steps"}}
    return Picture(counts, matrix, findings, await ask_stored(client, url))


async def ask_counted(client: AsyncClient, url: str) -> datetime | None:
    """As of when watch has counted how journeys ended; None when it has not yet."""
    counted = (await client.get(url + "/api/ingest")).raise_for_status().json()["counted"]
    return None if counted is None else datetime.fromisoformat(counted)


async def ask_stored(client: AsyncClient, url: str) -> dict[str, int]:
    """How many rows each table has."""
    metrics = (await client.get(url + "/metrics")).raise_for_status().text
    return {table: int(rows) for table, rows in ROWS.findall(metrics)}
