# SPDX-License-Identifier: Apache-2.0
"""What the warehouse asks of a ClickHouse engine."""

from collections.abc import Sequence
from typing import Protocol

from seeother.errors import StoreError


class EngineError(StoreError):
    """The engine refused; `code` is ClickHouse's number for the reason, 0 when it gave none."""

    def __init__(self, message: str, code: int = 0) -> None:
        """Keep the engine's sentence and number."""
        super().__init__(message, retryable=True)
        self.code = code


class Engine(Protocol):
    """One connection; calls take turns."""

    def run(self, sql: str, **parameters: object) -> None:
        """Execute a statement whose result nobody wants; `parameters` are bound by the engine, as in `{name:Type}`."""
        ...

    def rows(self, sql: str, **parameters: object) -> list[dict[str, object]]:
        """All rows of a small result."""
        ...

    def insert(self, statement: str, encoding: str, parts: Sequence[bytes]) -> None:
        """Insert bytes in one of ClickHouse's formats; returns when the rows and those of all views are in."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
