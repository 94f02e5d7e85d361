# SPDX-License-Identifier: Apache-2.0
"""Three times as much as watch can take: refusals that say when to come back, flat memory, nothing lost.

`python -m tests.faults.ingest.overload --minutes 10` is the whole of it; a test runs some seconds.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.servers.program import free_port

from .flood import SPANS, Flood
from .station import Station

FACTOR = 3
WARMING = 2  # seconds; the first inserts of a process take several times as long
CONNECTIONS = 128  # enough to find out how much is taken, and too few to be refused
CROWD = 512  # enough to fill all that watch is willing to hold
GROWTH = 1.15  # of memory, from the first third of the time to the last


@dataclass(frozen=True, slots=True)
class Result:
    """What an overload brought."""

    capacity: float  # spans a second
    offered: float  # spans a second
    taken: float  # spans a second
    answers: dict[int, int]
    without_pause: int
    slowest_probe: float  # seconds that the sign of life took at most
    memory: list[int]  # bytes, at even distances
    lost: int  # bodies that were acknowledged and are not whole in the store
    doubled: int  # spans beyond those that were sent
    derived: dict[str, int]  # rows of the tables that follow from spans, minus the spans

    @property
    def growth(self) -> float:
        """How the memory of the last third compares to that of the first, peak to peak."""
        third = max(len(self.memory) // 3, 1)
        return max(self.memory[-third:]) / max(self.memory[:third])


def overload(seconds: float) -> Result:
    """Find out how much is taken, offer three times of it, then look into the store."""
    with tempfile.TemporaryDirectory() as folder, Station(Path(folder), free_port()).running() as station:
        warm = Flood(station.port, _numbers=iter(range(1 << 61, 1 << 62)))
        asyncio.run(warm.run(WARMING, CONNECTIONS))
        measured = Flood(station.port)
        measuring = min(max(seconds / 4, 3), 30)
        asyncio.run(measured.run(measuring, CONNECTIONS))
        capacity = len(measured.acknowledged) / measuring
        flood = Flood(station.port, _numbers=iter(range(1 << 60, 1 << 61)))
        memory: list[int] = []
        slowest = asyncio.run(_watched(station, flood, seconds, capacity * FACTOR, memory))
        station.stop()
        spans, derived = station.counts()
    acknowledged = warm.acknowledged + measured.acknowledged + flood.acknowledged
    return Result(
        capacity=capacity * SPANS,
        offered=sum(flood.answers.values()) * SPANS / seconds,
        taken=flood.answers[200] * SPANS / seconds,
        answers=dict(flood.answers),
        without_pause=flood.without_pause,
        slowest_probe=slowest,
        memory=memory,
        lost=sum(spans.get(trace, 0) < SPANS for trace in acknowledged),
        doubled=sum(max(n - SPANS, 0) for n in spans.values()),
        derived={table: n - sum(spans.values()) for table, n in derived.items()},
    )


async def _watched(station: Station, flood: Flood, seconds: float, per_second: float, memory: list[int]) -> float:
    """Flood, and look at the process all the while; how long the sign of life took at most."""
    flooding = asyncio.create_task(flood.run(seconds, CROWD, per_second))
    slowest = 0.0
    while not flooding.done():
        memory.append(station.memory_bytes())
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", station.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await reader.read()
        writer.close()
        slowest = max(slowest, time.monotonic() - began)
        await asyncio.sleep(0.25)
    await flooding
    return slowest


def main() -> int:
    """Run, print, and answer 1 when something was lost or grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    result = overload(parser.parse_args().minutes * 60)
    low, high = min(result.memory) >> 20, max(result.memory) >> 20
    lines = (
        f"taken when asked for no more: {result.capacity:,.0f} spans/s",
        f"offered and taken in overload: {result.offered:,.0f} and {result.taken:,.0f} spans/s",
        f"answers: {result.answers}; refusals without a time to come back: {result.without_pause}",
        f"sign of life, slowest: {result.slowest_probe:.2f} s",
        f"memory: {low} to {high} MiB; the last third's peak is {result.growth:.2f} of the first's",
        f"acknowledged and lost: {result.lost}; doubled: {result.doubled}; tables off by {result.derived}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    whole = result.lost == result.doubled == result.without_pause == 0 and not any(result.derived.values())
    return 0 if whole and result.growth <= GROWTH and result.answers.get(503, 0) > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
