# SPDX-License-Identifier: Apache-2.0
"""A shop that is open for one test, and a person in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seeother_shop.demo.cast import Databases
from tests.seeother_shop.buyer import Buyer
from tests.seeother_shop.premises import Premises, in_files, in_postgres, open_shop
from tests.servers.postgres_server import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Three new databases, on each of the engines that there are."""
    if request.param == "sqlite":
        yield in_files(tmp_path)
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with in_postgres(server) as made:
            yield made


@pytest.fixture
def premises(tmp_path: Path, databases: Databases) -> Iterator[Premises]:
    """The three services with their guards."""
    with open_shop(tmp_path, databases=databases) as opened:
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
