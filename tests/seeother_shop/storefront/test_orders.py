# SPDX-License-Identifier: Apache-2.0
"""Where an order may go, and what the inventory is told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from seeother.ledger import Action, once
from seeother_shop.storefront import Cart, Errand, Order, OrderState
from seeother_shop.storefront.orders import check, decline, fail, number, pay
from tests.seeother_shop.storefront.counter import counter, kinds, placed

_Acting = Action[Session]
_Move = Callable[[_Acting, str], None]


def _pay(action: _Acting, order_id: str) -> None:
    pay(action, order_id, now=3.0)


def _decline(action: _Acting, order_id: str) -> None:
    decline(action, order_id, "The card was declined.", now=3.0)


def _fail(action: _Acting, order_id: str) -> None:
    fail(action, order_id, "no stock", now=3.0)


@pytest.mark.parametrize(
    ("moves", "state", "errands"),
    [
        ([], OrderState.PLACED, []),
        ([check], OrderState.CHECKING, [Errand.SETTLE]),
        ([check, check], OrderState.CHECKING, [Errand.SETTLE]),
        ([_pay], OrderState.PAID, [Errand.COMMIT]),
        ([_pay, _pay], OrderState.PAID, [Errand.COMMIT]),
        ([check, _pay], OrderState.PAID, [Errand.SETTLE, Errand.COMMIT]),
        ([_pay, check], OrderState.PAID, [Errand.COMMIT]),
        ([_decline], OrderState.DECLINED, [Errand.RELEASE]),
        ([_decline, check], OrderState.DECLINED, [Errand.RELEASE]),
        ([_pay, _decline], OrderState.PAID, [Errand.COMMIT]),
        ([_fail], OrderState.FAILED, [Errand.RELEASE]),
        ([_pay, _fail], OrderState.PAID, [Errand.COMMIT]),
        ([check, _fail], OrderState.CHECKING, [Errand.SETTLE]),
        ([_decline, _pay], OrderState.PAID, [Errand.RELEASE, Errand.COMMIT]),
    ],
)
def test_an_order_moves_as_the_table_says(
    tmp_path: Path, moves: list[_Move], state: OrderState, errands: list[Errand]
) -> None:
    """Return and webhook come in any order and more than once; money that was taken decides."""
    with counter(tmp_path) as database:
        with once(database.writers) as action:
            order_id = placed(action, mug=2).id

        for move in moves:
            with once(database.writers) as action:
                move(action, order_id)

        with database.reading() as session:
            order = session.get_one(Order, order_id)
            cart = session.get_one(Cart, order.cart_id)
        assert order.state == state
        assert kinds(database) == [Errand.PREPARE, *errands]
        assert bool(cart.lines) == (state != OrderState.PAID)


def test_only_an_order_that_came_to_nothing_lets_another_one_be_made(tmp_path: Path) -> None:
    """The key of the cart's form is renewed when the person may order again, not while the outcome is open."""
    with counter(tmp_path) as database, once(database.writers) as action:
        made = [placed(action, mug=1), placed(action, lamp=1), placed(action, lamp=2)]
        keys = [action.session.get_one(Cart, order.cart_id).form_key for order in made]

        check(action, made[0].id)
        _decline(action, made[1].id)
        _fail(action, made[2].id)

        now = [action.session.get_one(Cart, order.cart_id).form_key for order in made]
        assert [before == after for before, after in zip(keys, now, strict=True)] == [True, False, False]


def test_an_order_keeps_the_price_of_its_day(tmp_path: Path) -> None:
    """A new price on the shelf changes no order."""
    with counter(tmp_path) as database, once(database.writers) as action:
        order = placed(action, mug=2, lamp=1)

        action.session.get_one(Cart, order.cart_id).lines[0].product.price_minor = 1

        assert order.total_minor == 2 * 1_800 + 12_800
        assert sum(line.quantity * line.price_minor for line in order.lines) == order.total_minor


def test_a_paid_order_without_its_time_cannot_be_written(tmp_path: Path) -> None:
    """The database refuses what the code ought never to say."""
    with counter(tmp_path) as database, pytest.raises(IntegrityError), once(database.writers) as action:
        placed(action, mug=1).state = OrderState.PAID


def test_ids_are_hard_to_guess_and_numbers_are_easy_to_read(tmp_path: Path) -> None:
    """An id is all that a guest needs to see an order; its number is for the telephone."""
    with counter(tmp_path) as database, once(database.writers) as action:
        ids = {placed(action, mug=1).id for _ in range(20)}

    assert len(ids) == 20
    assert {len(order_id) for order_id in ids} == {20}
    assert number("7kq2m9xdabcdefghjkmn") == "7KQ2-M9XD"
