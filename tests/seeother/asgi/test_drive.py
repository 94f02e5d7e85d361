# SPDX-License-Identifier: Apache-2.0
"""Actions that happen once, seen through the guard: duplicates, crashes and odd answers."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from seeother.asgi import Guard
from seeother.errors import SettingsError, StoreError
from tests.seeother.asgi.conftest import Client, settings
from tests.seeother.asgi.orders import KEY, Orders


async def test_duplicate_gets_the_first_answer(client_of: Client) -> None:
    """A retry with the same key runs nothing and gets the first answer, marked as replayed."""
    orders = Orders()
    client = client_of(orders.guarded())

    first = await client.post("/orders", headers=KEY)
    second = await client.post("/orders", headers=KEY)

    assert orders.made == 1
    assert (second.status_code, second.headers["location"]) == (303, "/orders/1")
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"


async def test_concurrent_duplicates_run_once_and_all_get_the_answer(client_of: Client) -> None:
    """Twenty clicks while the first is still running: one order, twenty equal answers."""
    orders = Orders()
    orders.gate.clear()
    client = client_of(orders.guarded())
    clicks = [asyncio.create_task(client.post("/orders", headers=KEY)) for _ in range(20)]
    await orders.entered.wait()

    orders.gate.set()
    answers = await asyncio.gather(*clicks)

    assert orders.made == 1
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {(303, "/orders/1")}


async def test_conflict_while_running_where_declared(client_of: Client) -> None:
    """With `in_flight = "conflict"` a duplicate is not held: 409 and Retry-After."""
    orders = Orders()
    orders.gate.clear()
    client = client_of(orders.guarded(in_flight="conflict"))
    first = asyncio.create_task(client.post("/orders", headers=KEY))
    await orders.entered.wait()

    second = await client.post("/orders", headers=KEY)
    orders.gate.set()

    assert second.status_code == 409
    assert int(second.headers["retry-after"]) >= 1
    assert second.json()["type"] == "urn:seeother:problem:in-progress"
    assert (await first).status_code == 303


async def test_form_field_is_a_key(client_of: Client) -> None:
    """A plain form carries its key in a hidden field, and the application still reads the whole form."""
    orders = Orders()
    client = client_of(orders.guarded())
    form = {"idempotency_key": "abc", "name": "Ada"}

    await client.post("/orders", data=form)
    second = await client.post("/orders", data=form)

    assert (orders.made, second.headers["location"]) == (1, "/orders/1")


async def test_missing_key_is_refused_as_the_client_reads(client_of: Client) -> None:
    """Without a key nothing runs: problem details for a machine, a page for a person."""
    orders = Orders()
    client = client_of(orders.guarded())

    machine = await client.post("/orders", headers={"accept": "application/json"})
    person = await client.post("/orders", headers={"sec-fetch-dest": "document"})

    assert orders.made == 0
    assert (machine.status_code, machine.headers["content-type"]) == (400, "application/problem+json")
    assert (person.status_code, person.headers["content-type"]) == (400, "text/html; charset=utf-8")


async def test_other_content_under_the_key_is_refused(client_of: Client) -> None:
    """The same key with another payload is 422 and runs nothing."""
    orders = Orders()
    client = client_of(orders.guarded())
    await client.post("/orders", headers=KEY, content=b"one")

    other = await client.post("/orders", headers=KEY, content=b"two")

    assert (orders.made, other.status_code) == (1, 422)


async def test_principals_do_not_share_answers(client_of: Client) -> None:
    """Two people with the same key are two people: nobody is given a stranger's answer."""
    orders = Orders()
    client = client_of(orders.guarded(principal="session:cart"))

    mine = await client.post("/orders", headers={**KEY, "cookie": "cart=1"})
    theirs = await client.post("/orders", headers={**KEY, "cookie": "cart=2"})

    assert (mine.headers["location"], theirs.headers["location"]) == ("/orders/1", "/orders/2")


@pytest.mark.parametrize(
    "answer",
    [
        Response(status_code=303, headers={"location": "/a"}),
        Response(status_code=204),
        PlainTextResponse("caf\u00e9\x00", status_code=402),
        PlainTextResponse("x", headers={"link": "</a>; rel=next", "etag": '"1"'}),
    ],
)
async def test_replay_is_exact(client_of: Client, answer: Response) -> None:
    """Status, fields in their order, duplicates and bytes are replayed as they were."""
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    client = client_of(Orders(lambda _number: answer).guarded())

    first = await client.post("/orders", headers=KEY)
    second = await client.post("/orders", headers=KEY)

    assert (second.status_code, second.content) == (first.status_code, first.content)
    own = [(name, value) for name, value in second.headers.multi_items() if name != "idempotency-replayed"]
    assert own == first.headers.multi_items()


@pytest.mark.parametrize(("status", "runs"), [(422, 2), (503, 2), (429, 2), (400, 1), (500, 1), (504, 1)])
async def test_what_is_remembered(client_of: Client, status: int, runs: int) -> None:
    """Dialogue and 'not acted upon' free the key, other 4xx are remembered, other 5xx are unknown."""
    orders = Orders(lambda _number: PlainTextResponse("no", status_code=status))
    client = client_of(orders.guarded())
    await client.post("/orders", headers=KEY)

    second = await client.post("/orders", headers=KEY)

    assert orders.made == runs
    assert second.status_code == (409 if status in {500, 504} else status)


