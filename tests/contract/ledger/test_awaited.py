# SPDX-License-Identifier: Apache-2.0
"""A ledger's face for event loops says what its plain calls say."""

import asyncio
from typing import Any

import pytest

from seeother.ledger import Ledger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Mismatch, Running, Unknown, Verdict

KEY = LedgerKey("POST /orders|alice", "8e03978e")
SEE_OTHER = Response(303, ((b"location", b"/orders/7"), (b"x-latin", b"caf\xe9")), bytes(range(256)))


async def granted(ledger: Ledger, name: str, *, rerun: bool = False) -> Granted:
    """The claim of a key that must be free."""
    verdict = await ledger.awaitable.claim(LedgerKey("s", name), b"print", 60.0, rerun=rerun)
    assert isinstance(verdict, Granted)
    return verdict


async def test_each_call_moves_what_the_plain_one_sees(ledger: Ledger) -> None:
    """What one face writes the other reads, in both directions."""
    face = ledger.awaitable
    settled, released, abandoned = [await granted(ledger, name) for name in ("settled", "released", "abandoned")]

    moved = [await face.renew(settled, 90.0), await face.settle(settled, SEE_OTHER, 60.0), await face.release(released),
             await face.abandon(abandoned)]  # fmt: skip
    moved_again = [await face.renew(settled, 90.0), await face.settle(settled, SEE_OTHER, 60.0),
                   await face.release(released), await face.abandon(abandoned)]  # fmt: skip

    assert (moved, moved_again) == ([True] * 4, [False] * 4)
    assert ledger.claim(settled.key, b"print", 60.0) == Finished(SEE_OTHER)
    assert isinstance(ledger.claim(released.key, b"print", 60.0), Granted)
    assert ledger.claim(abandoned.key, b"print", 60.0) == Unknown()
    assert await face.claim(settled.key, b"print", 60.0) == Finished(SEE_OTHER)
    assert await face.claim(settled.key, b"other", 60.0) == Mismatch()
    assert isinstance(await face.claim(released.key, b"print", 60.0), Running)
    assert await face.claim(abandoned.key, b"print", 60.0) == Unknown()
    assert (await granted(ledger, "abandoned", rerun=True)).token > abandoned.token


async def test_of_200_tasks_one_is_granted(real_ledger: Ledger) -> None:
    """All others hear that it is running."""
    face = real_ledger.awaitable

    verdicts = await asyncio.gather(*[face.claim(KEY, b"print", 60.0) for _ in range(200)])

    assert sum(isinstance(verdict, Granted) for verdict in verdicts) == 1
    assert sum(isinstance(verdict, Running) for verdict in verdicts) == 199


async def test_claim_of_one_who_leaves_when_it_is_granted_is_given_back(real_ledger: Ledger) -> None:
    """He is cancelled in the very turn of the loop in which he would have heard of it."""
    if not real_ledger.blocking:
        pytest.skip("nobody waits for it")
    face, loop = real_ledger.awaitable, asyncio.get_running_loop()
    await granted(real_ledger, "before")
    plain, replies = loop.create_future, list[asyncio.Future[Any]]()

    def made() -> asyncio.Future[Any]:
        future = plain()
        if asyncio.current_task() is leaving and not replies:
            replies.append(future)
            future.add_done_callback(lambda _: leaving.cancel())  # comes before the task is woken
        return future

    leaving = asyncio.ensure_future(face.claim(KEY, b"print", 60.0))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loop, "create_future", made)
        await asyncio.gather(leaving, return_exceptions=True)
    async with asyncio.timeout(30):
        while isinstance(verdict := await face.claim(KEY, b"print", 60.0), Running):  # noqa: ASYNC110 - a server ends it
            await asyncio.sleep(0.02)

    assert leaving.cancelled()
    assert not replies[0].cancelled()
    assert isinstance(verdict, Granted)


def test_one_event_loop_after_the_other(real_ledger: Ledger) -> None:
    """A loop that has ended takes nothing with it that the next one needs, nor the plain calls between them."""
    verdicts: list[Verdict] = []
    for number in range(3):
        key = LedgerKey("s", str(number))
        verdicts.append(asyncio.run(_claimed(real_ledger, key)))
        assert isinstance(real_ledger.claim(key, b"print", 60.0), Running)

    assert all(isinstance(verdict, Granted) for verdict in verdicts)


async def _claimed(ledger: Ledger, key: LedgerKey) -> Verdict:
    return await ledger.awaitable.claim(key, b"print", 60.0)
