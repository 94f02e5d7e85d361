# SPDX-License-Identifier: Apache-2.0
"""The ClickHouse engine in this process, typed: the only file that touches chdb.

Importing it costs half a second and 220 MB, and a process that has imported it must never fork (a child hangs in
its first connect). All connections of a process share one engine on one path, compared as text.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import chdb

from seeother.errors import StoreError

from .port import EngineError

# Bytes that the engine may hold in all. Options belong to the first connection of a process; later ones are ignored.
_MEMORY = 1_000_000_000
_MARK_CACHE = 64 << 20
_OPTIONS = f"max_server_memory_usage={_MEMORY}&mark_cache_size={_MARK_CACHE}"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\t": r"\t"})
# A filter in SQL would cost more than all of the few rows.
_ERRORS = "SELECT code, name, toString(value) AS n, last_error_message AS sentence FROM system.errors"
# Only the last sentence of an error is kept, and another thread that fails in the same way takes its place. What a
# disk, the memory or the machine does to one it does to all, so these count whatever their sentence, and so does
# cancelling (a scalar subquery in a view does it to an insert).
_IN_A_VIEW = "while pushing to view"
_ALIKE = re.compile(
    "MEMORY_LIMIT_EXCEEDED|QUERY_WAS_CANCELLED|NOT_ENOUGH_SPACE|FILE_DOESNT_EXIST|DIRECTORY_DOESNT_EXIST"
    "|PATH_ACCESS_DENIED|(STD|POCO|UNKNOWN)_EXCEPTION|CANNOT(?!_PARSE).*"
)
_CODE = re.compile(r"Code: (\d+)\.")


class ChdbEngine:
    """One connection to the engine on `path`; for one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the store; raises StoreError when another program has it open or it cannot be read."""
        try:
            self._connection: Any = chdb.connect(f"{path}?{_OPTIONS}")
        except RuntimeError as error:
            # The engine gives no reason (code 36, "Error initializing EmbeddedServer: ."): see that it is usually this.
            message = f"the store {path} cannot be opened: another program has it open, or it is no store ({error})"
            raise StoreError(message) from error
        self.run("SET output_format_parallel_formatting = 0")  # results are small: threads cost more than they write

    def run(self, sql: str, **parameters: object) -> None:
        """Execute a statement whose result nobody wants; `parameters` are bound by the engine, as in `{name:Type}`."""
        self._ask(sql, "Null", parameters)

    def rows(self, sql: str, **parameters: object) -> list[dict[str, object]]:
        """All rows of a small result."""
        return [json.loads(line) for line in self._ask(sql, "JSONEachRow", parameters).splitlines()]

    def insert(self, statement: str, encoding: str, parts: Sequence[bytes]) -> None:
        """Insert bytes in one of ClickHouse's formats; returns when the rows and those of all views are in."""
        before = self._view_errors()
        try:
            with self._connection.send_insert(statement, encoding) as stream:
                for part in parts:  # joined, they would be copied while all other threads wait
                    stream.append(part)
                stream.finish()
        except RuntimeError as error:
            raise _engine_error(error) from error
        for code, (count, sentence) in self._view_errors().items():
            if count > before.get(code, (0, ""))[0]:
                # Perhaps another connection's: then the insert is repeated for nothing; its token makes that harmless.
                raise EngineError(f"a view failed: {sentence}", code)

    def close(self) -> None:
        """Let go of the connection; the engine ends with its last one."""
        self._connection.close()

    def _view_errors(self) -> dict[int, tuple[int, str]]:
        """How often views have failed, and how, by number: send_insert (chdb 4.4) reports success all the same."""
        return {
            int(str(row["code"])): (int(str(row["n"])), str(row["sentence"]))
            for row in self.rows(_ERRORS)
            if _IN_A_VIEW in str(row["sentence"]) or _ALIKE.fullmatch(str(row["name"]))
        }

    def _ask(self, sql: str, encoding: str, parameters: Mapping[str, object]) -> bytes:
        try:
            bound = {name: _escaped(value) for name, value in parameters.items()}
            return bytes(self._connection.query(sql, encoding, params=bound).bytes() or b"")
        except RuntimeError as error:
            raise _engine_error(error) from error


def _engine_error(error: RuntimeError) -> EngineError:
    text = str(error)
    match = _CODE.search(text)
    return EngineError(text[match.start() :] if match else text, int(match[1]) if match else 0)


def _escaped(value: object) -> object:
    """A parameter as the engine reads it: in its format TabSeparated, where a text ends at a tab or a line's end."""
    return value.translate(_ESCAPES) if isinstance(value, str) else value
