# SPDX-License-Identifier: Apache-2.0
"""Carts, and the key that goes with their content."""

from pathlib import Path

from seeother.ledger import once
from seeother_shop.storefront import Cart
from seeother_shop.storefront.carts import MOST_OF_ONE, count, put, remove, take_out_what_was_paid, total_minor
from seeother_shop.storefront.orders import place
from seeother_shop.storefront.tables import Shelf
from tests.seeother_shop.storefront.counter import ADDRESS, counter, filled


def _content(cart: Cart) -> dict[str, int]:
    return {line.slug: line.quantity for line in cart.lines}


def test_the_key_stays_as_long_as_the_content_does(tmp_path: Path) -> None:
    """Two looks at one cart give one key; putting in and taking out give another each; a needless removal does not."""
    with counter(tmp_path) as database:
        keys: list[str] = []
        with database.writing() as session:
            cart = filled(session, mug=1)
            keys.append(cart.form_key)
            remove(session, cart.id, "lamp", now=2.0)
            keys.append(cart.form_key)
            put(session, cart.id, session.get_one(Shelf, "lamp"), 1, now=3.0)
            keys.append(cart.form_key)
            remove(session, cart.id, "lamp", now=4.0)
            keys.append(cart.form_key)

    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert all(len(key) >= 22 for key in keys)


def test_a_cart_adds_up_and_has_a_limit(tmp_path: Path) -> None:
    """The same thing put in again counts on, up to what a cart takes of one thing."""
    with counter(tmp_path) as database, database.writing() as session:
        cart = filled(session, mug=2, lamp=1)

        filled(session, cart.id, mug=3)
        five = (_content(cart), total_minor(cart), count(cart))
        filled(session, cart.id, mug=MOST_OF_ONE)

        assert five == ({"mug": 5, "lamp": 1}, 5 * 1_800 + 12_800, 6)
        assert _content(cart)["mug"] == MOST_OF_ONE


def test_an_unknown_cart_is_a_new_one(tmp_path: Path) -> None:
    """Nobody chooses the id of a cart."""
    with counter(tmp_path) as database, database.writing() as session:
        cart = filled(session, "mine", mug=1)

        assert cart.id != "mine"
        assert session.get(Cart, "mine") is None


def test_what_was_put_in_after_ordering_stays(tmp_path: Path) -> None:
    """The order's things leave the cart when they are paid, and nothing else."""
    with counter(tmp_path) as database, once(database.writers) as action:
        session = action.session
        cart = filled(session, mug=2, lamp=1)
        order = place(action, cart, ADDRESS, return_url="", now=2.0)
        filled(session, cart.id, mug=1)
        key = cart.form_key

        take_out_what_was_paid(session, order, now=3.0)

        assert _content(cart) == {"mug": 1}
        assert cart.form_key != key
