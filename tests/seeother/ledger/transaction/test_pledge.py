# SPDX-License-Identifier: Apache-2.0
"""What `once` says when it cannot be used, and how long a key is held."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from seeother.errors import CallerError, StoreError
from seeother.ledger import AnsweredBefore, Pledge, offered, once
from seeother.message import Response as Answer
from seeother.policy import Claim, Finished, Granted, LedgerKey, Offer, Settle
from tests.clock import FakeClock


def pledge(clock: FakeClock, fingerprint: bytes = b"print", *, blocking: bool = True) -> Pledge:
    """What a driver offers."""
    claim = Claim(LedgerKey("POST /orders ada", "k-1"), fingerprint, 60.0)
    return Pledge(Offer(claim, lambda answer: Settle(Granted(claim.key, 1), answer, 100.0)), clock=clock,
                  carry=lambda: {"traceparent": "00-1-2-01"}, blocking=blocking)  # fmt: skip


def test_a_key_is_free_when_its_time_is_up(shop: str) -> None:
    """An answer is replayed for as long as the flow says, and not a moment longer."""
    clock = FakeClock()
    answer = Answer(303, ((b"location", b"/\xff"),), b"\0")

    def ordered() -> Pledge:
        made = pledge(clock)
        with closing(sqlite3.connect(shop)) as connection, offered(made):
            try:
                with once(connection) as action:
                    action.later("mail", None)
            except AnsweredBefore:
                return made
            made.answered(answer)
        return made

    first = ordered()
    clock.advance(99.9)
    second = ordered()
    clock.advance(0.2)
    third = ordered()

    assert (first.verdict, second.verdict, third.verdict) == (None, Finished(answer), None)
    with closing(sqlite3.connect(shop)) as connection:
        (one, carrier), (other, _) = connection.execute("SELECT key, carrier FROM seeother_outbox").fetchall()
    assert carrier == '{"traceparent": "00-1-2-01"}'
    assert one != other  # what is done under a key that is free again is not a repetition to anybody else


def test_a_connection_that_blocks_is_entered_with_with(engine: Engine) -> None:
    """And says so."""
    with pytest.raises(CallerError, match="`async with once"):
        once(create_async_engine("sqlite+aiosqlite://")).__enter__()
    del engine


async def test_a_connection_on_a_loop_is_entered_with_async_with(engine: Engine) -> None:
    """And says so."""
    with pytest.raises(CallerError, match="`with once"):
        await once(engine).__aenter__()


async def test_wsgi_cannot_wait_on_an_event_loop(sessions: async_sessionmaker[AsyncSession]) -> None:
    """The loop of an async view under WSGI ends before the answer is there."""
    with offered(pledge(FakeClock())), pytest.raises(CallerError, match="on a connection that blocks"):
        await once(sessions).__aenter__()


@pytest.mark.parametrize("source", [7, object(), print])
def test_something_else_is_refused(source: object) -> None:
    """The error names what can be joined, and what came."""
    with pytest.raises(CallerError, match="takes a SQLAlchemy session"):
        once(source)


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    """With the cure; nothing runs."""
    with (
        closing(sqlite3.connect(tmp_path / "empty.db")) as connection,
        offered(pledge(FakeClock())),
        pytest.raises(StoreError, match=r'tables\("sqlite"\)'),
    ):
        once(connection).__enter__()
