# SPDX-License-Identifier: Apache-2.0
"""The whole shop is killed while people click twice and send everything again: its books balance.

Ten kills here, five on each engine; `make crash` has five hundred on each. `test_shop.py` has the services as commands.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.faults.crash import crew
from tests.faults.crash.crowd import PEOPLE
from tests.seeother_shop.premises import in_postgres
from tests.servers.postgres_server import PostgresServer

PROGRAM = "tests.faults.crash.shop"
FEW = 5
KILLS = crew.KILLS // 20 or FEW
SECONDS_A_KILL = 6.0  # on a machine that has much else to do

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240 + SECONDS_A_KILL * KILLS)]

Killing = Callable[..., dict[str, Any]]


@pytest.fixture(params=["sqlite", "postgresql"])
def killing(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Killing]:
    """Kills so many services, on each of the engines; the report."""
    began = time.monotonic()

    def told(kills: int, wrong: list[str]) -> None:
        if crew.KILLS:
            with capsys.disabled():
                crew.progress(kills, wrong, time.monotonic() - began)

    with ExitStack() as stack:
        database = "sqlite"
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres_server")
            database = stack.enter_context(in_postgres(server)).shop.partition("?")[0]
        folder = stack.enter_context(crew.folder())

        def kill(kills: int, *mode: str) -> dict[str, Any]:
            seed = secrets.randbelow(1 << 30)
            return crew.run(PROGRAM, [(str(folder), database, str(kills), str(seed), *mode)], told)

        yield kill


def test_a_shop_under_kills_keeps_its_books(killing: Killing, capsys: pytest.CaptureFixture[str]) -> None:
    """No order twice, no charge twice, no paid order lost, each unit of stock somewhere, nobody waits for ever."""
    report = killing(KILLS)
    if crew.KILLS:
        with capsys.disabled():
            crew.say("\n" + json.dumps(report, indent=1) + "\n")

    assert report["wrong"] == []
    assert report["kills"] >= KILLS
    assert report["bought"] >= PEOPLE


@pytest.mark.parametrize("killing", ["sqlite"], indirect=True)
def test_a_shop_without_its_guard_is_found_out(killing: Killing) -> None:
    """Where the guard only observes, a double click is two orders: who buys sees it, and who reads the books."""
    wrong = killing(1, "observe")["wrong"]

    assert any("one form has led to the orders" in each for each in wrong)
    assert any("duplicate orders" in each and not each.startswith("0") for each in wrong)
