# SPDX-License-Identifier: Apache-2.0
"""The cluster's statements: the engine's parser takes each, and all tables are where they should be."""

import re

import pytest

from seeother.watch.warehouse import Migration, read_migrations
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.cluster import clustered
from seeother.watch.warehouse.exporter import EXPORTER

ALL = [*read_migrations(), *read_migrations(EXPORTER)]


def test_the_engine_parses_every_statement(engine: ChdbEngine) -> None:
    """Parsed and written out again by the engine, each still says where it runs; none was left out."""
    statements = [part for each in clustered(ALL, "the shop") for part in each.statements]

    for statement in statements:
        (row,) = engine.rows("SELECT formatQuerySingleLine({text:String}) AS sql", text=statement)
        assert " ON CLUSTER `the shop`" in str(row["sql"])
    plain = [part for each in ALL for part in each.statements]
    kept = [part for part in plain if "MergeTree" in part and not re.search("EXISTS (routes|identities|folds)", part)]
    assert len(statements) == len(plain) + len(kept)


def test_tables_are_replicated_and_views_stay_within_their_shard() -> None:
    """Every name that a view reads or fills is local or the same everywhere; columns may still be called by table."""
    text = "\n".join([part for each in clustered(ALL, "c") for part in each.statements])

    assert not re.search(r"ENGINE = (Summing|Aggregating)?MergeTree", text)
    assert "non_replicated" not in text
    read = set(re.findall(r"FROM (\w+)", text.split("CREATE DICTIONARY")[-1]))
    filled = set(re.findall(r"EXISTS \w+ ON CLUSTER 'c' TO (\w+)", text))
    asked = {
        "identities",
        "traces_protobuf",
        "logs_protobuf",
        "traces_json",
        "logs_json",
        "exchanges",
        "otel_traces",
        "otel_logs",
    }
    assert {name for name in read | filled if not name.endswith("_local")} <= asked
    assert "FROM steps_local AS steps" in text
    assert "'/clickhouse/tables/{shard}/{database}/steps'" in text
    assert "'/clickhouse/tables/all/{database}/routes'" in text
    assert "ENGINE = Distributed('c', currentDatabase(), 'steps_local', rand())" in text


def test_a_clusters_migrations_count_as_the_same() -> None:
    """What was applied is known by its file."""
    assert [each.digest for each in clustered(ALL, "c")] == [each.digest for each in ALL]


def test_an_unknown_kind_of_statement_is_refused() -> None:
    """Rather than run on one machine only."""
    with pytest.raises(ValueError, match="OPTIMIZE"):
        clustered([Migration(1, "one", "OPTIMIZE TABLE steps;\n")], "c")
