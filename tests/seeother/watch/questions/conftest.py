# SPDX-License-Identifier: Apache-2.0
"""A store that knows the places of the steps of the tests' journeys."""

import pytest

from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine

from .asked import declare


@pytest.fixture
def declared(store: Store, engine: ChdbEngine) -> Store:
    """The store, empty but for the routes."""
    declare(engine)
    return store
