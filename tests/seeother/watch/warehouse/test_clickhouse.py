# SPDX-License-Identifier: Apache-2.0
"""A server is spoken to as the embedded engine is: parameters, errors, and bodies in bytes."""

import socket
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from seeother.errors import StoreError
from seeother.watch.warehouse import Body, Encoding, EngineError, Signal
from seeother.watch.warehouse.arrivals import insert
from seeother.watch.warehouse.clickhouse import ClickHouseEngine
from tests.seeother.watch.otlp import span, to_json, traces
from tests.servers.program import free_port


@pytest.fixture
def server(clickhouse_url: str) -> Generator[ClickHouseEngine]:
    """A database without a table."""
    engine = ClickHouseEngine(clickhouse_url)
    yield engine
    engine.close()


def test_parameters_and_errors_are_the_engines(server: ClickHouseEngine) -> None:
    """As through the embedded engine's own connection."""
    text = "'; DROP TABLE spans; --\\ {n:Int64}"

    assert server.rows("SELECT {text:String} AS text, {n:Int64} AS n", text=text, n=-1) == [{"text": text, "n": -1}]
    with pytest.raises(EngineError) as unknown:
        server.run("SELECT * FROM nowhere")
    assert unknown.value.code == 60


def test_bodies_go_in_as_they_came(server: ClickHouseEngine) -> None:
    """The schema goes with them, for the server has no such file; what was inserted under a token is inserted once."""
    columns = "body Array(UInt64), resourceSpans Array(Tuple(scopeSpans Array(Tuple(spans Array(Tuple(name String))))))"
    for table in ("traces_protobuf", "traces_json"):
        given = columns if table == "traces_protobuf" else "body UInt64, content String"
        settings = "SETTINGS non_replicated_deduplication_window = 100"
        server.run(f"CREATE TABLE {table} ({given}) ENGINE = MergeTree ORDER BY tuple() {settings}")
    request = traces(span(name="one, 'two' \\"))
    bodies = [Body(number, Signal.TRACES, Encoding.PROTOBUF, request.SerializeToString()) for number in (1, 2)]

    for _ in range(2):
        insert(server, bodies)
    insert(server, [Body(3, Signal.TRACES, Encoding.JSON, to_json(request))])

    assert server.rows(
        "SELECT body[1] AS body, arrayFlatten(resourceSpans.scopeSpans.spans.name)[1] AS name FROM traces_protobuf "
        "ORDER BY body"
    ) == [{"body": number, "name": "one, 'two' \\"} for number in (1, 2)]
    assert server.rows("SELECT body, content LIKE '%resourceSpans%' AS is_whole FROM traces_json") == [
        {"body": 3, "is_whole": 1}
    ]


def test_a_body_that_is_no_protobuf_is_refused_with_the_engines_number(server: ClickHouseEngine) -> None:
    """By which the writer tells whose fault it was."""
    server.run("CREATE TABLE traces_protobuf (body Array(UInt64)) ENGINE = Null")

    with pytest.raises(EngineError) as refused:
        insert(server, [Body(1, Signal.TRACES, Encoding.PROTOBUF, b"rubbish")])
    assert refused.value.code == 32


def test_a_statement_of_another_kind_is_none_of_ours(server: ClickHouseEngine) -> None:
    """Rather than lose what it says."""
    with pytest.raises(ValueError, match="INTO x SELECT"):
        server.insert("INSERT INTO x SELECT 1", "JSONEachRow", [])


def test_a_server_that_is_away_is_a_store_that_is_away() -> None:
    """In one sentence."""
    with pytest.raises(StoreError, match="cannot be reached"):
        ClickHouseEngine(f"clickhouse://127.0.0.1:{free_port()}/otel")


def test_an_address_with_an_s_is_spoken_to_with_tls() -> None:
    """The client's own notion of such an address is another: it would send the password as it is."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor() as other:
        first = other.submit(lambda: listening.accept()[0])
        address = f"clickhouses://me:secret@127.0.0.1:{listening.getsockname()[1]}/otel"
        opening = other.submit(ClickHouseEngine, address)
        with first.result(30) as accepted:
            said = accepted.recv(3)
        listening.close()

        with pytest.raises(StoreError, match="cannot be reached"):
            opening.result(30)
    assert said[:2] == b"\x16\x03"  # a handshake (RFC 8446 section 5.1)
