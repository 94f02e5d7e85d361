# SPDX-License-Identifier: Apache-2.0
"""Where an order may go, and what the inventory is told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from seeother_shop.storefront import Cart, Errand, ErrandKind, Order, OrderState
from seeother_shop.storefront.orders import check, decline, fail, number, pay
from tests.seeother_shop.storefront.counter import counter, placed

_Move = Callable[[Session, str], None]


def _pay(session: Session, order_id: str) -> None:
    pay(session, order_id, now=3.0)


def _decline(session: Session, order_id: str) -> None:
    decline(session, order_id, "The card was declined.", now=3.0)


def _fail(session: Session, order_id: str) -> None:
    fail(session, order_id, "no stock", now=3.0)


@pytest.mark.parametrize(
    ("moves", "state", "errand"),
    [
        ([], OrderState.PLACED, None),
        ([check], OrderState.CHECKING, None),
        ([_pay], OrderState.PAID, ErrandKind.COMMIT),
        ([_pay, _pay], OrderState.PAID, ErrandKind.COMMIT),
        ([check, _pay], OrderState.PAID, ErrandKind.COMMIT),
        ([_pay, check], OrderState.PAID, ErrandKind.COMMIT),
        ([_decline], OrderState.DECLINED, ErrandKind.RELEASE),
        ([_decline, check], OrderState.DECLINED, ErrandKind.RELEASE),
        ([_pay, _decline], OrderState.PAID, ErrandKind.COMMIT),
        ([_fail], OrderState.FAILED, ErrandKind.RELEASE),
        ([_decline, _pay], OrderState.PAID, ErrandKind.COMMIT),
    ],
)
def test_an_order_moves_as_the_table_says(
    tmp_path: Path, moves: list[_Move], state: OrderState, errand: ErrandKind | None
) -> None:
    """Return and webhook come in any order and more than once; money that was taken decides."""
    with counter(tmp_path) as database:
        with database.writing() as session:
            order_id = placed(session, mug=2).id

        for move in moves:
            with database.writing() as session:
                move(session, order_id)

        with database.reading() as session:
            order, told = session.get_one(Order, order_id), session.get(Errand, order_id)
            cart = session.get_one(Cart, order.cart_id)
        assert order.state == state
        assert (told.errand if told else None) == errand
        assert bool(cart.lines) == (state != OrderState.PAID)


def test_only_a_declined_order_lets_another_one_be_made(tmp_path: Path) -> None:
    """The key of the cart's form is renewed when the person may order again, not while the outcome is open."""
    with counter(tmp_path) as database, database.writing() as session:
        first, second = placed(session, mug=1), placed(session, lamp=1)
        keys = [session.get_one(Cart, order.cart_id).form_key for order in (first, second)]

        check(session, first.id)
        _decline(session, second.id)

        assert session.get_one(Cart, first.cart_id).form_key == keys[0]
        assert session.get_one(Cart, second.cart_id).form_key != keys[1]


def test_an_order_keeps_the_price_of_its_day(tmp_path: Path) -> None:
    """A new price on the shelf changes no order."""
    with counter(tmp_path) as database, database.writing() as session:
        order = placed(session, mug=2, lamp=1)

        session.get_one(Cart, order.cart_id).lines[0].product.price_minor = 1

        assert order.total_minor == 2 * 1_800 + 12_800
        assert sum(line.quantity * line.price_minor for line in order.lines) == order.total_minor


def test_a_paid_order_without_its_time_cannot_be_written(tmp_path: Path) -> None:
    """The database refuses what the code ought never to say."""
    with counter(tmp_path) as database, pytest.raises(IntegrityError), database.writing() as session:
        placed(session, mug=1).state = OrderState.PAID


def test_ids_are_hard_to_guess_and_numbers_are_easy_to_read(tmp_path: Path) -> None:
    """An id is all that a guest needs to see an order; its number is for the telephone."""
    with counter(tmp_path) as database, database.writing() as session:
        ids = {placed(session, mug=1).id for _ in range(20)}

    assert len(ids) == 20
    assert {len(order_id) for order_id in ids} == {20}
    assert number("7kq2m9xdabcdefghjkmn") == "7KQ2-M9XD"
