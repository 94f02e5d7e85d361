# SPDX-License-Identifier: Apache-2.0
"""What is given back: not too early, until it is heard, and not for ever."""

import asyncio
import logging

import pytest

from seeother.errors import StoreError
from seeother.ledger import returns
from seeother.ledger.returns import Returns


class Server:
    """Hears calls, the first few of them in vain."""

    def __init__(self, failures: int = 0) -> None:
        """Fail so often."""
        self.failures = failures
        self.heard: list[tuple[str, float]] = []
        self.changed = asyncio.Event()

    async def ask(self, call: str) -> None:
        """Note the call and when it came."""
        self.heard.append((call, asyncio.get_running_loop().time()))
        self.changed.set()
        if len(self.heard) <= self.failures:
            raise StoreError("away", retryable=True)

    async def times(self, number: int) -> None:
        """Return when it was called so often."""
        async with asyncio.timeout(10):
            while len(self.heard) < number:
                self.changed.clear()
                await self.changed.wait()


async def test_nothing_is_given_back_before_it_is_certain() -> None:
    """A claim that may yet be granted would be found free, and be granted afterwards."""
    server = Server()
    owed = Returns(server.ask)
    now = asyncio.get_running_loop().time()

    owed.owe("later", now + 0.05)
    await server.times(1)
    owed.owe("at once", now)
    await server.times(2)

    assert [call for call, _ in server.heard] == ["later", "at once"]
    assert server.heard[0][1] >= now + 0.05


async def test_what_is_not_heard_is_asked_again() -> None:
    """In the same order, and no longer when it has been heard."""
    server = Server(failures=3)
    owed = Returns(server.ask)

    now = asyncio.get_running_loop().time()
    owed.owe("a", now)
    owed.owe("b", now)
    await server.times(5)
    owed.owe("c", now)
    await server.times(6)

    assert "".join(call for call, _ in server.heard) == "ababac"


async def test_it_is_given_up_at_last(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """And said in the log, for its outcome will be unknown."""
    monkeypatch.setattr(returns, "RETURNING_SECONDS", 0.0)
    server = Server(failures=1)
    owed = Returns(server.ask)

    with caplog.at_level(logging.WARNING, "seeother.ledger"):
        owed.owe("a", 0.0)
        await server.times(1)
        owed.owe("b", asyncio.get_running_loop().time())
        await server.times(2)

    assert [call for call, _ in server.heard] == ["a", "b"]
    assert "will be unknown" in caplog.text


async def test_more_than_it_holds_is_said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Once: a flood of refused claims takes no more memory than that, and no line each."""
    monkeypatch.setattr(returns, "_MOST", 2)
    server = Server()
    owed = Returns(server.ask)

    with caplog.at_level(logging.WARNING, "seeother.ledger"):
        for call in "abcd":
            owed.owe(call, 0.0)
        await server.times(2)

    assert [call for call, _ in server.heard] == ["a", "b"]
    assert caplog.text.count("too many") == 1


async def test_closed_it_gives_nothing_back() -> None:
    """The process is about to end; and it may be used again."""
    server = Server()
    owed = Returns(server.ask)

    owed.owe("a", asyncio.get_running_loop().time() + 60.0)
    await asyncio.sleep(0)
    owed.close()
    await asyncio.sleep(0)
    owed.owe("b", 0.0)
    await server.times(1)

    assert [call for call, _ in server.heard] == ["b"]
