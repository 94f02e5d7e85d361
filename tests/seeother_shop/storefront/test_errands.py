# SPDX-License-Identifier: Apache-2.0
"""The inventory hears of every end of an order, also when it was away."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from seeother.telemetry import current, resume
from seeother_shop import inventory
from seeother_shop.database import Database
from seeother_shop.inventory import Stock
from seeother_shop.storefront.errands import Errands
from seeother_shop.storefront.orders import decline, fail, pay
from seeother_shop.storefront.stockroom import Stockroom
from tests.clock import FakeClock
from tests.seeother_shop.premises import serving
from tests.seeother_shop.storefront.counter import counter, placed


def _sold(database: Database) -> list[tuple[int, int]]:
    with database.reading() as session:
        return [(row.on_hand, row.sold) for row in session.scalars(select(Stock).order_by(Stock.product))]


def test_an_errand_is_repeated_until_it_was_heard(tmp_path: Path) -> None:
    """While nobody answers it stays in the queue and waits longer each time; it is done once somebody does."""
    clock = FakeClock()
    with counter(tmp_path) as shop, Database(f"sqlite:///{tmp_path / 'stock.db'}") as shelf:
        with serving("127.0.0.1", lambda _: inventory.create_app(shelf, ("mug", "lamp"), stock=5)) as origin:
            stockroom = Stockroom(origin)
            errands = Errands(shop, stockroom, clock)
            with shop.writing() as session:
                order_id = placed(session, mug=2).id
            stockroom.reserve(order_id, {"mug": 2})
        with shop.writing() as session:
            pay(session, order_id, now=clock.time())

        errands.run(order_id)  # nobody listens any more
        away = errands.open()
        stockroom.close()
        with serving("127.0.0.1", lambda _: inventory.create_app(shelf, ("mug", "lamp"))) as origin:
            stockroom = Stockroom(origin)
            errands = Errands(shop, stockroom, clock)
            errands.run_due()
            early = errands.open()
            clock.advance(1)
            errands.run_due()
            stockroom.close()

        assert (away, early, errands.open()) == (1, 1, 0)
        assert _sold(shelf) == [(5, 0), (3, 2)]


def test_an_errand_is_run_once(tmp_path: Path) -> None:
    """What the inventory has heard is not told again."""
    told: list[tuple[str, str]] = []

    def tell(order_id: str, errand: str) -> bool:
        told.append((order_id, errand))
        return True

    with counter(tmp_path) as shop:
        errands = Errands(shop, _Stub(tell), FakeClock())
        with shop.writing() as session:
            order_id = placed(session, mug=1).id
            fail(session, order_id, "no answer", now=0.0)

        errands.run(order_id)
        errands.run(order_id)
        errands.run_due()

    assert told == [(order_id, "release")]


def test_a_replaced_errand_is_not_taken_for_done(tmp_path: Path) -> None:
    """An order that is paid while its release is being told still has its commit told."""
    told: list[str] = []
    with counter(tmp_path) as shop:
        with shop.writing() as session:
            order_id = placed(session, mug=1).id
            decline(session, order_id, "declined", now=0.0)

        def tell(_: str, errand: str) -> bool:
            told.append(errand)
            if errand == "release":
                with shop.writing() as session:
                    pay(session, order_id, now=1.0)
            return True

        errands = Errands(shop, _Stub(tell), FakeClock())
        errands.run(order_id)
        open_after_the_first = errands.open()
        errands.run(order_id)

    assert open_after_the_first == 1
    assert told == ["release", "commit"]


def test_a_repeated_errand_belongs_to_the_journey_that_it_came_from(tmp_path: Path) -> None:
    """The background knows no journey of its own; the errand does."""
    journey = "0af7651916cd43dd8448eb211c80319c"
    ordered = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01", "baggage": f"journey.id={journey},journey.name=checkout"}
    told: list[str | None] = []

    def tell(_order_id: str, _errand: str) -> bool:
        context = current()
        told.append(context.journey_id if context is not None else None)
        return True

    with counter(tmp_path) as shop:
        clock = FakeClock()
        with resume(ordered), shop.writing() as session:
            pay(session, placed(session, mug=1).id, now=clock.time())
        with shop.writing() as session:
            pay(session, placed(session, lamp=1).id, now=clock.time())
        clock.advance(60)

        Errands(shop, _Stub(tell), clock).run_due()

    assert told == [journey, None]


class _Stub(Stockroom):
    """A stockroom that is told things in this process."""

    def __init__(self, tell: Callable[[str, str], bool]) -> None:
        super().__init__("http://127.0.0.1:9")
        self.close()
        self._tell = tell

    def tell(self, order_id: str, errand: str) -> bool:
        return self._tell(order_id, errand)
