# SPDX-License-Identifier: Apache-2.0
"""Each call of a ledger whose server carries it out and replies late: nothing is done twice, no key held for nobody."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from seeother.errors import StoreError
from seeother.ledger import AsyncLedger, Ledger, open_ledger
from seeother.ledger.postgres_rows import of_key
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Running, Unknown, Verdict

from .conftest import LATE_SECONDS, Line

KEY = LedgerKey("POST /orders|alice", "8e03978e-late")
ANSWER = Response(303, ((b"location", b"/orders/7"),), b"")


class InThreads:
    """Asks a ledger in threads, as an event loop would."""

    def __init__(self, ledger: Ledger) -> None:
        """Ask this one."""
        self._ledger = ledger

    async def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """As the ledger's."""
        return await asyncio.to_thread(self._ledger.claim, key, fingerprint, lease, rerun=rerun)

    async def renew(self, granted: Granted, lease: float) -> bool:
        """As the ledger's."""
        return await asyncio.to_thread(self._ledger.renew, granted, lease)

    async def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """As the ledger's."""
        return await asyncio.to_thread(self._ledger.settle, granted, answer, keep)

    async def release(self, granted: Granted) -> bool:
        """As the ledger's."""
        return await asyncio.to_thread(self._ledger.release, granted)

    async def abandon(self, granted: Granted) -> bool:
        """As the ledger's."""
        return await asyncio.to_thread(self._ledger.abandon, granted)


def mark(line: Line) -> bytes:
    """What each call about the key brings."""
    row: bytes = of_key(KEY)["id"]
    return row if line.address.startswith("postgresql:") else KEY.key.encode()


WAYS: dict[str, Callable[[Ledger], AsyncLedger]] = {"tasks": lambda ledger: ledger.awaitable, "threads": InThreads}


@pytest.fixture
def opened(line: Line) -> Iterator[Ledger]:
    """The ledger behind the relay."""
    ledger = open_ledger(line.address)
    yield ledger
    ledger.close()


@pytest.fixture(params=sorted(WAYS))
def calls(opened: Ledger, request: pytest.FixtureRequest) -> AsyncLedger:
    """Its calls, by tasks and by threads."""
    return WAYS[request.param](opened)


async def claimed(calls: AsyncLedger) -> Granted:
    """The claim of the key, which is free."""
    verdict = await calls.claim(KEY, b"print", 60.0)
    assert isinstance(verdict, Granted)
    return verdict


async def no_longer_running(calls: AsyncLedger) -> Verdict:
    """What the key is when it is given back."""
    verdict: Verdict | None = None
    async with asyncio.timeout(30):
        while verdict is None or isinstance(verdict, Running):
            await asyncio.sleep(0.02)
            with suppress(StoreError):  # it is on the line that waits
                verdict = await calls.claim(KEY, b"print", 60.0)
    return verdict


async def test_key_that_was_unknown_is_unknown_again(line: Line, calls: AsyncLedger) -> None:
    """Whoever looked into it never began, but somebody had: it is not free."""
    await calls.abandon(await claimed(calls))
    line.relay.hold_after(mark(line), LATE_SECONDS)

    with pytest.raises(StoreError):
        await calls.claim(KEY, b"print", 60.0, rerun=True)

    assert await no_longer_running(calls) == Unknown()
    assert isinstance(await calls.claim(KEY, b"print", 60.0, rerun=True), Granted)


@pytest.mark.parametrize("fault", ["late", "cut"])
async def test_what_ends_a_claim_is_told_until_it_is_heard(line: Line, calls: AsyncLedger, fault: str) -> None:
    """And knows that it was its own call that did it."""

    def spoil() -> None:
        if fault == "late":
            line.relay.hold_after(mark(line), LATE_SECONDS)
        else:
            line.relay.cut_after(mark(line), times=2)

    claim = await claimed(calls)
    spoil()
    released = await calls.release(claim)
    claim = await claimed(calls)
    spoil()
    abandoned = await calls.abandon(claim)
    spoil()
    settled = await calls.settle(claim, ANSWER, 60.0)

    assert (released, abandoned, settled, line.relay.is_waiting) == (True, True, True, False)
    assert await calls.claim(KEY, b"print", 60.0) == Finished(ANSWER)


async def test_renewal_that_is_confirmed_late_has_renewed(line: Line, calls: AsyncLedger) -> None:
    """It says that it cannot tell, and the claim goes on as if it had."""
    claim = await claimed(calls)
    line.relay.hold_after(mark(line), LATE_SECONDS)

    with pytest.raises(StoreError):
        await calls.renew(claim, 60.0)

    assert await calls.renew(claim, 60.0)
    assert await calls.settle(claim, ANSWER, 60.0)


@pytest.mark.parametrize("seconds", [0.2, LATE_SECONDS])
async def test_claim_of_one_who_left_is_given_back(line: Line, opened: Ledger, seconds: float) -> None:
    """The reply comes within the patience or later, and its caller was cancelled before."""
    ledger = opened.awaitable
    await ledger.claim(LedgerKey("s", "before"), b"print", 60.0)
    line.relay.hold_after(mark(line), seconds)

    leaving = asyncio.ensure_future(ledger.claim(KEY, b"print", 60.0))
    async with asyncio.timeout(30):
        while line.relay.is_waiting:  # noqa: ASYNC110 - a thread ends it
            await asyncio.sleep(0.005)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    assert leaving.cancelled()
    assert isinstance(await no_longer_running(ledger), Granted)
