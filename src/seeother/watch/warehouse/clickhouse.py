# SPDX-License-Identifier: Apache-2.0
"""The ClickHouse engine on a server, by clickhouse-connect over HTTP."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import clickhouse_connect
from clickhouse_connect.driver.exceptions import Error as ClientError
from clickhouse_connect.driver.exceptions import OperationalError

from seeother.errors import StoreError

from .address import client_options
from .judge import NETWORK_ERROR
from .port import EngineError

_SECONDS = 3600  # that one statement may take: a day of a large shop is read by one
_INSERT = re.compile(r"INSERT INTO (\w+)(?: SETTINGS (.*))?\Z", re.DOTALL)
_SETTING = re.compile(r"(\w+) = ('(?:[^'\\]|\\.)*'|\w+)")
# Servers gather small inserts by default since 26.x: then there is no token down to the views (SUPPORT_IS_DISABLED).
_AT_ONCE = {"async_insert": "0"}


class ClickHouseEngine:
    """One client; for one thread at a time."""

    def __init__(self, address: str) -> None:
        """Connect to `clickhouse://USER:PASSWORD@HOST:PORT/DATABASE`; raises StoreError when nobody answers."""
        try:
            self._client = clickhouse_connect.get_client(**client_options(address), send_receive_timeout=_SECONDS)
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
        """Insert bytes in one of ClickHouse's formats; returns when the rows and those of all views are in.

        Raises ValueError for what is not `INSERT INTO table SETTINGS name = value, ...`.
        """
        found = _INSERT.match(statement)
        if found is None:
            raise ValueError(statement)
        given = {name: _plain(value) for name, value in _SETTING.findall(found[2] or "")}
        try:
            self._client.raw_insert(
                found[1], insert_block=b"".join(parts), settings=_AT_ONCE | _carried(given), fmt=encoding
            )
        except ClientError as error:
            raise _engine_error(error) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def _carried(given: dict[str, str]) -> dict[str, str]:
    """The settings with the schema itself in place of its file, which the server does not have."""
    schema = given.pop("format_schema", None)
    if schema is None:
        return given
    path, _, message = schema.rpartition(":")
    text = Path(path).read_text(encoding="utf-8")
    return given | {"format_schema_source": "string", "format_schema": text, "format_schema_message_name": message}


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith("'") else value


def _engine_error(error: ClientError) -> EngineError:
    if error.code is None and isinstance(error, OperationalError):  # nobody was reached, or answered
        return EngineError(str(error), NETWORK_ERROR)
    return EngineError(str(error), error.code or 0)
