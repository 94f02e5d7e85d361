# SPDX-License-Identifier: Apache-2.0
"""What follows from spans and log records: five views of the migrations, which a store may run itself instead.

Planning them and all that stands behind them costs 60 ms of processor an insert, whatever its size. On a server,
which a Collector fills in large blocks, they stay views; in the embedded store a thread runs them twice a second.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .migrate import read_migrations
from .port import Engine

RAW = ("spans", "log_records")
_NAMES = (
    "exchanges_from_spans",
    "exchanges_from_log_records",
    "pages_from_log_records",
    "findings_from_log_records",
    "breaker_changes_from_log_records",
)
_VIEW = re.compile(r"CREATE MATERIALIZED VIEW IF NOT EXISTS (\w+) TO (\w+) AS\n(.*)\Z", re.DOTALL)
_FROM = re.compile(rf"\bFROM ({'|'.join(RAW)})\s+WHERE ")
_PRESENT = """
SELECT name FROM system.tables
WHERE database = currentDatabase() AND engine = 'MaterializedView' AND name IN ({names:Array(String)})"""


@dataclass(frozen=True, slots=True)
class Following:
    """A view's statement: from which raw table, into which one."""

    name: str
    source: str
    target: str
    select: str
    create: str

    def where(self, condition: str) -> str:
        """The statement for only those raw rows."""
        return _FROM.sub(lambda found: f"FROM {found[1]} WHERE {condition} AND ", self.select)


def _read() -> Mapping[str, Following]:
    found: dict[str, Following] = {}
    for statement in [part for each in read_migrations() for part in each.statements]:
        if (view := _VIEW.search(statement)) and view[1] in _NAMES:
            (source,) = _FROM.findall(view[3])
            found[view[1]] = Following(view[1], source, view[2], view[3], view[0])
    return MappingProxyType({name: found[name] for name in _NAMES})


FOLLOWING = _read()


def attached(engine: Engine) -> list[str]:
    """Which of the views the store has."""
    listed = "[" + ", ".join([f"'{name}'" for name in FOLLOWING]) + "]"
    return [str(row["name"]) for row in engine.rows(_PRESENT, names=listed)]


def attach(engine: Engine) -> None:
    """Have views do it at once."""
    for each in FOLLOWING.values():
        engine.run(each.create)


def detach(engine: Engine) -> None:
    """Leave it to whoever runs the statements."""
    for name in FOLLOWING:
        engine.run(f"DROP VIEW IF EXISTS {name} SYNC")
