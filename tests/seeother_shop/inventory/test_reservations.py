# SPDX-License-Identifier: Apache-2.0
"""Units move and none is made or lost, in whatever order the calls come and however often."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from seeother_shop.database import Database, migrate
from seeother_shop.inventory import Hold, Reservation, ReservationLine, Stock
from seeother_shop.inventory.app import stock_up
from seeother_shop.inventory.reservations import RefusalError, commit, confirm, expire, release, reserve

_VERSIONS = Path(__file__).parents[3] / "src/seeother_shop/inventory/migrations"
_EACH = 10
_PRODUCTS = ("lamp", "mug")
_ORDERS = st.sampled_from(["a", "b", "c"])
_WANTED = st.dictionaries(st.sampled_from(_PRODUCTS), st.integers(1, 7), min_size=1)


def _stocked(path: Path) -> Database:
    database = Database(f"sqlite:///{path}")
    migrate(database, _VERSIONS)
    with database.writing() as session:
        stock_up(session, _PRODUCTS, each=_EACH)
    return database


@pytest.fixture(scope="module", autouse=True)
def _shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with _stocked(tmp_path_factory.mktemp("stock") / "stock.db") as database:
        Movements.database = database
        yield


class Movements(RuleBasedStateMachine):
    """Calls at random against SQLite, and beside it a model that knows only what each order holds."""

    database: ClassVar[Database]  # one file for all runs, emptied before each

    def __init__(self) -> None:
        """Begin with a stocked shelf and no order."""
        super().__init__()
        self._database = self.database
        with self._database.writing() as session:
            for table in (ReservationLine, Reservation, Stock):
                session.execute(delete(table))
            stock_up(session, _PRODUCTS, each=_EACH)
        self._now = 0.0
        self._model: dict[str, tuple[str, dict[str, int], float]] = {}

    def _free(self, product: str) -> int:
        gone = {Hold.HELD, Hold.COMMITTED}
        return _EACH - sum(lines.get(product, 0) for state, lines, _ in self._model.values() if state in gone)

    def _try(self, *, allowed: bool, move: Callable[[Session], object]) -> None:
        try:
            with self._database.writing() as session:
                move(session)
        except RefusalError:
            assert not allowed
        else:
            assert allowed

    @rule(order=_ORDERS, wanted=_WANTED, seconds=st.integers(1, 5))
    def reserves(self, order: str, wanted: dict[str, int], seconds: int) -> None:
        """A reservation is made when all of it is there, and repeated when it is the same."""
        state, lines, _ = self._model.get(order, ("", {}, 0.0))
        fits = all(self._free(product) >= quantity for product, quantity in wanted.items())
        is_repeated = state in {Hold.HELD, Hold.COMMITTED} and lines == wanted
        expires_at = self._now + seconds

        self._try(
            allowed=is_repeated or (not state and fits),
            move=lambda session: reserve(session, order, wanted, expires_at=expires_at),
        )

        if not state and fits:
            self._model[order] = (Hold.HELD, wanted, expires_at)

    @rule(order=_ORDERS)
    def commits(self, order: str) -> None:
        """What is held is sold; what had expired is sold if it is still there."""
        state, lines, expires_at = self._model.get(order, ("", {}, 0.0))
        fits = all(self._free(product) >= quantity for product, quantity in lines.items())
        allowed = state in {Hold.HELD, Hold.COMMITTED} or (state == Hold.EXPIRED and fits)

        self._try(allowed=allowed, move=lambda session: commit(session, order))

        if allowed:
            self._model[order] = (Hold.COMMITTED, lines, expires_at)

    @rule(order=_ORDERS, seconds=st.integers(1, 9))
    def confirms(self, order: str, seconds: int) -> None:
        """What is held is held for longer, never for less; what had expired is held again if it is still there."""
        state, lines, before = self._model.get(order, ("", {}, 0.0))
        fits = all(self._free(product) >= quantity for product, quantity in lines.items())
        allowed = state in {Hold.HELD, Hold.COMMITTED} or (state == Hold.EXPIRED and fits)
        expires_at = self._now + seconds

        self._try(allowed=allowed, move=lambda session: confirm(session, order, expires_at=expires_at))

        if allowed and state != Hold.COMMITTED:
            self._model[order] = (Hold.HELD, lines, max(before, expires_at))

    @rule(order=_ORDERS)
    def releases(self, order: str) -> None:
        """What is held goes back; what is sold stays sold; an order that never came is shut out."""
        state, lines, expires_at = self._model.get(order, ("", {}, 0.0))

        self._try(allowed=state != Hold.COMMITTED, move=lambda session: release(session, order, now=self._now))

        if state in {"", Hold.HELD}:
            self._model[order] = (Hold.RELEASED, lines if state else {}, expires_at)

    @rule(seconds=st.integers(0, 4))
    def time_passes(self, seconds: int) -> None:
        """What is overdue goes back."""
        self._now += seconds
        with self._database.writing() as session:
            while expire(session, now=self._now):
                pass
        for order, (state, lines, expires_at) in self._model.items():
            if state == Hold.HELD and expires_at <= self._now:
                self._model[order] = (Hold.EXPIRED, lines, expires_at)

    @invariant()
    def every_unit_is_where_the_model_says(self) -> None:
        """On hand, reserved and sold are what the orders hold, and add up."""
        with self._database.reading() as session:
            for stock in session.scalars(select(Stock)):
                held, sold = (
                    sum(lines.get(stock.product, 0) for state, lines, _ in self._model.values() if state == wanted)
                    for wanted in (Hold.HELD, Hold.COMMITTED)
                )
                assert (stock.reserved, stock.sold) == (held, sold)
                assert stock.on_hand == _EACH - held - sold
            states = {row.order: row.state for row in session.scalars(select(Reservation))}
        assert states == {order: state for order, (state, _, _) in self._model.items()}


TestMovements = Movements.TestCase
TestMovements.settings = settings(max_examples=40, stateful_step_count=20)  # each step is a transaction on disk


def test_a_release_that_overtakes_its_reserve_shuts_the_door(tmp_path: Path) -> None:
    """A reserve that arrives after its order was given up holds nothing for nobody."""
    with _stocked(tmp_path / "stock.db") as database:
        with database.writing() as session:
            release(session, "a", now=0.0)

        with pytest.raises(RefusalError, match="released"), database.writing() as session:
            reserve(session, "a", {"mug": 1}, expires_at=10.0)


def test_a_shortage_names_the_product_and_takes_nothing(tmp_path: Path) -> None:
    """All of an order is held, or none of it."""
    with _stocked(tmp_path / "stock.db") as database:
        with pytest.raises(RefusalError) as refusal, database.writing() as session:
            reserve(session, "a", {"lamp": 1, "mug": _EACH + 1}, expires_at=10.0)

        with database.reading() as session:
            assert session.get_one(Stock, "lamp").on_hand == _EACH
        assert refusal.value.product == "mug"


@pytest.mark.parametrize(("column", "change"), [("on_hand", 1), ("sold", 1), ("on_hand", -_EACH - 1)])
def test_the_database_itself_refuses_units_from_nowhere(tmp_path: Path, column: str, change: int) -> None:
    """A mistake in the code cannot be written down."""

    def spoil(session: Session) -> None:
        stock = session.get_one(Stock, "mug")
        setattr(stock, column, getattr(stock, column) + change)

    with _stocked(tmp_path / "stock.db") as database, pytest.raises(IntegrityError), database.writing() as session:
        spoil(session)