async def test_crash_is_unknown_not_a_second_run(client_of: Client) -> None:
    """After an exception nobody knows what happened: the page of the framework now, 409 for the retry."""
    orders = Orders(lambda _number: ZeroDivisionError())
    client = client_of(orders.guarded(), raising=False)

    first = await client.post("/orders", headers=KEY)
    second = await client.post("/orders", headers=KEY)

    assert (first.status_code, first.text) == (500, "Internal Server Error")
    assert (orders.made, second.status_code) == (1, 409)
    assert second.json()["type"] == "urn:seeother:problem:outcome-unknown"


async def test_crash_may_be_rerun_where_declared(client_of: Client) -> None:
    """With `after_crash = "rerun"` the action is run again."""
    orders = Orders(lambda number: ZeroDivisionError() if number == 1 else PlainTextResponse("done"))
    client = client_of(orders.guarded(after_crash="rerun"), raising=False)
    await client.post("/orders", headers=KEY)

    second = await client.post("/orders", headers=KEY)

    assert (orders.made, second.text) == (2, "done")


async def test_long_answer_is_streamed_and_not_run_again(client_of: Client) -> None:
    """An answer over the cap reaches the client whole; a retry is told that the outcome cannot be given again."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    orders = Orders(lambda _number: StreamingResponse(parts()))
    client = client_of(orders.guarded())

    first = await client.post("/orders", headers=KEY)
    second = await client.post("/orders", headers=KEY)

    assert len(first.content) == 2_000_000
    assert (orders.made, second.status_code) == (1, 409)


async def test_long_request_is_refused(client_of: Client) -> None:
    """A request over the cap is refused before anything runs."""
    orders = Orders()
    client = client_of(orders.guarded())

    answer = await client.post("/orders", headers=KEY, content=b"x" * ((1 << 20) + 1))

    assert (orders.made, answer.status_code) == (0, 413)


async def test_what_has_no_key_streams_both_ways() -> None:
    """Where a key may be missing, neither an upload nor an answer is gathered up or cut off by a cap."""
    sent: list[Message] = []
    chunks = iter([(b"x" * 1_000_000, more) for more in (True, True, False)])

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        more = True
        while more:
            message = await receive()
            more = message["more_body"]
            await send({"type": "http.response.body", "body": b"%d" % len(message["body"]), "more_body": more})
            assert sent[-1]["body"] == b"1000000", "the answer waits for something"

    async def receive() -> Message:
        body, more = next(chunks)
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(message: Message) -> None:
        sent.append(message)

    guard = Guard(app, settings(route=[{"match": "POST /orders", "idempotency": "key"}]))
    await guard({"type": "http", "method": "POST", "path": "/orders", "headers": []}, receive, send)

    assert [message.get("more_body") for message in sent] == [None, True, True, False]


async def test_background_task_runs_once(client_of: Client) -> None:
    """What an application does after its answer is done for the first request only."""
    done: list[int] = []
    orders = Orders(lambda number: PlainTextResponse("ok", background=BackgroundTask(done.append, number)))
    client = client_of(orders.guarded())

    await client.post("/orders", headers=KEY)
    await client.post("/orders", headers=KEY)

    assert done == [1]


@pytest.mark.parametrize(
    "aside", [{"type": "http.response.early_hint", "links": [b"</a.css>"]}, {"type": "http.response.debug", "info": {}}]
)
async def test_what_is_no_part_of_the_answer_does_not_keep_it_from_being_remembered(aside: Message) -> None:
    """Early hints, and the notes of Starlette's test client, go out at once; the answer behind them is replayed."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(aside)
        await send({"type": "http.response.start", "status": 303, "headers": [(b"location", b"/orders/1")]})
        await send({"type": "http.response.body"})

    guard = Guard(app, settings())

    first, second = await exchanged(guard), await exchanged(guard)

    assert first[0] == aside
    assert [message.get("status") for message in first] == [None, 303, None]
    assert [message.get("status") for message in second] == [303, None]


async def test_application_that_waits_for_the_end_is_told(client_of: Client) -> None:
    """Whoever asks for more after the answer hears that the exchange is over, and does not wait for ever."""
    heard: list[str] = []

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
        heard.append((await receive())["type"])

    async with asyncio.timeout(20):
        answer = await client_of(Guard(app, settings())).post("/orders", headers=KEY)

    assert (answer.status_code, heard) == (200, ["http.disconnect"])


async def exchanged(guard: Guard) -> list[Message]:
    """The messages that answer one order with the key."""
    scope: Scope = {
        "type": "http", "method": "POST", "path": "/orders", "headers": [(b"idempotency-key", b"k-1")],
        "http_version": "2", "extensions": {"http.response.early_hint": {}}
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await guard(scope, receive, send)
    return sent


async def test_ledger_that_is_away_refuses(client_of: Client, tmp_path: Path) -> None:
    """A required ledger that is away answers 503 with Retry-After, and nothing runs."""
    orders = Orders()
    app = Starlette(routes=[Route("/orders", orders.order, methods=["POST"])])
    home = tmp_path / "ledger"
    home.mkdir()
    client = client_of(Guard(app, settings(ledger={"url": f"sqlite:///{home}/ledger.db"})))
    shutil.rmtree(home)

    answer = await client.post("/orders", headers=KEY)

    assert (orders.made, answer.status_code) == (0, 503)
    assert int(answer.headers["retry-after"]) >= 1


def test_ledger_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    """A wrong ledger is told at the start, not at the first order."""
    with pytest.raises(StoreError, match="missing"):
        Guard(Starlette(), settings(ledger={"url": f"sqlite:///{tmp_path}/missing/ledger.db"}))
    with pytest.raises(SettingsError, match=r"ledger\.url"):
        Guard(Starlette(), settings(ledger={"url": "mongodb://"}))
