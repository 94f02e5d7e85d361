# SPDX-License-Identifier: Apache-2.0
"""A shop that is open for one test, and a person in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seeother_shop.buyer import Buyer
from tests.seeother_shop.premises import Premises, open_shop


@pytest.fixture
def premises(tmp_path: Path) -> Iterator[Premises]:
    """The three services with their guards."""
    with open_shop(tmp_path) as opened:
        yield opened


@pytest.fixture
def buyer(premises: Premises) -> Iterator[Buyer]:
    """Somebody in the shop."""
    with Buyer(premises) as person:
        yield person


@pytest.fixture(scope="session")
def standing_premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    """A shop that stays open for all tests that count nothing in it."""
    with open_shop(tmp_path_factory.mktemp("shop"), stock=100_000) as opened:
        yield opened


@pytest.fixture
def visitor(standing_premises: Premises) -> Iterator[Buyer]:
    """Somebody in the shop that stays open."""
    with Buyer(standing_premises) as person:
        yield person
