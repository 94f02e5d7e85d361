# SPDX-License-Identifier: Apache-2.0
"""The two kinds of SQL, written once: what differs is spelt by the dialect, and parameters have names (`:name`)."""

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from seeother.errors import CallerError

_NAME = re.compile(r":([a-z_]+)")
_SPELLINGS = {
    "sqlite": {"now": ":now", "blob": "BLOB", "skip": "", "identity": "INTEGER PRIMARY KEY AUTOINCREMENT"},
    "postgresql": {
        # The server's own clock: a business transaction has many callers, whose clocks need not agree.
        "now": "CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
        "blob": "bytea",
        "skip": "FOR UPDATE SKIP LOCKED",
        "identity": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    },
}


class Dialect(Enum):
    """Whose SQL it is."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"

    @classmethod
    def of(cls, name: str) -> "Dialect":
        """The dialect of this name; raises CallerError for a database that is neither."""
        for dialect in cls:
            if dialect.value == name:
                return dialect
        raise CallerError(f"once() works in SQLite and PostgreSQL, and this is {name}")

    def spelt(self, template: str) -> str:
        """A statement as this database understands it."""
        return _spelt(self, template)


@lru_cache(maxsize=256)
def _spelt(dialect: Dialect, template: str) -> str:
    return template.format(**_SPELLINGS[dialect.value])


@lru_cache(maxsize=256)
def names_in(statement: str) -> tuple[str, ...]:
    """The parameters of a statement, in the order in which they come first."""
    return tuple(dict.fromkeys(_NAME.findall(statement)))


def used(statement: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that a statement asks for."""
    return {name: parameters[name] for name in names_in(statement)}


@lru_cache(maxsize=256)
def percent(statement: str) -> str:
    """The statement with its parameters as psycopg and Django write them."""
    return _NAME.sub(r"%(\1)s", statement)


@lru_cache(maxsize=256)
def numbered(statement: str) -> str:
    """The statement with its parameters as asyncpg writes them, in the order of `names_in`."""
    places = {name: f"${place}" for place, name in enumerate(names_in(statement), 1)}
    return _NAME.sub(lambda found: places[found[1]], statement)


_SQLITE_BUSY = frozenset({5, 6})  # SQLITE_BUSY, SQLITE_LOCKED; the higher bits say more
_POSTGRES_BUSY = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock not available


def is_busy(error: BaseException | None) -> bool:
    """Whether a library's error says that another transaction is in the way, and asking again may help."""
    while error is not None:
        code = getattr(error, "sqlite_errorcode", None)
        if isinstance(code, int) and code & 0xFF in _SQLITE_BUSY:
            return True
        if getattr(error, "sqlstate", None) in _POSTGRES_BUSY:
            return True
        error = getattr(error, "orig", None) or error.__cause__
    return False


# Class 08 connection exception, 53 insufficient resources (too many connections), 57P an operator has intervened.
_POSTGRES_AWAY = ("08", "53", "57P")
_AWAY = frozenset({"OperationalError", "InterfaceError", "TimeoutError"})  # PEP 249; a pool with nothing to lend


def is_away(error: BaseException | None) -> bool:
    """Whether a library's error says that the database cannot be reached, or takes nobody in now."""
    while error is not None:
        code = getattr(error, "sqlstate", None)
        if isinstance(error, OSError) or (isinstance(code, str) and code.startswith(_POSTGRES_AWAY)):
            return True
        if code is None and _AWAY.intersection([each.__name__ for each in type(error).__mro__]):
            return True
        error = getattr(error, "orig", None) or error.__cause__
    return False
