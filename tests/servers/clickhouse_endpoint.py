# SPDX-License-Identifier: Apache-2.0
"""A ClickHouse server's HTTP interface in front of the embedded engine: `python -m ... PORT FOLDER [CONFIGURATION]`.

No server of today is to be had from the registries that tests install from (Debian's is of 2018). Queries, views,
tables and errors are the engine's own; what is ours is only the HTTP around it, as far as clickhouse-connect and
clickhouse-go use it. It knows no users and no sessions. Of a cluster it is the only node: what is said ON CLUSTER it
does itself, and of what is to be replicated it has the only replica, for the embedded engine has no workers for either.
"""

import gzip
import re
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import chdb
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from seeother.watch.warehouse import EngineError
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.servers.native_block import REVISION, SOURCE_FORMAT, native_block

# Parameters of the interface itself; every other one is a setting of the query.
_TRANSPORT = frozenset(
    {
        *("query", "database", "default_format", "user", "password", "query_id", "session_id", "session_timeout"),
        *("client_protocol_version", "compress", "decompress", "wait_end_of_query", "buffer_size", "role", "quota_key"),
        *("enable_http_compression", "http_headers_progress_interval_ms", "send_progress_in_http_headers"),
    }
)
_INSERT = re.compile(
    rb"\s*(INSERT\s+INTO\s+(?:(?!\bSELECT\b).)+?)\s+FORMAT\s+(\w+)[ \t]*(?:\n|\Z)", re.DOTALL | re.IGNORECASE
)
_ON_CLUSTER = re.compile(r"\s+ON CLUSTER '\w+'")
_REPLICATED = re.compile(r"\bReplicated(\w*)MergeTree\('[^']*', '[^']*'\)")
_FORMAT = re.compile(r"\s+FORMAT\s+(\w+)\s*;?\s*\Z", re.IGNORECASE)


class _Ask(NamedTuple):
    """One request, as the engine wants it."""

    database: str
    settings: dict[str, str]
    parameters: dict[str, str]
    sql: str
    encoding: str
    content: bytes | None  # of an INSERT


class _Connection(ChdbEngine):
    """A connection of one request."""

    def answer(self, ask: _Ask) -> bytes:
        """The content of the answer."""
        if ask.database:
            self.run(f"USE `{ask.database}`")
        if ask.content is not None:
            given = ", ".join([f"{name} = {_quoted(value)}" for name, value in ask.settings.items()])
            self.insert(f"{ask.sql} SETTINGS {given}" if given else ask.sql, ask.encoding, [ask.content])
            return b""
        for name, value in ask.settings.items():
            self.run(f"SET {name} = {_quoted(value)}")
        try:
            # Parameters come in the form in which the engine reads them.
            content = bytes(self._connection.query(ask.sql, ask.encoding, params=ask.parameters).bytes() or b"")
        except RuntimeError as error:
            code = re.search(r"Code: (\d+)\.", str(error))
            raise EngineError(str(error), int(code[1]) if code else 0) from error
        return native_block(content) if ask.encoding == SOURCE_FORMAT else content


def create_endpoint(folder: Path, configuration: str | None = None) -> Starlette:
    """The interface before the engine on `folder`."""
    # The engine ends with its last connection, and takes its options from the first.
    kept = ChdbEngine(folder) if configuration is None else chdb.connect(f"{folder}?config-file={configuration}")

    async def answer(request: Request) -> Response:
        ask = _asked(dict(request.query_params), _content(request, await request.body()))
        try:
            content = await run_in_threadpool(_answer, folder, ask)
        except EngineError as error:
            code = str(error.code)
            return PlainTextResponse(f"{error}\n", 500, headers={"x-clickhouse-exception-code": code})
        return Response(
            content,
            headers={
                "x-clickhouse-summary": '{"read_rows":"0","written_rows":"0"}',
                "x-clickhouse-format": ask.encoding,
                "x-clickhouse-timezone": "UTC",
                "x-clickhouse-query-id": request.query_params.get("query_id", ""),
            },
        )

    async def ping(_: Request) -> Response:
        return PlainTextResponse("Ok.\n")

    app = Starlette(routes=[Route("/ping", ping), Route("/", answer, methods=["GET", "POST"])])
    app.state.kept = kept
    return app


def _answer(folder: Path, ask: _Ask) -> bytes:
    connection = _Connection(folder)
    try:
        return connection.answer(ask)
    finally:
        connection.close()


def _asked(given: Mapping[str, str], content: bytes) -> _Ask:
    text = given["query"].strip().encode() + b"\n" + content if "query" in given else content
    parameters = {name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")}
    settings = {
        name: value for name, value in given.items() if name not in _TRANSPORT and not name.startswith("param_")
    }
    database = given.get("database", "")
    if insert := _INSERT.match(text):
        head = re.sub(r"\s+VALUES\s*\Z", "", insert[1].decode(), flags=re.IGNORECASE)
        return _Ask(database, settings, parameters, head, insert[2].decode(), text[insert.end() :])
    sql = text.decode().strip().replace(" replicated_deduplication_window", " non_replicated_deduplication_window")
    sql = _REPLICATED.sub(r"\1MergeTree", _ON_CLUSTER.sub("", sql))
    named = _FORMAT.search(sql)
    encoding = named[1] if named else given.get("default_format", "TabSeparated")
    if encoding == "Native" and int(given.get("client_protocol_version", "0")) >= REVISION:
        encoding = SOURCE_FORMAT
    return _Ask(database, settings, parameters, _FORMAT.sub("", sql), encoding, None)


def _content(request: Request, content: bytes) -> bytes:
    """The content without what it was coded with on the way."""
    match request.headers.get("content-encoding", ""):
        case "gzip":
            return gzip.decompress(content)
        case "deflate":
            return zlib.decompress(content)
        case _:
            return content


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


if __name__ == "__main__":
    uvicorn.run(
        create_endpoint(Path(sys.argv[2]), *sys.argv[3:]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
    )
