# SPDX-License-Identifier: Apache-2.0
"""A claim outlives its lease for as long as its application runs, and no longer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from seeother.asgi.drive import Drive, Message, Receive, Scope, Send
from seeother.asgi.renewal import Renewal
from seeother.errors import StoreError
from seeother.ledger import AsyncLedger, Ledger, MemoryLedger, SQLiteLedger
from seeother.message import Response
from seeother.policy import Answer, Flow, Forward, Granted, LedgerKey, Respond, Running, Unknown, Verdict
from tests.clock import FakeClock

KEY = LedgerKey("s", "k")
LEASE = 0.03  # seconds, of the ledger's clock and of the loop's


class Telling(MemoryLedger):
    """A ledger that tells of each renewal, and fails as often as it is told to."""

    def __init__(self, real: Ledger) -> None:
        """Renew in this ledger."""
        super().__init__()
        self.real = real
        self.blocking = real.blocking
        self.heard: asyncio.Queue[bool | None] = asyncio.Queue()  # None for a failure
        self.failures: list[Exception] = []  # of the next renewals

    @property
    def awaitable(self) -> AsyncLedger:
        """What a blocking one is asked by."""
        return TellingLater(self)

    def renew(self, granted: Granted, lease: float) -> bool:
        """Renew and tell."""
        said = self.real.renew(granted, lease)
        self.heard.put_nowait(said)
        return said


class TellingLater:
    """The same for an event loop."""

    def __init__(self, telling: Telling) -> None:
        """Tell by this one."""
        self._telling = telling
        self._face = telling.real.awaitable
        self.claim, self.settle = self._face.claim, self._face.settle
        self.release, self.abandon = self._face.release, self._face.abandon

    async def renew(self, granted: Granted, lease: float) -> bool:
        """Renew and tell."""
        if self._telling.failures:
            self._telling.heard.put_nowait(None)
            raise self._telling.failures.pop()
        said = await self._face.renew(granted, lease)
        self._telling.heard.put_nowait(said)
        return said


@pytest.fixture
def clock() -> FakeClock:
    """The time that the ledgers see."""
    return FakeClock()


@pytest.fixture(params=["memory", "sqlite"])
async def telling(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Telling]:
    """One ledger that does not block and one that does."""
    real = (
        MemoryLedger(clock=clock)
        if request.param == "memory"
        else SQLiteLedger(tmp_path / "ledger.db", clock=clock, patience=3)
    )
    yield Telling(real)
    real.close()


def claimed(ledger: Ledger) -> Verdict:
    """What a claim of the key says."""
    return ledger.claim(KEY, b"print", LEASE)


def granted(ledger: Ledger) -> Granted:
    """The claim of the key, which must be free."""
    verdict = claimed(ledger)
    assert isinstance(verdict, Granted)
    return verdict


async def test_a_claim_runs_for_as_long_as_it_is_renewed(telling: Telling, clock: FakeClock) -> None:
    """Two thirds of its lease pass before each renewal, ten leases in all: nobody hears that it is unknown."""
    renewal = Renewal(telling, granted(telling.real), LEASE)
    verdicts: list[Verdict] = []
    for _ in range(15):
        clock.advance(LEASE * 2 / 3)
        while not telling.heard.empty():
            telling.heard.get_nowait()
        assert await telling.heard.get()
        verdicts.append(claimed(telling.real))
    renewal.stop()
    clock.advance(2 * LEASE)

    assert {type(verdict) for verdict in verdicts} == {Running}
    assert claimed(telling.real) == Unknown()


async def test_a_stopped_renewal_asks_no_more(telling: Telling) -> None:
    """What is over is not renewed: of two claims the one that goes on is heard of, the other is not."""
    first = granted(telling.real)
    stopped = Renewal(telling, first, LEASE)
    stopped.stop()
    other = telling.real.claim(LedgerKey("s", "other"), b"print", LEASE)
    assert isinstance(other, Granted)
    going_on = Renewal(telling, other, LEASE * 2)
    telling.real.settle(first, Response(200), 60.0)  # renewing it would say False

    said = [await telling.heard.get() for _ in range(3)]
    going_on.stop()

    assert said == [True, True, True]


async def test_a_lost_claim_is_renewed_no_more(telling: Telling) -> None:
    """Somebody else has the key: one renewal says so, and it is the last."""
    lost = granted(telling.real)
    renewal = Renewal(telling, lost, LEASE)
    telling.real.release(lost)
    fresh = granted(telling.real)

    said = await telling.heard.get()
    other = Renewal(telling, fresh, LEASE)
    later = [await telling.heard.get() for _ in range(3)]
    renewal.stop()
    other.stop()

    assert said is False
    assert later == [True, True, True]


async def test_a_store_that_fails_is_asked_again(telling: Telling, caplog: pytest.LogCaptureFixture) -> None:
    """One failure does not end it, and what is no failure of the store's is told."""
    telling.failures = [ValueError("a mistake of ours"), StoreError("away")]
    renewal = Renewal(telling, granted(telling.real), LEASE)

    said = [await telling.heard.get() for _ in range(4)]
    renewal.stop()

    assert "a mistake of ours" in caplog.text
    assert "away" not in caplog.text
    assert said == [None, None, True, True]


async def test_a_drive_renews_what_its_flow_holds(telling: Telling, clock: FakeClock) -> None:
    """While the application runs, and from its end on no longer."""
    verdicts: list[Verdict] = []

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        for _ in range(5):
            clock.advance(LEASE * 2 / 3)
            while not telling.heard.empty():
                telling.heard.get_nowait()
            assert await telling.heard.get()
            verdicts.append(claimed(telling.real))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    def flow(held: Granted) -> Flow:
        answer = yield Forward(1000, held=held, lease=LEASE)
        assert isinstance(answer, Response)
        yield Respond(answer)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        """Send to nobody."""

    async def respond(answer: Answer) -> None:
        assert answer.status == 204

    drive = Drive(
        application, {"type": "http"}, receive, send, respond=respond, ledger=telling, report=lambda _kind, _why: None
    )
    await drive.run(flow(granted(telling.real)))
    clock.advance(2 * LEASE)

    assert {type(verdict) for verdict in verdicts} == {Running}
    assert claimed(telling.real) == Unknown()
