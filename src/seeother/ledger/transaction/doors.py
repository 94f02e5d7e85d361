# SPDX-License-Identifier: Apache-2.0
"""Which library a session is of; only that one is imported."""

import sqlite3

from seeother.errors import CallerError

from .joined import AsyncJoined, Joined

_WANTED = (
    "once() takes a SQLAlchemy session, connection, sessionmaker or engine, a psycopg or asyncpg connection or pool, a "
    "Django connection or its alias, or a connection of sqlite3"
)


def join(source: object) -> Joined | AsyncJoined:
    """What joins the transaction of `source`; raises CallerError when nothing can."""
    found: Joined | AsyncJoined | None = None
    if isinstance(source, sqlite3.Connection):
        from .sqlite_connection import ConnectionJoined  # noqa: PLC0415 - as the others

        found = ConnectionJoined(source)
    elif isinstance(source, str):
        from .django import joined as joined_by_django  # noqa: PLC0415 - an optional dependency

        found = joined_by_django(source)
    else:
        found = _by_library({each.__module__.partition(".")[0] for each in type(source).__mro__}, source)
    if found is None:
        raise CallerError(f"{_WANTED}; this is {type(source).__module__}.{type(source).__qualname__}")
    return found


def _by_library(libraries: set[str], source: object) -> Joined | AsyncJoined | None:
    if "sqlalchemy" in libraries:
        return _by_sqlalchemy(source)
    if libraries & {"psycopg", "psycopg_pool"}:
        from .psycopg import joined as joined_by_psycopg  # noqa: PLC0415 - an optional dependency

        return joined_by_psycopg(source)
    if "asyncpg" in libraries:
        from .asyncpg import joined as joined_by_asyncpg  # noqa: PLC0415 - an optional dependency

        return joined_by_asyncpg(source)
    if "django" in libraries:
        from .django import joined as joined_by_django  # noqa: PLC0415 - an optional dependency

        return joined_by_django(source)
    return None


def _by_sqlalchemy(source: object) -> Joined | AsyncJoined | None:
    """A maker may be the blocking one and make sessions of an event loop."""
    made = getattr(source, "class_", object)
    classes = type(source).__mro__ + (made.__mro__ if isinstance(made, type) else ())
    if any(each.__module__.startswith("sqlalchemy.ext.asyncio") for each in classes):
        from .sqlalchemy_asyncio import joined as joined_on_a_loop  # noqa: PLC0415 - an optional dependency

        return joined_on_a_loop(source)
    from .sqlalchemy import joined as joined_by_sqlalchemy  # noqa: PLC0415 - an optional dependency

    return joined_by_sqlalchemy(source)
