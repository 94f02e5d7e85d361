# SPDX-License-Identifier: Apache-2.0
"""How long a key can be held: no longer than somebody is at work on it."""

import asyncio
from contextlib import suppress

import psycopg
import pytest

from seeother.ledger import AnsweredBefore, Pledge, offered, once
from seeother.message import Response
from seeother.policy import Claim, Finished, Granted, LedgerKey, Offer, Running, Settle
from tests.clock import FakeClock
from tests.contract.transaction.conftest import Books
from tests.contract.transaction.libraries import AWAITING, BLOCKING, Awaiting, Blocking

KEY = LedgerKey("POST /orders ada", "k-1")
ANSWER = Response(303, ((b"location", b"/orders/1"), (b"set-cookie", b"\xff=\x00")), b"\0\xff")


def pledge(*, lease: float = 60.0, clock: FakeClock | None = None, key: LedgerKey = KEY) -> Pledge:
    """What a driver offers."""
    claim = Claim(key, b"print", lease)
    offer = Offer(claim, lambda answer: Settle(Granted(key, 1), answer, 100.0))
    return Pledge(offer) if clock is None else Pledge(offer, clock=clock)


class Hand:
    """Takes a claim with a library of either kind, and ends it."""

    def __init__(self, name: str, url: str) -> None:
        """Use this library."""
        self.library: Awaiting | Blocking = (AWAITING.get(name) or BLOCKING[name])[1](url)

    async def __call__(self, made: Pledge, note: str, *, answers: bool = True) -> Pledge:
        """Order a thing, and answer; or leave the transaction as it is."""
        with offered(made), suppress(AnsweredBefore):
            if isinstance(self.library, Awaiting):
                try:
                    async with self.library.session() as session:
                        async with once(session) as action:
                            await self.library.insert(action.session, note)
                        if answers:
                            await made.aanswered(ANSWER)
                finally:
                    await self.library.close()
            else:
                try:
                    with self.library.session() as session:
                        with once(session) as action:
                            self.library.insert(action.session, note)
                        if answers:
                            made.answered(ANSWER)
                finally:
                    self.library.close()
        return made


async def test_an_answer_is_kept_byte_for_byte(name: str, books: Books) -> None:
    """Bytes that are no text, in fields and content, come back as they were."""
    await Hand(name, books.url)(pledge(), "tea")

    again = await Hand(name, books.url)(pledge(), "tea")

    assert again.verdict == Finished(ANSWER)


async def test_an_owner_that_vanished_holds_nothing(name: str, books: Books) -> None:
    """Whose connection is gone without a word has done nothing, and its key is free."""
    gone = await Hand(name, books.url)(pledge(), "tea", answers=False)
    after = await Hand(name, books.url)(pledge(), "tea")

    assert gone.is_taken
    assert after.verdict is None
    assert (books.orders, books.actions) == (["tea"], [("k-1", 2)])


async def test_who_is_at_work_is_told_at_once(books: Books, name: str) -> None:
    """PostgreSQL says so without waiting for the other transaction, and without an error in one's own."""
    if books.url.startswith("sqlite"):
        pytest.skip("in SQLite one waits for whoever writes")
    with psycopg.connect(books.url) as other, offered(first := pledge()):
        with once(other):
            pass
        second = await Hand(name, books.url)(pledge(), "tea")
        third = await Hand(name, books.url)(pledge(key=LedgerKey("POST /orders bob", "k-1")), "coffee")
        first.dropped()

    assert second.verdict == Running(0.5)
    assert (third.verdict, books.orders) == (None, ["coffee"])


async def test_who_says_nothing_for_a_lease_is_ended_by_the_server(books: Books, name: str) -> None:
    """A machine that vanished keeps its connection, as far as PostgreSQL knows; it holds its key for a lease."""
    if books.url.startswith("sqlite"):
        pytest.skip("in SQLite the system closes the file of whoever has ended")
    other = psycopg.connect(books.url)
    with offered(pledge(lease=0.2)), once(other):
        pass

    made = await Hand(name, books.url)(pledge(), "tea")
    while made.verdict == Running(0.5):
        await asyncio.sleep(0.05)
        made = await Hand(name, books.url)(pledge(), "tea")

    assert (made.verdict, books.orders) == (None, ["tea"])
    with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
        other.execute("SELECT 1")
    other.close()
