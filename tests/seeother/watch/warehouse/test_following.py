# SPDX-License-Identifier: Apache-2.0
"""The statements that a store may run itself."""

import pytest

from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.following import FOLLOWING, RAW, attach, attached, detach

VIEWS = """
SELECT name FROM system.tables
WHERE database = currentDatabase() AND match(as_select, 'FROM (\\\\w+\\\\.)?({})\\\\b')"""


def test_they_are_all_views_on_raw_rows(engine: ChdbEngine) -> None:
    """A further one would stand in the way of every insert."""
    rows = engine.rows(VIEWS.format("|".join(RAW)))

    assert sorted(str(row["name"]) for row in rows) == sorted(FOLLOWING)


@pytest.mark.parametrize("name", FOLLOWING)
def test_a_statement_can_be_kept_to_some_rows(engine: ChdbEngine, name: str) -> None:
    """And says then which."""
    narrowed = FOLLOWING[name].where("_block_number > 17 AND 1")

    assert narrowed.count("_block_number > 17") == 1
    assert engine.rows(narrowed) == []


def test_views_can_be_let_go_and_be_had_again(engine: ChdbEngine) -> None:
    """As often as one likes."""
    for _ in range(2):
        detach(engine)
        assert attached(engine) == []
    for _ in range(2):
        attach(engine)
        assert sorted(attached(engine)) == sorted(FOLLOWING)
