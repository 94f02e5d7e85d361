# SPDX-License-Identifier: Apache-2.0
"""Processes that die and ledgers that go away: nothing runs twice, nobody hears of a success that nobody remembers."""

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.contract.idempotency.site import ENTRANCES, Site
from tests.servers.redis_server import OwnRedis
from tests.servers.relay import Relay

ROOT = Path(__file__).parents[3]


@pytest.fixture
def distant(address: str) -> str:
    """Where a ledger is that can be away."""
    if address.startswith("memory:"):
        pytest.skip("what is in memory dies with its process, and is always there")
    return address


class Line(NamedTuple):
    """Where a ledger is, and how to take it away."""

    address: str
    cut: Callable[[], object]


@pytest.fixture
def line(distant: str) -> Iterator[Line]:
    """A server's behind a relay; of a file somebody else holds the lock."""
    parts = urlsplit(distant)
    if parts.scheme == "sqlite":
        holder = sqlite3.connect(parts.path[1:], isolation_level=None, check_same_thread=False)
        yield Line(distant.partition("?")[0], lambda: holder.execute("BEGIN EXCLUSIVE"))
        holder.close()
        return
    relay = Relay(parts.port or 0)
    yield Line(distant.replace(f":{parts.port}", f":{relay.port}"), relay.close)
    relay.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How an action ended is tried to be written down for a second, not five: a test can wait for that."""
    for room in ("postgres_line", "redis_line", "redis_threads", "sqlite_errand"):
        monkeypatch.setattr(f"seeother.ledger.{room}.ENDING_SECONDS", 1.0)


@pytest.fixture(params=sorted(ENTRANCES))
def entrance(request: pytest.FixtureRequest) -> str:
    """Each way in."""
    name: str = request.param
    return name


@pytest.mark.slow
async def test_action_whose_process_was_killed_is_unknown(distant: str, entrance: str, tmp_path: Path) -> None:
    """The effect is there and the answer is not: first it seems to run, then nobody knows, and never a second run."""
    effect = tmp_path / "effect"
    command = [sys.executable, "-m", "tests.contract.idempotency.killed", entrance, distant, str(effect)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    assert await process.wait() == -9
    site = Site(ENTRANCES[entrance], distant, {})

    problems: list[str] = []
    while "outcome-unknown" not in problems:
        again = await site.ask()
        assert again.status == 409
        problems.append(again.problem)
        await asyncio.sleep(0.02)
    await site.close()

    assert set(problems) <= {"in-progress", "outcome-unknown"}
    assert effect.read_text() == "/probe\n"
    assert site.world.runs == []


@pytest.mark.parametrize("down", ["refuse", "proceed"])
async def test_ledger_that_is_away_refuses_or_lets_pass(line: Line, entrance: str, down: str) -> None:
    """As the route declares; what is refused has not run, and nobody waits for long."""
    site = Site(ENTRANCES[entrance], line.address, {"ledger_down": down})
    await site.ask(key='"before"')
    line.cut()

    answer = await asyncio.wait_for(site.ask(), 10)
    await site.close()

    if down == "refuse":
        assert (answer.status, answer.problem, len(site.world.runs)) == (503, "ledger-unavailable", 1)
        assert int(answer.get(b"retry-after")[0]) >= 1
    else:
        assert (answer.status, len(site.world.runs)) == (201, 2)


@pytest.mark.usefixtures("impatient")
async def test_success_that_cannot_be_written_down_is_withheld(line: Line, entrance: str) -> None:
    """Whoever saw it would not ask, and whoever asks would have it done again."""
    site = Site(ENTRANCES[entrance], line.address, {})
    first = asyncio.ensure_future(site.ask("wait"))
    await site.begun()
    line.cut()
    site.world.go.set()

    answer = await first
    await site.close()

    assert (answer.status, answer.problem) == (503, "outcome-unrecorded")
    assert len(site.world.runs) == 1


@pytest.mark.usefixtures("impatient")
async def test_server_of_the_ledger_dies_during_an_action(entrance: str, own_redis: Callable[..., OwnRedis]) -> None:
    """A real one; what it forgets is why the success was withheld."""
    server = own_redis()
    site = Site(ENTRANCES[entrance], f"{server.url}?loss=accepted", {})
    first = asyncio.ensure_future(site.ask("wait"))
    await site.begun()
    server.kill()
    site.world.go.set()

    answer = await first
    later = await site.ask("wait")
    await site.close()

    assert (answer.status, answer.problem) == (503, "outcome-unrecorded")
    assert (later.status, later.problem) == (503, "ledger-unavailable")
    assert len(site.world.runs) == 1
