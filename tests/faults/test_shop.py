# SPDX-License-Identifier: Apache-2.0
"""Services that are killed while people buy: no order is lost, none is made or paid twice, and no stock goes astray."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from seeother_shop.database import Database
from seeother_shop.demo.cast import Databases
from seeother_shop.storefront import Order, OrderState
from tests.seeother_shop.buyer import Buyer
from tests.seeother_shop.premises import Premises, in_files, in_postgres
from tests.seeother_shop.processes import ROOMS, Processes, buy, insist, started
from tests.servers.postgres_server import PostgresServer

_BUYERS = 4
_EACH = 3  # purchases
_KILLS = 5

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.timeout(300)]  # test_crash_shop.py asks more


def _orders(premises: Premises) -> tuple[int, int, list[str]]:
    """How many orders there are, from how many forms, and where they stand."""
    with Database(premises.database("storefront")) as database, database.reading() as session:
        made, forms = session.execute(
            select(func.count(), func.count(Order.form_key.distinct())).select_from(Order)
        ).one()
        return made, forms, sorted(set(session.scalars(select(Order.state))))


def _shop_for_long(premises: Premises) -> int:
    with Buyer(premises) as buyer:
        for _ in range(_EACH):
            buy(buyer, "bud-vase")
    return _EACH


def _kill(processes: Processes, chance: random.Random) -> None:
    room = chance.choice(ROOMS)
    time.sleep(chance.uniform(0.1, 0.8))  # somewhere in somebody's purchase
    processes.kill(room)
    processes.start(room)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Three new databases, on each of the engines that there are."""
    if request.param == "sqlite":
        yield in_files(tmp_path)
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with in_postgres(server) as made:
            yield made


def test_a_shop_that_is_killed_again_and_again_keeps_its_books(tmp_path: Path, databases: Databases) -> None:
    """Everybody gets what they ordered, once; what was broken off goes on after the start."""
    chance = random.Random(1)  # noqa: S311 - which is killed, and when
    with started(tmp_path, databases) as processes, ThreadPoolExecutor(_BUYERS) as people:
        premises = processes.premises
        buying = [people.submit(_shop_for_long, premises) for _ in range(_BUYERS)]
        for _ in range(_KILLS):
            _kill(processes, chance)
        bought = sum(each.result() for each in buying)

        insist(premises.flush_webhooks, is_enough=lambda waiting: waiting == 0)
        insist(premises.books, is_enough=lambda books: books.balanced)
        books, (made, forms, states) = premises.books(), _orders(premises)

    assert bought == _BUYERS * _EACH
    assert (books.orders, books.charges, books.duplicate_charges) == (bought, bought, 0)
    assert (made, forms, states) == (bought, bought, [OrderState.PAID])
