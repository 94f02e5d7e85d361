# SPDX-License-Identifier: Apache-2.0
"""The inventory over HTTP."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from seeother_shop.database import Database
from seeother_shop.demo.cast import Databases
from seeother_shop.inventory import Inventory, create_app
from tests.clock import FakeClock

_ORDER = {"order": "a", "lines": [{"product": "mug", "quantity": 1}, {"product": "mug", "quantity": 2}]}


@pytest.fixture
def clock() -> FakeClock:
    """Time that a test sets."""
    return FakeClock()


@pytest.fixture
def client(databases: Databases, clock: FakeClock) -> Iterator[TestClient]:
    """An inventory with four of everything; its sweeper does not run by itself."""
    with Database(databases.inventory) as database:
        app = create_app(database, ("lamp", "mug"), stock=4, hold_seconds=60, clock=clock)
        yield TestClient(app)


def _mugs(client: TestClient) -> tuple[int, int, int]:
    level = next(level for level in client.get("/stock").json() if level["product"] == "mug")
    return level["on_hand"], level["reserved"], level["sold"]


def test_a_reservation_is_held_and_sold(client: TestClient, clock: FakeClock) -> None:
    """Lines of one product are added up, and every call may come twice."""
    made = client.post("/reservations", json=_ORDER)
    again = client.post("/reservations", json=_ORDER)
    held = _mugs(client)
    sold = [client.post("/reservations/a/commit").json()["state"] for _ in range(2)]

    assert made.status_code == 201
    assert made.json() == again.json() == {"order": "a", "state": "held", "expires_at": clock.time() + 60}
    assert held == (1, 3, 0)
    assert sold == ["committed", "committed"]
    assert _mugs(client) == (1, 0, 3)


def test_a_shortage_is_a_problem_that_names_the_product(client: TestClient) -> None:
    """A program learns what there is too little of."""
    answer = client.post("/reservations", json={"order": "a", "lines": [{"product": "mug", "quantity": 5}]})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["product"] == "mug"
    assert _mugs(client) == (4, 0, 0)


def test_what_is_not_bought_in_time_goes_back(client: TestClient, clock: FakeClock) -> None:
    """The sweep puts back what is overdue and nothing else; who pays after all still gets it while it is there."""
    inventory: Inventory = client.app.state.inventory  # type: ignore[attr-defined]  # TestClient types it as any ASGI app
    client.post("/reservations", json=_ORDER)

    clock.advance(59)
    early = inventory.sweep()
    clock.advance(1)
    late = inventory.sweep()

    assert (early, late) == (0, 1)
    assert _mugs(client) == (4, 0, 0)
    assert client.post("/reservations/a/commit").json()["state"] == "committed"
    assert _mugs(client) == (1, 0, 3)


def test_what_is_confirmed_outlives_its_time(client: TestClient, clock: FakeClock) -> None:
    """Nobody loses under a payment what was held when it began; what nobody ever pays goes back all the same."""
    inventory: Inventory = client.app.state.inventory  # type: ignore[attr-defined]  # TestClient types it as any ASGI app
    client.post("/reservations", json=_ORDER)

    confirmed = [client.post("/reservations/a/confirm").json()["state"] for _ in range(2)]
    clock.advance(24 * 3600)
    kept = inventory.sweep(), _mugs(client)
    clock.advance(7 * 24 * 3600)

    assert confirmed == ["held", "held"]
    assert kept == (0, (1, 3, 0))
    assert (inventory.sweep(), _mugs(client)) == (1, (4, 0, 0))


def test_what_has_gone_cannot_be_confirmed(client: TestClient, clock: FakeClock) -> None:
    """A reservation whose time is over is made again while the stock is there, else it says of what there is none."""
    inventory: Inventory = client.app.state.inventory  # type: ignore[attr-defined]  # TestClient types it as any ASGI app
    client.post("/reservations", json=_ORDER)
    clock.advance(60)
    inventory.sweep()

    client.post("/reservations", json={"order": "b", "lines": [{"product": "mug", "quantity": 2}]})
    gone = client.post("/reservations/a/confirm")
    client.post("/reservations/b/release")
    again = client.post("/reservations/a/confirm")

    assert (gone.status_code, gone.json()["product"]) == (409, "mug")
    assert (again.json()["state"], _mugs(client)) == ("held", (1, 3, 0))
    assert client.post("/reservations/none/confirm").status_code == 409


def test_orders_at_once_take_what_there_is_and_no_more(databases: Databases) -> None:
    """Twelve want one of four, each of them twice at once: four get it, and every unit is somewhere."""
    with Database(databases.inventory) as database, ThreadPoolExecutor(12) as hands:
        client = TestClient(create_app(database, ("lamp", "mug"), stock=4))
        wanted = [{"order": f"o{n % 12}", "lines": [{"product": "mug", "quantity": 1}]} for n in range(24)]

        made = [hands.submit(client.post, "/reservations", json=order) for order in wanted]

        assert sorted(each.result().status_code for each in made) == [201] * 8 + [409] * 16
        assert _mugs(client) == (0, 4, 0)


def test_what_was_sold_is_not_put_back(client: TestClient) -> None:
    """A release that comes too late is refused, and changes nothing."""
    client.post("/reservations", json=_ORDER)
    client.post("/reservations/a/commit")

    answer = client.post("/reservations/a/release")

    assert answer.status_code == 409
    assert _mugs(client) == (1, 0, 3)


@pytest.mark.parametrize(
    "order", [{}, {"order": "a", "lines": []}, {"order": "a", "lines": [{"product": "mug", "quantity": 0}]}]
)
def test_nonsense_is_refused(client: TestClient, order: object) -> None:
    """An order without a name, without lines, or for no units is not understood."""
    assert client.post("/reservations", json=order).status_code == 422


def test_a_second_start_keeps_the_stock(tmp_path: Path) -> None:
    """A restart fills up nothing that was sold."""
    with Database(f"sqlite:///{tmp_path / 'stock.db'}") as database:
        first = TestClient(create_app(database, ("mug",), stock=4))
        first.post("/reservations", json={"order": "a", "lines": [{"product": "mug", "quantity": 3}]})
        first.post("/reservations/a/commit")

        second = TestClient(create_app(database, ("lamp", "mug"), stock=4))

        assert _mugs(second) == (1, 0, 3)
