# SPDX-License-Identifier: Apache-2.0
"""`/healthz`, `/readyz` and `/metrics`: whether watch lives, whether it can answer, and what it has taken in."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from seeother.watch.questions import TOTALS, VOLUME
from seeother.watch.receive import Receiver

from .answers import Alive, Ready
from .desk import Desk
from .exposition import Metric, to_text
from .problem import PROBLEM_RESPONSES

_MEDIA_TYPE = "text/plain; version=0.0.4"
_US_IN_S = 1_000_000


def add_health(api: FastAPI, desk: Desk, receiver: Receiver) -> None:
    """Add all three paths."""

    @api.get("/healthz")
    async def healthz() -> Alive:
        """Whether the process answers."""
        return Alive()

    @api.get("/readyz", responses=PROBLEM_RESPONSES)
    async def readyz() -> Ready:
        """Whether the store answers, and how much it holds."""
        row = (await desk.asker.ask(VOLUME))[0]
        return Ready(store=desk.store_address, spans=row["spans"], log_records=row["log_records"])

    @api.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Counters for Prometheus."""
        volume = (await desk.asker.ask(VOLUME))[0]
        totals = await desk.asker.ask(TOTALS)

        def of_steps(column: str, unit: float = 1) -> list[tuple[dict[str, str], float]]:
            return [({"journey": row["journey"], "step": row["step"]}, row[column] / unit) for row in totals]

        answers = [({"signal": signal, "status": str(status)}, n) for (signal, status), n in receiver.answers.items()]
        rejected = [({"signal": signal}, n) for signal, n in receiver.rejected.items()]
        return PlainTextResponse(
            to_text(
                [
                    Metric("seeother_otlp_requests_total", "Requests with telemetry, by answer.", answers),
                    Metric("seeother_rejected_records_total", "Spans and log records refused one by one.", rejected),
                    Metric("seeother_held_bytes", "Telemetry under way.", [({}, receiver.held_bytes)], kind="gauge"),
                    Metric(
                        "seeother_rows", "Rows in the store.", [({"table": k}, v) for k, v in volume.items()], "gauge"
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
