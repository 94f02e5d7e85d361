# SPDX-License-Identifier: Apache-2.0
"""OTLP over a real socket into a real store."""

import asyncio
import gzip
import json
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pytest
from backports import zstd
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # the package has no types
from httpx2 import AsyncClient, Response
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from seeother.errors import StoreError
from seeother.journey import Finding, Severity
from seeother.telemetry import Exporter, Recorder
from seeother.watch.receive import Receiver
from seeother.watch.warehouse import Encoding, Outcome, Signal, Store, Stored
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.seeother.watch.otlp import logs, record, span, to_json, traces
from tests.seeother.watch.serving import serving

PROTOBUF, JSON = Encoding.PROTOBUF.value, Encoding.JSON.value
TRUNCATED = traces(span()).SerializeToString()[:-1]
MALFORMED = {
    "protobuf garbage": (PROTOBUF, b"\xff" * 40),
    "protobuf cut off": (PROTOBUF, TRUNCATED),
    "JSON sent as protobuf": (PROTOBUF, b'{"resourceSpans": []}'),
    "logs sent as traces": (PROTOBUF, logs(record()).SerializeToString()),
    "nothing sent as JSON": (JSON, b""),
    "JSON cut off": (JSON, to_json(traces(span()))[:-1]),
    "protobuf sent as JSON": (JSON, traces(span()).SerializeToString()),
    "a JSON list": (JSON, b"[]"),
    "two JSON documents": (JSON, b"{}{}"),
    "JSON of another shape": (JSON, b'{"resourceSpans": "all"}'),
    "JSON of another shape further down": (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": 5}]}]}'),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """A receiver on a socket, and who talks to it."""

    receiver: Receiver
    client: AsyncClient
    url: str

    async def post(self, path: str, content: bytes, media: str = PROTOBUF, **fields: str) -> Response:
        """Send telemetry."""
        given = {"content-type": media} | {name.replace("_", "-"): value for name, value in fields.items()}
        return await self.client.post(self.url + path, content=content, headers=given)


@pytest.fixture
async def bench(store: Store) -> AsyncGenerator[Bench]:
    """A receiver over the store."""
    receiver = Receiver(store.submit)
    async with serving(receiver) as url, AsyncClient() as client:
        yield Bench(receiver, client, url)


def stored(engine: ChdbEngine, table: str = "spans") -> int:
    """Rows in a table."""
    return int(str(engine.rows(f"SELECT toInt32(count()) AS n FROM {table}")[0]["n"]))  # noqa: S608 - our own name


def reason(answer: Response) -> str:
    """The message of the Status that an error carries, read in the answer's own encoding."""
    if answer.headers["content-type"] == JSON:
        status: dict[str, Any] = answer.json()
        assert status["code"] > 0
        return str(status["message"])
    message = Status.FromString(answer.content)
    assert message.code > 0
    return str(message.message)


@pytest.mark.parametrize("compression", ["identity", "gzip", "zstd"])
@pytest.mark.parametrize("media", [PROTOBUF, JSON, "application/json; charset=utf-8"])
async def test_telemetry_is_stored_when_it_is_acknowledged(
    bench: Bench, engine: ChdbEngine, media: str, compression: str
) -> None:
    """Both signals, both encodings, plain and compressed; the rows can be read as soon as the answer is there."""
    packing: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress, "identity": bytes}
    pack = packing[compression]
    for path, table, request in (
        ("/v1/traces", "spans", traces(span())),
        ("/v1/logs", "log_records", logs(record())),
    ):
        content = request.SerializeToString() if media == PROTOBUF else to_json(request)

        answer = await bench.post(path, pack(content), media, content_encoding=compression)

        assert answer.status_code == 200
        assert answer.headers["content-type"] == media.partition(";")[0]
        assert answer.content == (b"" if media == PROTOBUF else b"{}")
        assert stored(engine, table) == 1


@pytest.mark.parametrize(("media", "content"), [(PROTOBUF, b""), (JSON, b"{}"), (JSON, b'{"resourceSpans": []}')])
async def test_an_empty_request_is_a_success(bench: Bench, media: str, content: bytes) -> None:
    """There was nothing to store, and nothing went wrong."""
    answer = await bench.post("/v1/traces", content, media)

    assert (answer.status_code, answer.content) == (200, b"" if media == PROTOBUF else b"{}")


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
async def test_partial_success_says_how_many_records_were_refused(bench: Bench, engine: ChdbEngine, media: str) -> None:
    """200, so that the sender does not try again; the number is in the message that the specification names."""
    sent = traces(span(), span(trace_id=b"short"))
    told = logs(record(at_ns=0), record(), record(at_ns=0))

    spans = await bench.post("/v1/traces", sent.SerializeToString() if media == PROTOBUF else to_json(sent), media)
    records = await bench.post("/v1/logs", told.SerializeToString() if media == PROTOBUF else to_json(told), media)

    assert (spans.status_code, records.status_code) == (200, 200)
    if media == PROTOBUF:
        assert ExportTraceServiceResponse.FromString(spans.content).partial_success.rejected_spans == 1
        assert ExportLogsServiceResponse.FromString(records.content).partial_success.rejected_log_records == 2
    else:
        assert spans.json()["partialSuccess"]["rejectedSpans"] == "1"
        assert records.json()["partialSuccess"]["rejectedLogRecords"] == "2"
    assert (stored(engine), stored(engine, "log_records")) == (1, 1)
    assert bench.receiver.rejected == {Signal.TRACES: 1, Signal.LOGS: 2}


@pytest.mark.parametrize(("media", "content"), MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_body_is_refused_and_its_neighbours_are_stored(
    bench: Bench, engine: ChdbEngine, media: str, content: bytes
) -> None:
    """All are sent at once and join one batch; only the bad one gets its 400."""
    good = [
        bench.post("/v1/traces", request.SerializeToString() if media == PROTOBUF else to_json(request), media)
        for request in (traces(span(span_id=bytes([n]) * 8)) for n in range(1, 6))
    ]

    answers = await asyncio.gather(*good[:2], bench.post("/v1/traces", content, media), *good[2:])

    assert [answer.status_code for answer in answers] == [200, 200, 400, 200, 200, 200]
    assert "ExportTraceServiceRequest" in reason(answers[2])
    assert "retry-after" not in answers[2].headers
    assert stored(engine) == 5


async def test_a_body_cannot_swallow_its_neighbours(bench: Bench, engine: ChdbEngine) -> None:
    """Pieces that would be one valid document around a neighbour's are each refused."""
    request = to_json(traces(span()))

    answers = await asyncio.gather(
        *[bench.post("/v1/traces", content, JSON) for content in (b'{"other":', request, b"}", b'{"a": [', b"]}")]
    )

    assert [answer.status_code for answer in answers] == [400, 200, 400, 400, 400]
    assert stored(engine) == 1


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
async def test_content_over_the_limit_is_refused(store: Store, engine: ChdbEngine, media: str) -> None:
    """Whether it says so itself, turns out so on the way, or only once it is decompressed."""
    large = bytes(70_000)
    receiver = Receiver(store.submit, content_limit=65_536)
    async with serving(receiver) as url, AsyncClient() as client:
        bench = Bench(receiver, client, url)

        async def chunks() -> AsyncGenerator[bytes]:
            for _ in range(7):
                yield large[:10_000]

        streamed = await client.post(f"{url}/v1/traces", content=chunks(), headers={"content-type": media})
        answers = [
            await bench.post("/v1/traces", large, media),
            streamed,
            await bench.post("/v1/traces", gzip.compress(large), media, content_encoding="gzip"),
        ]
        after = await bench.post("/v1/traces", traces(span()).SerializeToString())

    assert [answer.status_code for answer in answers] == [413, 413, 413]
    assert "65536" in reason(answers[0])
    assert after.status_code == 200
    assert (stored(engine), receiver.held_bytes) == (1, 0)


async def test_the_largest_content_that_is_allowed_is_stored(bench: Bench, engine: ChdbEngine) -> None:
    """Tens of megabytes in one body, of either encoding."""
    # One long attribute among normal ones: size without a hundred thousand rows.
    request = traces(span(), span({"a.long.one": "x" * (20 << 20)}, span_id=b"the long"))

    answers = [
        await bench.post("/v1/traces", gzip.compress(request.SerializeToString(), 1), content_encoding="gzip"),
        await bench.post("/v1/traces", gzip.compress(to_json(request), 1), JSON, content_encoding="gzip"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert stored(engine) == 4


@pytest.mark.parametrize(
    ("media", "fields"),
    [("text/plain", {}), ("", {}), ("application/grpc", {}), (PROTOBUF, {"content_encoding": "br"})],
)
async def test_other_media_and_encodings_are_refused(bench: Bench, media: str, fields: dict[str, str]) -> None:
    """415, with what would be taken."""
    answer = await bench.post("/v1/traces", b"", media, **fields)

    assert answer.status_code == 415
    assert "gzip" in answer.headers.get("accept-encoding", "") or JSON in answer.headers.get("accept", "")
    assert reason(answer)


async def test_broken_gzip_is_malformed(bench: Bench) -> None:
    """400: trying again would not help."""
    answer = await bench.post("/v1/logs", b"no gzip", content_encoding="gzip")

    assert answer.status_code == 400
    assert "gzip" in reason(answer)


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
async def test_metrics_are_taken_and_not_kept(store: Store, engine: ChdbEngine, media: str) -> None:
    """As success, so that a sender goes on; within the same bounds as what is kept, and counted."""
    receiver = Receiver(store.submit, content_limit=65_536)
    async with serving(receiver) as url, AsyncClient() as client:
        bench = Bench(receiver, client, url)

        answers = [
            await bench.post("/v1/metrics", b"{}", media),
            await bench.post("/v1/metrics", gzip.compress(b"{}"), media, content_encoding="gzip"),
            await bench.post("/v1/metrics", gzip.compress(bytes(70_000)), media, content_encoding="gzip"),
            await bench.post("/v1/metrics", b"no gzip", media, content_encoding="gzip"),
            await bench.post("/v1/metrics", b"", "text/plain"),
        ]

    assert [answer.status_code for answer in answers] == [200, 200, 413, 400, 415]
    assert answers[0].content == (b"" if media == PROTOBUF else b"{}")
    assert receiver.answers == {("metrics", status): n for status, n in ((200, 2), (413, 1), (400, 1), (415, 1))}
    assert (stored(engine), stored(engine, "log_records"), receiver.held_bytes) == (0, 0, 0)


async def test_the_guard_s_counts_are_understood(store: Store) -> None:
    """Our own exporter finds nothing wrong with the answer to its sum."""
    receiver = Receiver(store.submit)
    recorder = Recorder()
    found = Finding("RED001", "name", Severity.ERROR, "message", "source", "POST", "http://shop.test/orders", 302)
    async with serving(receiver) as url:
        exporter = Exporter(recorder, endpoint=url, service="shop")
        for _ in range(2):
            recorder.finding(found)
            await asyncio.to_thread(exporter.flush, 20)
        await asyncio.to_thread(exporter.close, 20)

    assert receiver.answers == {(Signal.LOGS, 200): 2, ("metrics", 200): 2}


async def test_only_post_and_only_the_known_paths(bench: Bench) -> None:
    """What is not there is 404, what cannot be done there 405."""
    got = await bench.client.get(f"{bench.url}/v1/traces")
    lost = await bench.post("/v1/profiles", b"")

    assert (got.status_code, got.headers["allow"]) == (405, "POST")
    assert lost.status_code == 404


async def test_overload_is_answered_with_a_time_to_come_back(store: Store) -> None:
    """While bodies wait for the writer, what does not fit is shed, and fits again afterwards."""
    waiting: list[Future[Outcome]] = []
    arrived = asyncio.Event()

    def submit(_: Signal, _encoding: Encoding, _content: bytes) -> Future[Outcome]:
        waiting.append(Future())
        arrived.set()
        return waiting[-1]

    receiver = Receiver(submit, held_limit=1000)
    async with serving(receiver) as url, AsyncClient() as client:
        bench = Bench(receiver, client, url)
        first = asyncio.create_task(bench.post("/v1/traces", bytes(600)))
        await arrived.wait()

        shed = await bench.post("/v1/traces", bytes(600))
        second = asyncio.create_task(bench.post("/v1/traces", bytes(300)))
        while len(waiting) < 2:  # noqa: ASYNC110 - the event was spent on the first
            await asyncio.sleep(0.01)
        early = await bench.post("/v1/traces", b"")
        for future in waiting:
            future.set_result(Stored())
        answer, _ = await first, await second
        receiver._submit = store.submit  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the writer is back
        again = await bench.post("/v1/traces", traces(span()).SerializeToString())

    assert (shed.status_code, shed.headers["retry-after"]) == (503, "1")
    assert (early.status_code, early.headers["retry-after"]) == (503, "2")
    assert reason(shed)
    assert (answer.status_code, again.status_code) == (200, 200)
    assert receiver.held_bytes == 0


async def test_a_store_in_trouble_is_answered_503(bench: Bench, engine: ChdbEngine) -> None:
    """Nothing is lost when the sender comes back."""
    content = traces(span()).SerializeToString()
    engine.run("RENAME TABLE spans TO spans_away")
    try:
        answer = await bench.post("/v1/traces", content)
    finally:
        engine.run("RENAME TABLE spans_away TO spans")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (await bench.post("/v1/traces", content)).status_code == 200


async def test_a_closing_store_is_answered_503() -> None:
    """A sender that comes too late comes back to the next process."""

    def submit(_: Signal, _encoding: Encoding, _content: bytes) -> Future[Outcome]:
        raise StoreError("the store is closing", retryable=True)

    async with serving(Receiver(submit)) as url, AsyncClient() as client:
        answer = await client.post(f"{url}/v1/traces", content=b"", headers={"content-type": JSON})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert json.loads(answer.content)["message"] == "not stored: the store is closing"


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
async def test_telemetry_that_is_sent_again_is_acknowledged_and_not_doubled(
    bench: Bench, engine: ChdbEngine, media: str
) -> None:
    """Plain or compressed: what counts is the content. A partial success is one again."""
    request = traces(span(), span(trace_id=b"short"))
    content = request.SerializeToString() if media == PROTOBUF else to_json(request)

    answers = [
        await bench.post("/v1/traces", content, media),
        await bench.post("/v1/traces", content, media),
        await bench.post("/v1/traces", zstd.compress(content), media, content_encoding="zstd"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].content == answers[1].content == answers[2].content != b""
    assert stored(engine) == 1
    assert (bench.receiver.rejected, bench.receiver.repeated) == ({Signal.TRACES: 1}, {Signal.TRACES: 2})


async def test_answers_are_counted(bench: Bench) -> None:
    """By signal and status, for the metrics."""
    await bench.post("/v1/traces", b"")
    await bench.post("/v1/traces", b"\xff")
    await bench.post("/v1/logs", b"", "text/plain")

    assert bench.receiver.answers == {
        (Signal.TRACES, 200): 1,
        (Signal.TRACES, 400): 1,
        (Signal.LOGS, 415): 1,
    }
