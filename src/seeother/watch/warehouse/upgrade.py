# SPDX-License-Identifier: Apache-2.0
"""Brings a ClickHouse that a Collector fills up to date: tables and views, the configured journeys, then old rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from seeother.journey import Journey

from .backfill import QUIET_SECONDS, backfill, is_cut_off, list_days, mend
from .cluster import clustered, on_cluster
from .dictionaries import on_server, reload_dictionaries, renew_dictionaries
from .exporter import EXPORTER_NUMBERS, exporter_migrations, pause, resume
from .fold import Progress, fold, is_folded, note_fold
from .migrate import Migration, migrate, read_migrations
from .port import Engine
from .retention import COUNT_DAYS, RAW_DAYS, keep
from .routes import SESSION, digest_of_routes, route_rows, write_routes


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
    login: tuple[str, str] = ("default", ""),
    cluster: str | None = None,
    kept: tuple[timedelta, timedelta] = (RAW_DAYS, COUNT_DAYS),
    quiet_seconds: int | None = QUIET_SECONDS,
    report: Callable[[Progress], None] = lambda _: None,
) -> Upgraded:
    """Do all of it; may be repeated at any time, and goes on where it was cut off. Raises StoreError.

    Without `quiet_seconds` (see backfill) old rows are left to be read later. The Collector may go on inserting. On a
    `cluster` new rows follow the journeys, and retention, rows of before and folding again are left to its owner: they
    alter tables that we know only by their parts.
    """
    journeys = list(journeys)
    (row,) = engine.rows("SELECT currentDatabase() AS name")
    wanted = on_server([*read_migrations(), *exporter_migrations(engine)], str(row["name"]), login)
    if cluster is not None:
        wanted = clustered(wanted, cluster)
    ours = [each for each in wanted if each.number not in EXPORTER_NUMBERS]
    # The exporter's views come last: before its first row comes through them, routes are known.
    applied = migrate(engine, ours, optional=EXPORTER_NUMBERS)
    renew_dictionaries(engine, ours)
    if cluster is not None:
        if not is_folded(engine, journeys, identity):
            rows = route_rows(journeys)
            note_fold(engine, "")
            write_routes(engine, rows, identity)
            reload_dictionaries(engine, ours, on_cluster(cluster))
            note_fold(engine, digest_of_routes(rows, identity))
        return Upgraded([*applied, *migrate(engine, wanted)], refolded=False, days=0)
    keep(engine, *kept)
    if not is_folded(engine, journeys, identity) or is_cut_off(engine):
        pause(engine)
    refolded = fold(engine, journeys, identity=identity, report=report)
    mend(engine)
    applied += migrate(engine, wanted)
    resume(engine, [each for each in wanted if each.number in EXPORTER_NUMBERS])
    list_days(engine)
    days = 0 if quiet_seconds is None else backfill(engine, report, quiet_seconds=quiet_seconds)
    return Upgraded(applied, refolded, days)
