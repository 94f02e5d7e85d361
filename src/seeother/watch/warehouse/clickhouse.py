# SPDX-License-Identifier: Apache-2.0
"""The ClickHouse engine at an address, by clickhouse-connect: a server that a Collector fills, or an embedded store."""

import json
from collections.abc import Sequence

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.exceptions import Error as ClientError

from seeother.errors import StoreError

from .port import EngineError

_SECONDS = 3600  # that one statement may take: a day of a large shop is read by one


class ClickHouseEngine:
    """One client; for one thread at a time."""

    def __init__(self, address: str) -> None:
        """Connect to `clickhouse://USER:PASSWORD@HOST:PORT/DATABASE`; raises StoreError when nobody answers."""
        try:
            self._client = clickhouse_connect.get_client(
                dsn=address, send_receive_timeout=_SECONDS, autogenerate_session_id=False
            )
        except ClientError as error:
            raise StoreError(f"the store cannot be reached: {error}") from error

    def run(self, sql: str, **parameters: object) -> None:
        """Execute a statement whose result nobody wants; `parameters` are bound by the engine, as in `{name:Type}`."""
        try:
            self._client.command(sql, parameters=parameters)
        except ClientError as error:
            raise _engine_error(error) from error

    def rows(self, sql: str, **parameters: object) -> list[dict[str, object]]:
        """All rows of a small result."""
        try:
            lines = self._client.raw_query(sql, parameters=parameters, fmt="JSONEachRow").splitlines()
        except ClientError as error:
            raise _engine_error(error) from error
        return [json.loads(line) for line in lines]

    def insert(self, statement: str, encoding: str, parts: Sequence[bytes]) -> None:
        """Insert bytes in one of ClickHouse's formats; returns when the rows and those of all views are in."""
        table, _, settings = statement.removeprefix("INSERT INTO ").partition(" SETTINGS ")
        pairs = dict([pair.split(" = ", 1) for pair in settings.split(", ")]) if settings else {}
        try:
            self._client.raw_insert(
                table,
                insert_block=b"".join(parts),
                settings={name: value.strip("'") for name, value in pairs.items()},
                fmt=encoding,
            )
        except ClientError as error:
            raise _engine_error(error) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def _engine_error(error: ClientError) -> EngineError:
    code = error.code if isinstance(error, DatabaseError) else None
    return EngineError(str(error), code or 0)
