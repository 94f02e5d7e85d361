# SPDX-License-Identifier: Apache-2.0
"""Outboxes that run by themselves; what they do with each library, tests/contract/transaction tells."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import sessionmaker

from seeother.errors import CallerError
from seeother.ledger import AsyncOutbox, Delivery, Letter, Outbox, once


@pytest.mark.parametrize(("attempt", "least", "most"), [(1, 0.5, 1.0), (4, 4.0, 8.0), (40, 1800.0, 3600.0)])
def test_waits_grow_and_differ(attempt: int, least: float, most: float) -> None:
    """Twice as long each time, up to an hour, and less up to a half by chance."""
    assert Delivery(chance=lambda: 0.0).wait(attempt) == most
    assert Delivery(chance=lambda: 1.0).wait(attempt) == least


def test_a_thread_delivers_until_it_is_stopped(engine: Engine) -> None:
    """What comes meanwhile goes out."""
    stopped = threading.Event()
    make = sessionmaker(engine)
    with once(make) as action:
        action.later("mail", None)

    def deliver(letter: Letter) -> None:
        assert letter.kind == "mail"
        stopped.set()

    Outbox(make, deliver).run(stopped, every=0.0)

    assert Outbox(make, deliver).waiting() == []


def test_a_database_that_is_away_is_asked_again(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The thread outlives it, and says so."""
    stopped = threading.Event()
    empty = create_engine(f"sqlite:///{tmp_path}/empty.db")
    sources = iter([sessionmaker(empty)])

    class Returning(Outbox):
        def deliver_due(self) -> int:
            source = next(sources, None)
            if source is not None:
                return Outbox(source, print).deliver_due()
            stopped.set()
            return super().deliver_due()

    Returning(sessionmaker(engine), print).run(stopped, every=0.0)
    empty.dispose()

    assert "the outbox could not be read or written" in caplog.text


async def test_a_task_delivers_until_it_is_cancelled(sessions: async_sessionmaker[AsyncSession]) -> None:
    """On an event loop."""
    delivered = asyncio.Event()
    async with once(sessions) as action:
        await action.later("mail", None)

    async def deliver(_: Letter) -> None:
        delivered.set()

    running = asyncio.create_task(AsyncOutbox(sessions, deliver).run(every=0.0))
    await delivered.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_each_kind_of_database_has_its_kind_of_outbox(engine: Engine) -> None:
    """And says so."""
    other = create_async_engine("sqlite+aiosqlite://")

    async def deliver(_: Letter) -> None:
        raise NotImplementedError

    with pytest.raises(CallerError, match="use AsyncOutbox"):
        Outbox(other, print).deliver_due()
    with pytest.raises(CallerError, match="use Outbox"):
        await AsyncOutbox(engine, deliver).deliver_due()
