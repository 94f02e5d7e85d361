# SPDX-License-Identifier: Apache-2.0
"""Which library a session is of, and what need not be there for it."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from seeother.errors import CallerError
from seeother.ledger.transaction.doors import join
from seeother.ledger.transaction.joined import AsyncJoined, Joined

_WITHOUT_GREENLET = """
import sys

sys.modules["greenlet"] = None  # as where SQLAlchemy is installed without its extra asyncio

from sqlalchemy import create_engine, text
from sqlalchemy.orm import sessionmaker

from seeother.ledger import once

engine = create_engine("sqlite:///" + sys.argv[1])
for source in (engine, sessionmaker(engine)):
    with once(source) as action:
        print(action.session.execute(text("SELECT 7")).scalar_one())
"""


def test_who_blocks_needs_no_greenlet(tmp_path: Path) -> None:
    """SQLAlchemy brings it with its extra `asyncio` only."""
    ran = subprocess.run(
        [sys.executable, "-c", _WITHOUT_GREENLET, tmp_path / "shop.db"], capture_output=True, text=True, check=False
    )

    assert (ran.stdout, ran.stderr) == ("7\n7\n", "")


def test_a_maker_is_as_what_it_makes() -> None:
    """A `sessionmaker` may make sessions of an event loop, and did so before there was one of their own."""
    engine = create_engine("sqlite://")
    on_a_loop = create_async_engine("sqlite+aiosqlite://")

    blocking = (engine, sessionmaker(engine), sessionmaker(engine)(), scoped_session(sessionmaker(engine)))
    asynchronous = (
        on_a_loop,
        async_sessionmaker(on_a_loop),
        async_sessionmaker(on_a_loop)(),
        sessionmaker(class_=AsyncSession),
    )

    assert [isinstance(join(source), Joined) for source in blocking] == [True] * 4
    assert [isinstance(join(source), AsyncJoined) for source in asynchronous] == [True] * 4


@pytest.mark.parametrize("source", [Session, create_engine, 7])
def test_what_has_no_transaction_is_refused(source: object) -> None:
    """With what can be given instead."""
    with pytest.raises(CallerError):
        join(source)
