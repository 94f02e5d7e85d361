# SPDX-License-Identifier: Apache-2.0
"""Components are killed wherever they write, and at random: one effect, one answer, and no key is lost for good.

300 kills here; `make crash` has ten thousand.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.crash import crew
from tests.faults.crash.cells import NAMES, PROMISES, Cell
from tests.faults.crash.points import points
from tests.servers.postgres_server import PostgresServer
from tests.servers.redis_server import RedisServer

FEW = 300
PROGRAM = "tests.faults.crash.matrix"
SECONDS_A_KILL = 0.6  # on a machine that has much else to do

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + SECONDS_A_KILL * max(crew.KILLS, FEW))]

Killing = Callable[..., dict[str, Any]]


@pytest.fixture
def killing(
    postgres_server: PostgresServer, redis_server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> Iterator[Killing]:
    """Kills so many components, in so many programs at a time; the report."""
    began = time.monotonic()

    def told(kills: int, wrong: list[str]) -> None:
        if crew.KILLS:
            with capsys.disabled():
                crew.progress(kills, wrong, time.monotonic() - began)

    with crew.folder() as folder:

        def kill(kills: int, *plant: str, programs: int = 1) -> dict[str, Any]:
            ways = [
                (str(folder), postgres_server.url, redis_server.url, str(kills // programs), str(seed), *plant)
                for seed in secrets.SystemRandom().sample(range(1 << 30), programs)
            ]
            return crew.run(PROGRAM, ways, told)

        yield kill


def test_no_kill_does_harm(killing: Killing, capsys: pytest.CaptureFixture[str]) -> None:
    """After each kill others ask until there is an answer, and the databases are read: I1 to I7 hold."""
    report = killing(crew.KILLS or FEW, programs=2)
    if crew.KILLS:
        with capsys.disabled():
            crew.say("\n" + json.dumps(report, indent=1) + "\n")

    assert report["wrong"] == []
    assert report["kills"] >= (crew.KILLS or FEW)
    assert set(report["by_cell"]) == {" ".join(name) for name in NAMES}
    assert labels() <= set(report["by_label"])
    assert report["sleeps"]


def labels() -> set[str]:
    """The labels of all points, and that of none."""
    cells = [Cell(*name, "", "", Path()) for name in NAMES]
    return {point.label for cell in cells for point in points(cell)} | {"at random"}


def test_every_ledger_keeps_every_promise_that_it_can() -> None:
    """What is not killed is said: a claim in memory dies with its process, so that a transaction must know of it."""
    assert {ledger: len(policies) for ledger, policies in PROMISES.items()} == {
        "memory": 1, "sqlite": 3, "postgres": 3, "redis": 3,
    }  # fmt: skip


# A fault, where it shows, and the invariant that it breaks.
PLANTED = [
    ("unfenced", "sqlite rerun", "asleep after business commit", "I5"),
    ("forgetful", "sqlite unknown", "mid-response", "I7"),
    ("silent", "sqlite unknown", "after business commit", "I1"),
    ("blind", "redis unknown", "before claim", "I4"),
    ("endless", "postgres unknown", "after ack", "I3"),
    ("apart", "sqlite transactional", "after business commit", "I1"),
    ("apart", "postgres transactional", "after business commit", "I1"),
]


@pytest.mark.parametrize(("fault", "cell", "label", "broken"), PLANTED)
def test_a_planted_fault_is_found(killing: Killing, fault: str, cell: str, label: str, broken: str) -> None:
    """A judge who finds nothing has to be able to: the same kills, with one mistake in the product."""
    report = killing(2, fault, cell, label)

    assert {wrong[:2] for wrong in report["wrong"]} >= {broken}
    assert killing(2, "", cell, label)["wrong"] == []
