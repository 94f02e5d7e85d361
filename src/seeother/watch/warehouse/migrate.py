# SPDX-License-Identifier: Apache-2.0
"""Brings a store's tables up to date: numbered files of plain SQL, each applied once, in order.

A file that was cut off by a crash is applied again from its start, so each statement must bear being repeated.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from seeother.errors import StoreError

from .port import Engine

MIGRATIONS = Path(__file__).with_name("migrations")
_NAME = re.compile(r"(\d{4})_([a-z_]+)\.sql\Z")
_STATEMENT_END = re.compile(r";[ \t]*(?:\n|\Z)")
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_BOOK = """
CREATE TABLE IF NOT EXISTS migrations (number UInt32, name String, digest String, applied DateTime('UTC') DEFAULT now())
ENGINE = MergeTree ORDER BY number"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL; `adapted`, if given, is what is applied instead, and does not count for the digest."""

    number: int
    name: str
    sql: str
    adapted: str | None = None

    @property
    def digest(self) -> str:
        """Tells whether the file still says what was applied; comments and spacing may change."""
        return sha256(" ".join(_COMMENT.sub("", self.sql).split()).encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """The file's statements, in order."""
        text = self.sql if self.adapted is None else self.adapted
        return [part for part in _STATEMENT_END.split(text) if part.strip()]


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """The migrations in `folder`, in order."""
    found = [(match, path) for path in sorted(folder.glob("*.sql")) if (match := _NAME.match(path.name))]
    return [Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")) for match, path in found]


def migrate(engine: Engine, migrations: list[Migration], *, optional: frozenset[int] = frozenset()) -> list[Migration]:
    """Apply what the store does not have yet and say what that was; raises StoreError for a store that is newer.

    Numbers that are `optional` may have been applied though they are not wanted now.
    """
    engine.run(_BOOK)
    rows = engine.rows("SELECT toString(number) AS number, digest FROM migrations")
    applied = {int(str(row["number"])): str(row["digest"]) for row in rows}
    if unknown := applied.keys() - {migration.number for migration in migrations} - optional:
        raise StoreError(
            f"the store has migration {max(unknown):04}, which this version does not know: use a newer one"
        )
    missing: list[Migration] = []
    for migration in migrations:
        digest = applied.get(migration.number)
        if digest is None:
            missing.append(migration)
        elif digest != migration.digest:
            raise StoreError(
                f"migration {migration.number:04} ({migration.name}) is not the one the store was made with"
            )
    for migration in missing:
        for statement in migration.statements:
            engine.run(statement)
        engine.run(
            "INSERT INTO migrations (number, name, digest) SELECT {number:UInt32}, {name:String}, {digest:String}",
            number=migration.number,
            name=migration.name,
            digest=migration.digest,
        )
    return missing
