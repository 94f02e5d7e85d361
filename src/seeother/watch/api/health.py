# SPDX-License-Identifier: Apache-2.0
"""`/healthz`, `/readyz` and `/metrics`: whether watch lives, whether it can answer, and what it has taken in."""

from fastapi import FastAPI, HTTPException
from fastapi.responses import PlainTextResponse

from seeother.watch.questions import NEWEST, TOTALS, VOLUME

from .desk import Desk
from .exposition import Metric, to_text
from .intake import Intake
from .period import to_microseconds
from .problem import PROBLEM_RESPONSES
from .state import Alive, Ready

_MEDIA_TYPE = "text/plain; version=0.0.4"
_US_IN_S = 1_000_000


def add_health(api: FastAPI, desk: Desk, intake: Intake) -> None:
    """Add all three paths."""

    @api.get("/healthz")
    async def healthz() -> Alive:
        """Whether the process answers."""
        return Alive()

    @api.get("/readyz", responses=PROBLEM_RESPONSES)
    async def readyz() -> Ready:
        """Whether the store answers and takes in telemetry, and how much it holds."""
        row = (await desk.prober.ask(VOLUME))[0]
        heartbeat = intake.heartbeat
        if heartbeat is not None and heartbeat.has_stopped:
            raise HTTPException(503, f"nothing could be stored for {heartbeat.age_seconds:.0f} seconds")
        return Ready(
            store=desk.store_address,
            spans=row["spans"],
            log_records=row["log_records"],
            heartbeat_age_ms=intake.heartbeat_age_ms,
            last_telemetry=intake.last_telemetry,
        )

    @api.get("/metrics", response_class=PlainTextResponse, responses=PROBLEM_RESPONSES)
    async def metrics() -> PlainTextResponse:
        """Counters for Prometheus."""
        volume = (await desk.asker.ask(VOLUME))[0]
        totals = await desk.asker.ask(TOTALS)
        newest_us = (await desk.asker.ask(NEWEST, now=to_microseconds(desk.now())))[0]["newest_us"]

        def of_steps(column: str, unit: float = 1) -> list[tuple[dict[str, str], float]]:
            return [({"journey": row["journey"], "step": row["step"]}, row[column] / unit) for row in totals]

        return PlainTextResponse(
            to_text(
                [
                    *_intake(intake),
                    Metric(
                        "seeother_rows", "Rows in the store.", [({"table": k}, v) for k, v in volume.items()], "gauge"
                    ),
                    Metric(
                        "seeother_newest_timestamp_seconds",
                        "From when the newest stored exchange or page is.",
                        _one(newest_us / _US_IN_S if newest_us else None),
                        "gauge",
                    ),
                    Metric("seeother_attempts_total", "Attempts of a step.", of_steps("attempts")),
                    Metric("seeother_failed_attempts_total", "Attempts that failed.", of_steps("failed")),
                    Metric("seeother_replayed_attempts_total", "Answered by the ledger.", of_steps("replayed")),
                    Metric(
                        "seeother_attempt_seconds_total", "Time taken to answer.", of_steps("duration_us", _US_IN_S)
                    ),
                ]
            ),
            media_type=_MEDIA_TYPE,
        )


def _one(value: float | None) -> list[tuple[dict[str, str], float]]:
    return [] if value is None else [({}, value)]


def _intake(intake: Intake) -> list[Metric]:
    """What came in, what did not, and since when nothing has."""
    servers, browsers = intake.servers, intake.browsers
    answers = [({"signal": signal, "status": str(status)}, n) for (signal, status), n in servers.answers.items()]
    answers += [({"signal": "browser", "status": str(status)}, n) for status, n in browsers.answers.items()]
    rejected = [({"signal": str(signal)}, n) for signal, n in servers.rejected.items()]
    rejected += [({"signal": "browser"}, browsers.rejected)] if browsers.rejected else []
    repeated = [({"signal": signal}, n) for signal, n in servers.repeated.items()]
    beat = None if intake.heartbeat is None else intake.heartbeat.age_seconds
    return [
        Metric("seeother_otlp_requests_total", "Requests with telemetry, by answer.", answers),
        Metric("seeother_rejected_records_total", "Spans and log records refused one by one.", rejected),
        Metric("seeother_repeated_bodies_total", "Requests whose content had been stored before.", repeated),
        Metric("seeother_held_bytes", "Telemetry under way.", [({}, servers.held_bytes)], "gauge"),
        Metric("seeother_heartbeat_age_seconds", "Since watch last stored its own telemetry.", _one(beat), "gauge"),
        Metric(
            "seeother_last_telemetry_timestamp_seconds",
            "When telemetry was last stored.",
            _one(servers.last_stored),
            "gauge",
        ),
    ]
