# SPDX-License-Identifier: Apache-2.0
"""Whatever happens to watch, what it acknowledged is stored, once, in every table."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.servers.program import free_port

from .ingest.flood import SPANS, Flood
from .ingest.overload import overload
from .ingest.station import Station

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # engines start and stop on a busy machine

KILLS = 3
MEMORY = 2_000_000_000  # bytes; the engine may take one thousand million, bodies that are held and Python the rest


def test_overload_is_refused_and_costs_no_memory() -> None:
    """The short form of `make overload`: three times of what it can take, for some seconds."""
    result = overload(8)

    assert result.answers[503] > 0
    assert result.answers[200] > 0
    assert set(result.answers) <= {200, 429, 503}
    assert result.without_pause == 0
    assert (result.lost, result.doubled) == (0, 0)
    assert not any(result.derived.values())
    assert max(result.memory) < MEMORY


def test_killed_under_load_it_has_everything_once(tmp_path: Path) -> None:
    """Senders insist until they are acknowledged, in other company each time; nothing is missing, nothing twice."""
    station = Station(tmp_path, free_port())
    flood = Flood(station.port, insists=True)
    rng = random.Random(303)  # noqa: S311 - a test

    async def insist() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(flood.run(3600, 24))
            for _ in range(KILLS):
                known = len(flood.acknowledged)
                while len(flood.acknowledged) < known + 40:  # noqa: ASYNC110 - and a moment by chance
                    await asyncio.sleep(rng.random() / 4)
                station.kill()
                await asyncio.to_thread(station.start)
            flood.end()

    with station.running():
        asyncio.run(insist())
    spans, derived = station.counts()

    assert flood.cut > 0
    assert len(flood.acknowledged) == len(set(flood.acknowledged))
    assert spans == dict.fromkeys(flood.acknowledged, SPANS)
    assert derived == dict.fromkeys(derived, SPANS * len(flood.acknowledged))
