# SPDX-License-Identifier: Apache-2.0
"""Brings a ClickHouse that a Collector fills up to date: tables and views, the configured journeys, then old rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from seeother.journey import Journey

from .backfill import backfill
from .cluster import clustered
from .exporter import exporter_migrations
from .fold import Progress, fold
from .migrate import Migration, migrate, read_migrations
from .port import Engine
from .retention import COUNT_DAYS, RAW_DAYS, keep
from .routes import SESSION


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was applied, whether rows were made anew, and how many days of the exporter's were read."""

    applied: list[Migration]
    refolded: bool
    days: int


def upgrade(
    engine: Engine,
    journeys: Iterable[Journey],
    *,
    identity: str = SESSION,
    cluster: str | None = None,
    kept: tuple[timedelta, timedelta] = (RAW_DAYS, COUNT_DAYS),
    report: Callable[[Progress], None] = lambda _: None,
) -> Upgraded:
    """Do all of it; may be repeated at any time, and goes on where it was cut off. Raises StoreError.

    On a `cluster` retention and folding are left to its owner: both alter tables that we know only by their parts.
    """
    wanted = [*read_migrations(), *exporter_migrations(engine)]
    applied = migrate(engine, wanted if cluster is None else clustered(wanted, cluster))
    if cluster is not None:
        return Upgraded(applied, refolded=False, days=0)
    keep(engine, *kept)
    refolded = fold(engine, journeys, identity=identity, report=report)
    return Upgraded(applied, refolded, backfill(engine, report))
