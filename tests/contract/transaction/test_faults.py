# SPDX-License-Identifier: Apache-2.0
"""The database goes away, or is busy, while an action is under way: nobody is told a success that is none."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from seeother.ledger import AnsweredBefore, Pledge, offered, once
from seeother.policy import Claim, Granted, LedgerKey, Offer, Running, Settle
from tests.contract.transaction.conftest import Books, Opener
from tests.contract.transaction.shops import RefusedError, Wish


async def test_a_connection_that_is_cut_has_done_nothing(opened: Opener, books: Books) -> None:
    """Between the action and its answer the server ends all connections: an error, nothing done, and a free key."""
    if books.url.startswith("sqlite"):
        pytest.skip("there is no connection to cut")
    async with opened() as one:
        cut = await one.post(Wish(how=f"cut {books.url}"))
    left = (books.orders, books.actions)
    async with opened() as other:
        done = await other.post(Wish())

    assert (cut.status, left) == (500, ([], []))
    assert (done.status, done.is_replayed, books.orders) == (303, False, ["tea"])


async def test_an_error_beside_a_lost_connection_is_the_one_that_is_told(opened: Opener, books: Books) -> None:
    """What was raised in the block says more than that its savepoint cannot be left any more."""
    if books.url.startswith("sqlite"):
        pytest.skip("there is no connection to lose")
    async with opened(raising=True) as here:
        with pytest.raises(RefusedError):
            await here.post(Wish(how=f"lost {books.url}"))

    assert (books.orders, books.actions) == ([], [])


async def test_a_cancelled_action_has_done_nothing(opened: Opener, books: Books, name: str) -> None:
    """Whoever is cancelled in the middle of the block leaves nothing, and the key is free."""
    if "async" not in name:
        pytest.skip("what blocks cannot be cancelled")
    reached: asyncio.Future[asyncio.Task[object] | None] = asyncio.get_running_loop().create_future()
    async with opened() as here:

        async def wait() -> None:
            reached.set_result(asyncio.current_task())
            await asyncio.Event().wait()

        here.around = wait
        click = asyncio.create_task(here.post(Wish(how="wait")))
        acting = await reached
        assert acting is not None
        acting.cancel()
        await asyncio.gather(click, acting, return_exceptions=True)
        here.around = None
        done = await here.post(Wish(how="wait"))

    assert (done.status, done.is_replayed, books.orders) == (303, False, ["tea"])


async def test_a_file_that_another_writes_is_told_busy(books: Books) -> None:
    """Who cannot get at SQLite's one writer in its time is told to come again, and how long it has waited counts."""
    if books.url.startswith("postgresql"):
        pytest.skip("there one waits for nobody")
    key = LedgerKey("POST /orders ada", "k-1")
    pledge = Pledge(Offer(Claim(key, b"print", 60.0), lambda answer: Settle(Granted(key, 1), answer, 1.0)))
    path = books.url.removeprefix("sqlite:///")
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as writer,
        closing(sqlite3.connect(path, timeout=0.05)) as waiter,
    ):
        writer.execute("BEGIN IMMEDIATE")
        with offered(pledge), pytest.raises(AnsweredBefore):
            once(waiter).__enter__()
        writer.execute("ROLLBACK")

    assert isinstance(pledge.verdict, Running)
    assert pledge.verdict.retry_after >= 0.05
    assert not pledge.is_taken
