# SPDX-License-Identifier: Apache-2.0
"""A real store, and what asks it."""

from collections.abc import Generator

import pytest

from seeother.watch.questions import Asker
from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine

LINGER_SECONDS = 0.01
TABLES = (
    *("spans", "log_records", "steps", "pages", "findings", "breaker_changes", "rejections", "routes", "identities"),
    *("counts", "status_counts", "second_counts", "dimension_counts", "journeys"),
)
COUNTED_AGAIN = ("attempt_counts", "journey_counts", "recounts")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Generator[Store]:
    """A store for the tests of one file: the engine has one path a process, and making the tables takes a while."""
    folder = tmp_path_factory.mktemp("watch")
    store = Store(folder, ChdbEngine, linger_seconds=LINGER_SECONDS, follow_seconds=None)
    yield store
    store.close()


@pytest.fixture
def engine(opened: Store) -> Generator[ChdbEngine]:
    """A second connection to the store, for looking at its tables."""
    connection = ChdbEngine(opened.path)
    yield connection
    connection.close()


@pytest.fixture
def store(opened: Store, engine: ChdbEngine) -> Store:
    """The store, empty."""
    for table in (*TABLES, *COUNTED_AGAIN):
        engine.run(f"TRUNCATE TABLE {table}")
    opened.receipts.clear()
    return opened


@pytest.fixture
def asker(store: Store) -> Generator[Asker]:
    """Who answers questions about the store."""
    asking = Asker(store.address, threads=2)
    yield asking
    asking.close()
