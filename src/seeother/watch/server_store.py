# SPDX-License-Identifier: Apache-2.0
"""A store on a ClickHouse server, which a Collector fills: brought up to date, but not yet served."""

from collections.abc import Callable

from seeother.settings import Settings

from .warehouse import Progress, upgrade
from .warehouse.clickhouse import ClickHouseEngine

_BAR = 30  # characters
_SCHEMES = ("clickhouse://", "clickhouses://")


def is_on_a_server(store: str) -> bool:
    """Whether this is the address of a server."""
    return store.startswith(_SCHEMES)


def upgrade_server(settings: Settings, report: Callable[[Progress], None]) -> list[str]:
    """Bring the configured store up to date; a line for each thing that was done. Raises StoreError."""
    watch = settings.watch
    engine = ClickHouseEngine(watch.store)
    try:
        done = upgrade(
            engine,
            settings.journeys,
            identity=watch.journey_id,
            cluster=watch.cluster,
            kept=(watch.keep, watch.keep_counts),
            report=report,
        )
    finally:
        engine.close()
    lines = [f"applied {migration.number:04} {migration.name}" for migration in done.applied]
    lines += ["made all rows anew for the configured journeys"] if done.refolded else []
    lines += [f"read {done.days} days of the exporter's tables"] if done.days else []
    return lines


def progress_bar(progress: Progress) -> str:
    """How far it is, in one line."""
    filled = _BAR * progress.done // progress.total
    return f"[{'#' * filled}{'.' * (_BAR - filled)}] {progress.day}, day {progress.done + 1} of {progress.total}"
