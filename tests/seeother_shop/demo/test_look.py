# SPDX-License-Identifier: Apache-2.0
"""What people see of a run, and the document that programs get."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from seeother.errors import CallerError
from seeother_shop.books import Books
from seeother_shop.demo.cast import Addresses
from seeother_shop.demo.document import document_of
from seeother_shop.demo.look import Look
from seeother_shop.demo.screen import LiveScreen, PlainScreen
from seeother_shop.demo.watching import Picture
from seeother_shop.shoppers import Outcome, Tally

OUTCOMES = {"started": 9, "success": 4, "abandoned": 3, "error": 1, "timeout": 0, "in_progress": 1}
ROW = {
    "step": "submit_order",
    "attempts": 5,
    "failed": 2,
    "broken": 1,
    "http_error_rate": 0.4,
    "js_error_rate": None,
    "abandonment_rate": None,
    "first_screen_ms": {"mean": None, "p75": None},
    "coverage": None,
}
FINDING = {"rule": "RED001", "message": "`POST /orders` was answered 302", "repaired": True}
BOOKS = Books(
    orders=4,
    charges=4,
    duplicate_charges=0,
    unsettled_charges=0,
    charges_match_orders=True,
    open_errands=0,
    products=(),
)
PICTURE = Picture(OUTCOMES, [ROW], [FINDING], {"spans": 77, "findings": 8})


def full_look() -> Look:
    """A look with something in every corner."""
    crowd = Tally(visits=9, orders={"a", "b", "c"})
    crowd.outcomes[Outcome.BOUGHT] = 3
    shoppers = {
        "closed": True,
        "crowd": crowd.to_json(),
        "chromium": {"state": "done", **Tally(visits=1, orders={"d"}).to_json()},
    }
    return Look(Addresses(9000), PICTURE, BOOKS, shoppers)


def drawn(look: Look) -> str:
    """The look on a terminal 100 columns wide."""
    console = Console(file=StringIO(), width=100)
    console.print(look)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_everything_is_drawn() -> None:
    """Addresses, the matrix with its rates, outcomes, money, what shoppers say, and the latest findings."""
    text = drawn(full_look())

    assert "http://127.0.0.1:9001" in text
    assert ["submit_order", "5", "2", "1", "40.0%", "-"] in [line.split() for line in text.splitlines()]
    assert "9 started, 4 success, 3 abandoned" in text
    assert "4 paid orders, 4 charges, books balanced" in text
    assert "shoppers saw 4 paid orders and 0 second ones" in text
    assert "RED001 `POST /orders` was answered 302 (repaired)" in text


def test_an_empty_run_can_be_drawn() -> None:
    """The first look has nothing to say yet."""
    assert "none yet" in drawn(Look(Addresses(9000)))


def test_books_that_are_not_settled_are_told() -> None:
    """A charge whose order is not paid yet is neither hidden nor called a loss."""
    assert "books not settled" in drawn(replace(full_look(), books=replace(BOOKS, unsettled_charges=1)))


def test_the_document_has_the_figures_of_watch_and_books() -> None:
    """Names and nesting are as other programs expect them."""
    assert document_of(full_look()) == {
        "journeys": OUTCOMES,
        "orders": 4,
        "charges": 4,
        "duplicate_charges": 0,
        "stock_conserved": True,
        "spans": 77,
        "findings": 8,
        "matrix": [ROW],
        "urls": {
            "shop": "http://127.0.0.1:9000",
            "payments": "http://localhost:9002",
            "inventory": "http://127.0.0.1:9003",
            "watch": "http://127.0.0.1:9001",
        },
    }


def test_there_is_no_document_without_books() -> None:
    """What was not read is not made up."""
    with pytest.raises(CallerError):
        document_of(Look(Addresses(9000), PICTURE))


def test_a_plain_screen_writes_lines() -> None:
    """One line a look and one a word, whatever the width."""
    console = Console(file=StringIO(), width=40)
    with PlainScreen(console) as screen:
        screen.say("opening [the] shop with a line that is longer than forty columns")
        screen.show(full_look())

    assert isinstance(console.file, StringIO)
    first, second = console.file.getvalue().splitlines()
    assert first.endswith("opening [the] shop with a line that is longer than forty columns")
    assert "9 journeys, 4 success" in second


def test_a_live_screen_keeps_the_last_picture() -> None:
    """Table and word are drawn together, and stay when the screen ends."""
    console = Console(file=StringIO(), force_terminal=True, width=100)
    with LiveScreen(console) as screen:
        screen.say("opening")
        screen.show(full_look())
        screen.say("closing")

    assert isinstance(console.file, StringIO)
    last = console.file.getvalue().rpartition("opening")[2]
    assert "submit_order" in last
    assert "closing" in last
