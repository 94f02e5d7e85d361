# SPDX-License-Identifier: Apache-2.0
"""A server that is cut off, stopped or killed in the middle of calls: what its ledger said has an explanation still."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from seeother.ledger import open_ledger
from tests.servers.postgres_server import OwnPostgres
from tests.servers.redis_server import DURABLE, OwnRedis
from tests.servers.relay import Relay

from .caller import Callers, histories
from .conftest import SERVERS
from .key_model import Key, step
from .linearizable import is_linearizable

pytestmark = pytest.mark.slow

CALLERS = 4  # of a ledger


def judged(folder: Path) -> Counter[str]:
    """Check each key's history; how often each thing was said."""
    found = histories(sorted(folder.glob("*.record")))
    for key, history in found.items():
        assert is_linearizable(history, Key(), step), f"the history of key {key} has no explanation: {history}"
    return Counter(f"{each.call.verb} {each.call.said}" for history in found.values() for each in history)


def called(url: str, folder: Path, calls: int) -> list[threading.Thread]:
    """Two ledgers at an address under way, one asked by threads and one by tasks."""

    def work(seed: int, way: str) -> None:
        with closing(open_ledger(url)) as ledger:
            callers = Callers(ledger, folder / f"{seed}.record", seed=seed, keys=12, calls=calls)
            getattr(callers, way)(CALLERS)

    under_way = [threading.Thread(target=work, args=each) for each in enumerate(("in_threads", "in_tasks"))]
    for thread in under_way:
        thread.start()
    return under_way


def ended(under_way: list[threading.Thread], disturb: Callable[[], None], longest: float = 0.05) -> int:
    """Disturb them until all have ended, `longest` seconds apart at the most; how often that was."""
    chance = random.Random(7)  # noqa: S311 - no secret
    times = 0
    while any(thread.is_alive() for thread in under_way):
        time.sleep(chance.uniform(0.005, longest))
        disturb()
        times += 1
    return times


@pytest.mark.parametrize("kind", sorted(SERVERS))
def test_connections_are_cut(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, relay: Callable[[int], Relay]
) -> None:
    """All at once, some before their question arrives and some before its answer does, again and again."""
    fixture, named = SERVERS[kind]
    server = request.getfixturevalue(fixture)
    between = relay(server.port)
    url = named(server.url).replace(f":{server.port}", f":{between.port}")

    # To connect takes PostgreSQL ten times as long.
    cuts = ended(called(url, tmp_path, 150), between.cut, longest=0.5 if kind == "postgres" else 0.05)

    said = judged(tmp_path)
    assert cuts > 3
    assert said["claim granted"] > 3


@pytest.mark.parametrize("patience", [0.05, 5.0])
def test_redis_is_stopped_and_goes_on(own_redis: Callable[..., OwnRedis], tmp_path: Path, patience: float) -> None:
    """Shorter than the patience or longer: calls that were given up take effect later, or not at all."""
    server = own_redis()

    def stop() -> None:
        server.pause()
        time.sleep(0.1)
        server.resume()

    stops = ended(called(f"{server.url}?loss=accepted&patience={patience}", tmp_path, 150), stop)

    said = judged(tmp_path)
    assert stops > 1
    assert said["claim granted"] > 3


@pytest.mark.parametrize("patience", [0.05, 5.0])
def test_postgres_is_stopped_and_goes_on(own_postgres: OwnPostgres, tmp_path: Path, patience: float) -> None:
    """As with Redis."""
    open_ledger(f"{own_postgres.url}?patience=9").close()

    def stop() -> None:
        own_postgres.pause()
        time.sleep(0.1)
        own_postgres.resume()

    stops = ended(called(f"{own_postgres.url}?patience={patience}", tmp_path, 100), stop)

    said = judged(tmp_path)
    assert stops > 1
    assert sum(said.values()) > 20


def test_redis_is_killed_and_comes_back(own_redis: Callable[..., OwnRedis], tmp_path: Path) -> None:
    """With each write on disk before it is answered, it forgets nothing."""
    server = own_redis(*DURABLE)

    def kill() -> None:
        server.kill()
        server.start()

    kills = ended(called(f"{server.url}?patience=5", tmp_path, 400), kill)

    said = judged(tmp_path)
    assert kills > 1
    assert said["claim granted"] > 3


def test_postgres_is_killed_and_comes_back(own_postgres: OwnPostgres, tmp_path: Path) -> None:
    """With all processes that serve it."""
    under_way = called(f"{own_postgres.url}?patience=5", tmp_path, 300)
    time.sleep(0.2)
    own_postgres.kill()
    own_postgres.start()
    for thread in under_way:
        thread.join()

    said = judged(tmp_path)
    assert said["claim granted"] > 3
