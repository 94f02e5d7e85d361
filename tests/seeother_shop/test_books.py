# SPDX-License-Identifier: Apache-2.0
"""The checker must be able to fail: each imbalance is planted and found."""

import sqlite3
from pathlib import Path

import pytest

from seeother.errors import StoreError
from seeother_shop.books import Books, read_books
from tests.seeother_shop.buyer import Buyer
from tests.seeother_shop.premises import open_shop


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The databases of a shop that sold two orders, declined none, and holds a third."""
    folder = tmp_path_factory.mktemp("sold")
    with open_shop(folder) as premises, Buyer(premises) as buyer:
        buyer.buy("oak-stool", 2)
        buyer.buy("bud-vase", 1)
        buyer.order("noon-clock", 1)
        premises.flush_webhooks()
        premises.await_books(lambda: premises.books().balanced)
    return folder


@pytest.fixture
def folder(sold: Path, tmp_path: Path) -> Path:
    """A copy of them, to spoil."""
    for room in ("storefront", "payments", "inventory"):
        with sqlite3.connect(sold / f"{room}.db") as source, sqlite3.connect(tmp_path / f"{room}.db") as copy:
            source.backup(copy)
        source.close()
        copy.close()
    return tmp_path


def _books(folder: Path) -> Books:
    urls = {room: f"sqlite:///{folder / room}.db" for room in ("storefront", "payments", "inventory")}
    return read_books(shop=urls["storefront"], payments=urls["payments"], inventory=urls["inventory"])


def _spoil(folder: Path, room: str, statement: str) -> None:
    connection = sqlite3.connect(folder / f"{room}.db")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_untouched_books_balance(folder: Path) -> None:
    """Two orders, two charges, three units sold, one held."""
    books = _books(folder)

    counts = {product.product: (product.reserved, product.sold) for product in books.products}
    assert books.balanced
    assert (books.orders, books.charges, books.duplicate_charges, books.unsettled_charges) == (2, 2, 0, 0)
    assert (counts["oak-stool"], counts["bud-vase"], counts["noon-clock"]) == ((0, 2), (0, 1), (1, 0))


@pytest.mark.parametrize(
    ("room", "statement", "wrong"),
    [
        (
            "payments",
            "INSERT INTO charges SELECT 3, payment_id, order_ref, amount_minor, currency, 1.0 FROM charges LIMIT 1",
            {"duplicate_charges": 1, "charges_match_orders": False},
        ),
        (
            "payments",
            "UPDATE charges SET amount_minor = amount_minor + 1 WHERE id = 1",
            {"charges_match_orders": False},
        ),
        ("payments", "DELETE FROM charges WHERE id = 2", {"charges_match_orders": False, "charges": 1}),
        ("payments", "UPDATE charges SET order_ref = 'none' WHERE id = 1", {"charges_match_orders": False}),
        (
            "storefront",
            "UPDATE orders SET state = 'placed', paid_at = NULL WHERE total_minor = 29800",
            {"charges_match_orders": False, "stock_matches_orders": False, "orders": 1},
        ),
        (
            "storefront",
            "UPDATE orders SET state = 'paid', paid_at = 1 WHERE state = 'placed'",
            {"charges_match_orders": False, "stock_matches_orders": False, "orders": 3},
        ),
        ("storefront", "UPDATE order_lines SET quantity = 3 WHERE quantity = 2", {"stock_matches_orders": False}),
        ("storefront", "UPDATE seeother_outbox SET state = 0", {"open_errands": 2}),
        ("inventory", "UPDATE stock SET on_hand = on_hand + 1 WHERE product = 'arc-lamp'", {"stock_conserved": False}),
        (
            "inventory",
            "UPDATE stock SET on_hand = on_hand - 1, sold = sold + 1 WHERE product = 'arc-lamp'",
            {"stock_conserved": False, "stock_matches_orders": False},
        ),
        (
            "inventory",
            "UPDATE stock SET on_hand = on_hand + 1, reserved = reserved - 1 WHERE product = 'noon-clock'",
            {"stock_conserved": False},
        ),
        ("inventory", "UPDATE reservation_lines SET quantity = 9 WHERE quantity = 2", {"stock_conserved": False}),
        ("inventory", "UPDATE reservations SET state = 'released' WHERE state = 'held'", {"stock_conserved": False}),
    ],
)
def test_a_planted_imbalance_is_found(folder: Path, room: str, statement: str, wrong: dict[str, object]) -> None:
    """Money or stock that came or went from nowhere shows, and shows where."""
    before = _books(folder)

    _spoil(folder, room, statement)

    books = _books(folder)
    assert {name: getattr(books, name) for name in wrong} == wrong
    assert {name: getattr(before, name) for name in wrong} != wrong
    assert not books.balanced


def test_what_is_under_way_is_not_called_wrong(folder: Path) -> None:
    """A charge whose webhook still waits is unsettled; the money itself is where it should be."""
    _spoil(folder, "storefront", "UPDATE orders SET state = 'checking', paid_at = NULL WHERE total_minor = 29800")
    _spoil(folder, "payments", "UPDATE deliveries SET delivered_at = NULL")

    books = _books(folder)

    assert (books.orders, books.charges, books.unsettled_charges) == (1, 2, 1)
    assert books.charges_match_orders
    assert not books.balanced


def test_a_missing_database_is_said_and_not_made(tmp_path: Path) -> None:
    """Reading makes no file."""
    with pytest.raises(StoreError, match="there is no database"):
        _books(tmp_path)

    assert list(tmp_path.iterdir()) == []
