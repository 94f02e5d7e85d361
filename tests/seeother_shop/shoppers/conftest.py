# SPDX-License-Identifier: Apache-2.0
"""A real shop for shoppers to visit, one a test module."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from seeother_shop.books import Books, read_books
from tests.seeother_shop.demo.command import seeother


@dataclass(frozen=True, slots=True)
class OpenShop:
    """Where the shop is, and how to look into its books."""

    url: str
    books: Callable[[], Books]


@pytest.fixture(scope="module")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    """Storefront, payments and inventory as processes, as `seeother shop` starts them."""
    folder: Path = tmp_path_factory.mktemp("shop")
    with seeother("shop", "--database", f"sqlite:///{folder}/shop.db") as command:
        command.output.await_word("Ctrl-C")

        def books() -> Books:
            names = ("shop", "payments", "inventory")
            return read_books(**{name: f"sqlite:///{folder}/{name}.db" for name in names})

        yield OpenShop(f"http://127.0.0.1:{command.port}", books)
