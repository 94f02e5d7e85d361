# SPDX-License-Identifier: Apache-2.0
"""The same migrations for a cluster: each table replicated on its shard, and a distributed one before it to ask.

Views work within a shard, from local table to local table; a journey's rows may lie on several, which is why
questions group by journey. What says how rows are read (routes, identities) has one copy on every machine. Run on one
node so far, without replication; what is said ON CLUSTER has only been parsed.
"""

import re
from dataclasses import replace

from .migrate import Migration

_EVERYWHERE = frozenset({"routes", "identities", "folds", "migrations"})
_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)\s*(\(.*\))\s*ENGINE = (\w+)(.*)\Z", re.DOTALL)
_VIEW = re.compile(r"CREATE MATERIALIZED VIEW IF NOT EXISTS (\w+) TO (\w+) AS(.*)\Z", re.DOTALL)
_DICTIONARY = re.compile(r"CREATE DICTIONARY IF NOT EXISTS (\w+)(.*)\Z", re.DOTALL)
_WINDOW = "non_replicated_deduplication_window"


def clustered(migrations: list[Migration], cluster: str) -> list[Migration]:
    """The migrations for the cluster of this name; raises ValueError for a statement of an unknown kind."""
    tables = [match for each in migrations for part in each.statements if (match := _TABLE.search(part))]
    sharded = {match[1] for match in tables if match[3] != "Null"} - _EVERYWHERE
    on = on_cluster(cluster)
    return [
        replace(each, adapted=";\n".join([text for part in each.statements for text in _statements(part, on, sharded)]))
        for each in migrations
    ]


def on_cluster(cluster: str) -> str:
    """What has a statement run on every machine of the cluster of this name."""
    return "ON CLUSTER '" + cluster.replace("\\", r"\\").replace("'", r"\'") + "'"


def _statements(sql: str, on: str, sharded: set[str]) -> list[str]:
    if match := _TABLE.search(sql):
        return _table(match, on, is_sharded=match[1] in sharded)
    if match := _VIEW.search(sql):
        name, target, select = match.groups()
        local = f"{target}_local" if target in sharded else target
        return [f"CREATE MATERIALIZED VIEW IF NOT EXISTS {name} {on} TO {local} AS{_locally(select, sharded)}"]
    if match := _DICTIONARY.search(sql):
        return [f"CREATE DICTIONARY IF NOT EXISTS {match[1]} {on}{match[2]}"]
    raise ValueError(sql)


def _table(match: re.Match[str], on: str, *, is_sharded: bool) -> list[str]:
    name, columns, engine, rest = match.groups()
    if engine == "Null":
        return [f"CREATE TABLE IF NOT EXISTS {name} {on}\n{columns}\nENGINE = Null"]
    local, shard = (f"{name}_local", "{shard}") if is_sharded else (name, "all")
    path = f"/clickhouse/tables/{shard}/{{database}}/{name}"
    settings = rest.replace(_WINDOW, "replicated_deduplication_window")
    own = f"ENGINE = Replicated{engine}('{path}', '{{replica}}'){settings}"
    made = [f"CREATE TABLE IF NOT EXISTS {local} {on}\n{columns}\n{own}"]
    if is_sharded:
        cluster = on.removeprefix("ON CLUSTER ")
        made.append(
            f"CREATE TABLE IF NOT EXISTS {name} {on} AS {local}\n"
            f"ENGINE = Distributed({cluster}, currentDatabase(), '{local}', rand())"
        )
    return made


def _locally(select: str, sharded: set[str]) -> str:
    """The statement of a view with each table's local part under the table's own name."""
    return re.sub(
        r"\bFROM (\w+)\b(?! AS)",
        lambda found: f"FROM {found[1]}_local AS {found[1]}" if found[1] in sharded else found[0],
        select,
    )
