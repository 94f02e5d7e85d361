# SPDX-License-Identifier: Apache-2.0
"""Others hear of every turn of an order, also when they were away."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from seeother.errors import PeerError
from seeother.ledger import Outbox, once
from seeother.telemetry import current, resume
from seeother_shop import inventory
from seeother_shop.database import Database
from seeother_shop.inventory import Stock
from seeother_shop.storefront import open_errands
from seeother_shop.storefront.clerk import Clerk
from seeother_shop.storefront.errands import Errands
from seeother_shop.storefront.orders import decline, fail, pay
from seeother_shop.storefront.stockroom import Stockroom
from seeother_shop.storefront.till import Till
from tests.clock import FakeClock
from tests.seeother_shop.premises import open_service
from tests.seeother_shop.storefront.counter import counter, kinds, placed

_NOBODY = "http://127.0.0.1:9"  # the discard port: nobody listens there


class _Told(Clerk):
    """A clerk who goes nowhere and writes down where he was sent; `refuses` is what the inventory says no to."""

    def __init__(self, database: Database, refuses: str = "") -> None:
        stockroom, till = Stockroom(_NOBODY), Till(_NOBODY, "key")
        stockroom.close()
        till.close()
        super().__init__(database, stockroom, till, FakeClock(), merchant="Linden", webhook_url=_NOBODY)
        self.told: list[tuple[str, str]] = []
        self.journeys: list[str | None] = []
        self._refuses = refuses

    def prepare(self, order_id: str) -> None:
        self.told.append((order_id, "prepare"))

    def tell(self, order_id: str, errand: str) -> bool:
        self.told.append((order_id, errand))
        context = current()
        self.journeys.append(context.journey_id if context is not None else None)
        return errand != self._refuses


@contextmanager
def _errands(database: Database, clerk: Clerk, clock: FakeClock) -> Generator[Errands]:
    errands = Errands(database, clerk, clock)
    yield errands
    errands.stop()


def _sold(database: Database) -> list[tuple[int, int]]:
    with database.reading() as session:
        return [(row.on_hand, row.sold) for row in session.scalars(select(Stock).order_by(Stock.product))]


@contextmanager
def _clerk(database: Database, origin: str, clock: FakeClock) -> Generator[Clerk]:
    stockroom, till = Stockroom(origin), Till(_NOBODY, "key")
    yield Clerk(database, stockroom, till, clock, merchant="Linden", webhook_url=_NOBODY)
    stockroom.close()
    till.close()


def test_an_errand_is_repeated_until_it_was_heard(tmp_path: Path) -> None:
    """While nobody answers it stays in the queue and waits longer each time; it is done once somebody does."""
    clock = FakeClock()
    with counter(tmp_path) as shop, Database(f"sqlite:///{tmp_path / 'stock.db'}") as shelf:
        with once(shop.writers) as action:
            order_id = placed(action, mug=2).id
            pay(action, order_id, now=clock.time())
        with open_service("127.0.0.1", lambda _: inventory.create_app(shelf, ("mug", "lamp"), stock=5)) as origin:
            stockroom = Stockroom(origin)
            stockroom.reserve(order_id, {"mug": 2})
            stockroom.close()

        with _clerk(shop, _NOBODY, clock) as clerk, _errands(shop, clerk, clock) as errands:
            errands.run_now()
        away = open_errands(shop)
        with (
            open_service("127.0.0.1", lambda _: inventory.create_app(shelf, ("mug", "lamp"))) as origin,
            _clerk(shop, origin, clock) as clerk,
            _errands(shop, clerk, clock) as errands,
        ):
            errands.run_due()
            early = open_errands(shop)
            clock.advance(1)
            errands.run_due()

        assert (away, early, open_errands(shop)) == (1, 1, 0)
        assert _sold(shelf) == [(5, 0), (3, 2)]


def test_an_errand_is_run_once(tmp_path: Path) -> None:
    """What was heard is not told again."""
    with counter(tmp_path) as shop:
        clerk = _Told(shop)
        with once(shop.writers) as action:
            order_id = placed(action, mug=1).id
            fail(action, order_id, "no answer", now=0.0)

        with _errands(shop, clerk, FakeClock()) as errands:
            errands.run_now()
            errands.run_now()
            errands.run_due()

    assert clerk.told == [(order_id, "prepare"), (order_id, "release")]


def test_an_order_that_is_paid_after_all_keeps_its_stock(tmp_path: Path) -> None:
    """A release that nobody has told yet is left out once money was taken."""
    with counter(tmp_path) as shop:
        with once(shop.writers) as action:
            order_id = placed(action, mug=1).id
            decline(action, order_id, "declined", now=0.0)
            pay(action, order_id, now=1.0)

        with _clerk(shop, _NOBODY, FakeClock()) as clerk:
            assert clerk.tell(order_id, "release")
            with pytest.raises(PeerError):
                clerk.tell(order_id, "commit")


def test_what_the_inventory_refuses_is_not_tried_again_and_not_forgotten(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told, counted as open, and found among the dead letters."""
    with counter(tmp_path) as shop:
        clerk = _Told(shop, refuses="commit")
        with once(shop.writers) as action:
            pay(action, placed(action, mug=1).id, now=0.0)

        with _errands(shop, clerk, FakeClock()) as errands:
            errands.run_now()
            errands.run_now()

        dead = Outbox(shop.readers, print).dead()
        assert [letter.kind for letter in dead] == ["commit"]
        assert (kinds(shop), open_errands(shop), len(clerk.told)) == ([], 1, 2)
    assert "refuses to commit" in caplog.text


def test_an_errand_belongs_to_the_journey_that_it_came_from(tmp_path: Path) -> None:
    """The background knows no journey of its own; the errand does."""
    journey = "0af7651916cd43dd8448eb211c80319c"
    ordered = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01", "baggage": f"journey.id={journey},journey.name=checkout"}
    with counter(tmp_path) as shop:
        clerk = _Told(shop)
        with resume(ordered), once(shop.writers) as action:
            pay(action, placed(action, mug=1).id, now=0.0)
        with once(shop.writers) as action:
            pay(action, placed(action, lamp=1).id, now=0.0)

        with _errands(shop, clerk, FakeClock()) as errands:
            errands.run_due()

    assert clerk.journeys == [journey, None]
