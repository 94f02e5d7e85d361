# SPDX-License-Identifier: Apache-2.0
"""An engine on a schema of a PostgreSQL database, which is made when it is not there.

Rules of this file: transactions are READ COMMITTED, as the server has it, so whoever reads a row to change it locks it
(`with_for_update`, which SQLite does not know and does not need).
"""

import re

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, Engine, create_engine, event

_POOL_SIZE = 5  # connections kept open, of the hundred that a server has by default for all three services
_POOL_MOST = 20
_CONNECT_SECONDS = 5
_SEARCH_PATH = re.compile(r"-csearch_path=(\w+)")


def in_schema(place: URL, schema: str) -> URL:
    """The address of a schema, as libpq takes it, so that psql and the guard's ledger go to the same place."""
    return place.update_query_dict({"options": f"-csearch_path={schema}"})


def open_postgres(place: URL) -> Engine:
    """The engine of the schema that the address names, else of the server's usual one; nothing is opened yet."""
    engine = create_engine(
        place.set(drivername="postgresql+psycopg"),
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_MOST - _POOL_SIZE,
        connect_args={"connect_timeout": _CONNECT_SECONDS},
        pool_pre_ping=True,  # a server that was restarted meanwhile costs nobody an error
    )
    options = place.query.get("options", "")
    named = _SEARCH_PATH.search(options if isinstance(options, str) else " ".join(options))
    if named is not None:
        schema = Identifier(named[1])

        def make_schema(connection: "psycopg.Connection[tuple[object, ...]]", _record: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('schemas', 0))")  # two starts take turns
                cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
            connection.commit()

        event.listen(engine, "connect", make_schema, once=True, insert=True)
    return engine
