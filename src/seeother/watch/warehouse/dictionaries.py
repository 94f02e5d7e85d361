# SPDX-License-Identifier: Apache-2.0
"""Dictionaries on a server, where they need a user's name and password and the database of their tables.

Without them ClickHouse loads a dictionary as `default` without a password, from the database `default`
(ClickHouse/ClickHouse#56033), and each insert that a view asks it for would fail.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from .migrate import Migration
from .port import Engine, EngineError

_CREATE = "CREATE DICTIONARY IF NOT EXISTS "
_SOURCE = "SOURCE(CLICKHOUSE("
_NAME = re.compile(rf"{_CREATE}(\w+)")
_TABLE = re.compile(r"\bFROM (\w+)")


def on_server(migrations: Iterable[Migration], database: str, login: tuple[str, str]) -> list[Migration]:
    """The migrations with dictionaries that read as this user, with this password, from this database."""
    return [
        replace(each, adapted=";\n".join([_with_login(part, database, login) for part in each.statements]))
        for each in migrations
    ]


def renew_dictionaries(engine: Engine, migrations: Iterable[Migration]) -> None:
    """Make those anew that cannot be loaded, for a password may have changed; raises EngineError when it is no help."""
    for statement in [part for each in migrations for part in each.statements]:
        if found := _NAME.search(statement):
            try:
                engine.run(f"SYSTEM RELOAD DICTIONARY {found[1]}")
            except EngineError:
                engine.run(statement.replace(_CREATE, "CREATE OR REPLACE DICTIONARY "))
                engine.run(f"SYSTEM RELOAD DICTIONARY {found[1]}")


def reload_dictionaries(engine: Engine, migrations: Iterable[Migration], on: str) -> None:
    """Have all machines of a cluster read them anew; `on` is its ON CLUSTER clause."""
    for statement in [part for each in migrations for part in each.statements]:
        if found := _NAME.search(statement):
            engine.run(f"SYSTEM RELOAD DICTIONARY {on} {found[1]}")


def _with_login(sql: str, database: str, login: tuple[str, str]) -> str:
    if _CREATE not in sql:
        return sql
    user, password = [_inside(text) for text in login]
    place = _inside("`" + database.replace("\\", r"\\").replace("`", r"\`") + "`")
    located = _TABLE.sub(lambda found: f"FROM {place}.{found[1]}", sql)
    return located.replace(_SOURCE, f"{_SOURCE}USER '{user}' PASSWORD '{password}' ")


def _inside(text: str) -> str:
    """The text as it stands between single quotes."""
    return text.replace("\\", r"\\").replace("'", r"\'")
