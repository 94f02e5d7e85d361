# SPDX-License-Identifier: Apache-2.0
"""Dictionaries load on a server that has passwords, in whatever database they are."""

from collections.abc import Generator

import pytest

from seeother.watch.warehouse import EngineError, Migration, migrate, read_migrations
from seeother.watch.warehouse.clickhouse import ClickHouseEngine
from seeother.watch.warehouse.cluster import on_cluster
from seeother.watch.warehouse.dictionaries import on_server, reload_dictionaries, renew_dictionaries

ROUTES = next(each for each in read_migrations() if "CREATE DICTIONARY" in each.sql)
ANSWER = "SELECT dictGet('identity', 'attribute', toUInt64(1)) AS attribute"


@pytest.fixture
def server(clickhouse_url: str) -> Generator[ClickHouseEngine]:
    """A database without a table."""
    engine = ClickHouseEngine(clickhouse_url)
    yield engine
    engine.close()


def database_of(server: ClickHouseEngine) -> str:
    """Its name."""
    (row,) = server.rows("SELECT currentDatabase() AS name")
    return str(row["name"])


def test_a_dictionary_reads_from_its_own_database(server: ClickHouseEngine) -> None:
    """By itself the engine would look in the one called `default`."""
    migrate(server, on_server([ROUTES], database_of(server), ("default", "")))
    server.run("INSERT INTO identities SELECT 'customer.id'")

    assert server.rows(ANSWER) == [{"attribute": "customer.id"}]


def test_a_password_that_has_changed_is_renewed(server: ClickHouseEngine) -> None:
    """A wrong one is the engine's refusal, which says so."""
    stale = on_server([ROUTES], database_of(server), ("default", "it's \\ old"))
    migrate(server, stale)
    with pytest.raises(EngineError, match="password"):
        renew_dictionaries(server, stale)

    renew_dictionaries(server, on_server([ROUTES], database_of(server), ("default", "")))

    assert server.rows(ANSWER) == [{"attribute": ""}]


def test_names_are_quoted_and_other_statements_left_alone() -> None:
    """And a migration stays known by its file."""
    given = Migration(
        2,
        "routes",
        "CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = Memory;\n"
        "CREATE DICTIONARY IF NOT EXISTS d (a UInt8) PRIMARY KEY a SOURCE(CLICKHOUSE(QUERY 'SELECT a FROM t')) "
        "LAYOUT(FLAT()) LIFETIME(0);\n",
    )

    (made,) = on_server([given], "o'`tel", ("o'me", "\\"))

    table, dictionary = made.statements
    assert table == given.statements[0]
    assert r"CLICKHOUSE(USER 'o\'me' PASSWORD '\\' QUERY 'SELECT a FROM `o\'\\`tel`.t')" in dictionary
    assert made.digest == given.digest


class Parsing(ClickHouseEngine):
    """An engine that only reads what it is told, and writes it out again."""

    told: list[str]

    def run(self, sql: str, **parameters: object) -> None:
        """Parse."""
        (row,) = self.rows("SELECT formatQuerySingleLine({text:String}) AS sql", text=sql, **parameters)
        self.told.append(str(row["sql"]))


def test_all_machines_of_a_cluster_read_them_anew(clickhouse_url: str) -> None:
    """Each dictionary, in words that the engine understands."""
    engine = Parsing(clickhouse_url)
    engine.told = []

    reload_dictionaries(engine, read_migrations(), on_cluster("the shop"))

    names = ("route_steps", "route_patterns", "step_positions", "identity")
    assert engine.told == [f"SYSTEM RELOAD DICTIONARY ON CLUSTER `the shop` {name}" for name in names]
    engine.close()
