# SPDX-License-Identifier: Apache-2.0
"""People who leave, and servers that stop: what is under way then, and what becomes of it."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from seeother.asgi import Guard
from tests.seeother.asgi.conftest import Client, settings
from tests.seeother.asgi.orders import KEY, Orders

HEAD = b'POST /orders HTTP/1.1\r\nHost: shop.test\r\nIdempotency-Key: "k-1"\r\nContent-Length: %d\r\n\r\n'


async def test_cancelled_connection_does_not_cancel_the_action(client_of: Client) -> None:
    """A declared action outlives its connection: it runs to its end, and its answer is there for the retry."""
    orders = Orders()
    orders.gate.clear()
    client = client_of(orders.guarded())
    first = asyncio.create_task(client.post("/orders", headers=KEY))
    await orders.entered.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first

    orders.gate.set()
    second = await client.post("/orders", headers=KEY)

    assert (orders.made, second.headers["location"]) == (1, "/orders/1")


async def test_error_of_an_action_that_nobody_awaits_is_told(
    client_of: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """The server cannot log it any more: the guard does, or a failed charge would leave no trace."""
    orders = Orders(lambda _: RuntimeError("the charge failed"))
    orders.gate.clear()
    guard = orders.guarded()
    first = asyncio.create_task(client_of(guard).post("/orders", headers=KEY))
    await orders.entered.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first

    with caplog.at_level(logging.ERROR, "seeother.guard"):
        orders.gate.set()
        await guard.aclose()

    assert "the charge failed" in caplog.text
    assert "POST /orders" in caplog.text


async def test_cancelled_connection_cancels_a_safe_request(client_of: Client) -> None:
    """Reading is not worth going on with for nobody, declared or not."""
    under_way, ended = asyncio.Event(), asyncio.Event()

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        under_way.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    guard = Guard(app, settings(route=[{"match": "GET /orders", "kind": "return"}]))
    reading = asyncio.create_task(client_of(guard).get("/orders"))
    await under_way.wait()
    reading.cancel()

    async with asyncio.timeout(20):
        await ended.wait()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_closing_waits_for_an_action_that_nobody_awaits(client_of: Client) -> None:
    """An action whose connection is gone is known to the guard alone: closing it waits, then the ledger is closed."""
    orders = Orders()
    orders.gate.clear()
    guard = orders.guarded()
    first = asyncio.create_task(client_of(guard).post("/orders", headers=KEY))
    await orders.entered.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first

    closing = asyncio.create_task(guard.aclose())
    too_early, _ = await asyncio.wait((closing,), timeout=0)
    orders.gate.set()
    await closing

    assert not too_early
    assert not asyncio.all_tasks() - {asyncio.current_task()}


@asynccontextmanager
async def served(app: Guard) -> AsyncGenerator[str]:
    """The application on a real socket; yields its URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def test_client_that_hangs_up_does_not_stop_the_action() -> None:
    """Over a real socket: the browser is closed while the order is being made; the order is made, once."""
    orders = Orders()
    orders.gate.clear()
    async with served(orders.guarded()) as url, httpx2.AsyncClient() as client:
        port = int(url.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD % 0)
        await orders.entered.wait()
        writer.close()
        await writer.wait_closed()
        orders.gate.set()

        retry = await client.post(f"{url}/orders", headers=KEY)

    assert (orders.made, retry.headers["location"]) == (1, "/orders/1")


async def test_client_that_leaves_early_begins_nothing() -> None:
    """A request whose content never arrives whole runs nothing and claims nothing."""
    orders = Orders()
    async with served(orders.guarded()) as url, httpx2.AsyncClient() as client:
        port = int(url.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD % 9 + b"half")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

        whole = await client.post(f"{url}/orders", headers=KEY, content=b"complete!")

    assert (orders.made, whole.status_code) == (1, 303)


async def test_shutdown_waits_for_running_actions() -> None:
    """A server that stops lets the action under way end, and its answer is sent."""
    orders = Orders()
    orders.gate.clear()
    async with httpx2.AsyncClient() as client:
        async with served(orders.guarded()) as url:
            first = asyncio.create_task(client.post(f"{url}/orders", headers=KEY))
            await orders.entered.wait()
            asyncio.get_running_loop().call_later(0.05, orders.gate.set)
        answer = await first

    assert (orders.made, answer.status_code) == (1, 303)
