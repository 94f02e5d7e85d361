# SPDX-License-Identifier: Apache-2.0
"""A storefront's database to test moves on, without sockets."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from seeother.ledger import Action, Outbox
from seeother_shop import storefront
from seeother_shop.database import Database, migrate
from seeother_shop.storefront import Cart, Order, Shelf
from seeother_shop.storefront.address import Address
from seeother_shop.storefront.carts import put
from seeother_shop.storefront.orders import place

ADDRESS = Address("Ada", "ada@example.org", "Square 12", "SW1Y", "London", "GB")
PRICES = {"lamp": 12_800, "mug": 1_800}


@contextmanager
def counter(folder: Path) -> Generator[Database]:
    """An empty storefront that sells a lamp and a mug."""
    with Database(f"sqlite:///{folder / 'storefront.db'}") as database:
        migrate(database, Path(storefront.__file__).parent / "migrations")
        with database.writing() as session:
            session.add_all(
                Shelf(slug=slug, position=0, name=slug.title(), price_minor=price, currency="EUR")
                for slug, price in PRICES.items()
            )
        yield database


def filled(session: Session, cart_id: str | None = None, **quantities: int) -> Cart:
    """A cart with so many of each."""
    cart: Cart | None = None
    for slug, quantity in quantities.items():
        cart = put(session, cart_id, session.get_one(Shelf, slug), quantity, now=1.0)
        cart_id = cart.id
    assert cart is not None
    return cart


def placed(action: Action[Session], **quantities: int) -> Order:
    """An order of so many of each, from a cart of its own."""
    cart = filled(action.session, None, **quantities)
    order = place(action, cart, ADDRESS, return_url="http://127.0.0.1/payments/return", now=2.0)
    action.session.flush()
    return order


def kinds(database: Database) -> list[str]:
    """The errands that wait, oldest first."""
    return [letter.kind for letter in Outbox(database.readers, print).waiting()]
