# SPDX-License-Identifier: Apache-2.0
"""Claims outlive their leases for as long as their applications run, and no longer."""

import queue
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import CancelledError
from typing import Any
from wsgiref.types import StartResponse

import pytest

from seeother.errors import StoreError
from seeother.ledger import MemoryLedger
from seeother.policy import Granted, LedgerKey, Running, Verdict
from seeother.wsgi.renewal import Renewals
from tests.clock import FakeClock
from tests.seeother.wsgi.site import KEY, ORDERS, Call, guarded

LEASE = 0.03  # seconds, of the ledger's clock and of the machine's
PATIENCE = 30.0  # seconds, to see a hang


class Telling(MemoryLedger):
    """A ledger that tells of each renewal, and fails as often as it is told to."""

    failures = 0
    failure: Exception = StoreError("away")

    def __init__(self, clock: FakeClock) -> None:
        """Hold nothing."""
        super().__init__(clock=clock)
        self.heard: queue.Queue[tuple[str, bool]] = queue.Queue()

    def renew(self, granted: Granted, lease: float) -> bool:
        """Renew and tell."""
        if self.failures:
            self.failures -= 1
            raise self.failure
        said = super().renew(granted, lease)
        self.heard.put((granted.key.key, said))
        return said

    def next(self) -> tuple[str, bool]:
        """The next that it tells."""
        return self.heard.get(timeout=PATIENCE)


def claimed(ledger: MemoryLedger, key: str) -> Verdict:
    """What a claim of the key says."""
    return ledger.claim(LedgerKey("s", key), b"print", LEASE)


def granted(ledger: MemoryLedger, key: str) -> Granted:
    """The claim of a key that must be free."""
    verdict = claimed(ledger, key)
    assert isinstance(verdict, Granted)
    return verdict


def test_claims_run_for_as_long_as_they_are_renewed() -> None:
    """Two claims, one thread; two thirds of a lease pass before each round, ten leases in all."""
    clock = FakeClock()
    ledger, renewals = Telling(clock), Renewals()
    held = [renewals.begin(ledger, granted(ledger, key), LEASE) for key in ("a", "b")]
    verdicts: list[Verdict] = []
    for _ in range(15):
        clock.advance(LEASE * 2 / 3)
        while not ledger.heard.empty():
            ledger.next()
        missing = {"a", "b"}
        while missing:
            missing.discard(ledger.next()[0])
        verdicts += [claimed(ledger, "a"), claimed(ledger, "b")]
    for renewal in held:
        renewals.end(renewal)

    assert {type(verdict) for verdict in verdicts} == {Running}


def test_a_lost_claim_is_renewed_no_more() -> None:
    """One renewal says that the key is another's, and it is the last; a store that was away is asked again."""
    ledger, renewals = Telling(FakeClock()), Renewals()
    lost = granted(ledger, "a")
    ledger.release(lost)
    ledger.failures = 2
    renewals.begin(ledger, lost, LEASE)

    said = ledger.next()
    other = renewals.begin(ledger, granted(ledger, "b"), LEASE)
    later = [ledger.next() for _ in range(3)]
    renewals.end(other)

    assert said == ("a", False)
    assert later == [("b", True)] * 3


def test_one_that_fails_in_another_way_ends_no_others_renewals(caplog: pytest.LogCaptureFixture) -> None:
    """As a ledger does that is closed meanwhile; there is one thread for all."""
    ledger, renewals = Telling(FakeClock()), Renewals()
    ledger.failures, ledger.failure = 1, CancelledError()
    held = renewals.begin(ledger, granted(ledger, "a"), LEASE)

    said = ledger.next()
    renewals.end(held)

    assert said == ("a", True)
    assert "could not be renewed" in caplog.text


def test_a_shorter_lease_does_not_wait_for_a_longer_one() -> None:
    """The thread sleeps for an hour when a claim comes that is due at once."""
    ledger, renewals = Telling(FakeClock()), Renewals()
    renewals.begin(ledger, granted(ledger, "long"), 3600.0)
    renewals.begin(ledger, granted(ledger, "short"), LEASE)

    assert ledger.next() == ("short", True)


FORKING = """
import os
from seeother.ledger import MemoryLedger
from seeother.policy import LedgerKey
from seeother.wsgi.renewal import RENEWALS

class Telling(MemoryLedger):
    def renew(self, granted, lease):
        os.write(pipe[1], granted.key.key.encode())
        return super().renew(granted, lease)

pipe = os.pipe()
ledger = Telling()
RENEWALS.begin(ledger, ledger.claim(LedgerKey("s", "p"), b"print", 60.0), 3600.0)
child = os.fork()
if child == 0:
    RENEWALS.begin(ledger, ledger.claim(LedgerKey("s", "c"), b"print", 60.0), 0.03)
    os._exit(0 if os.read(pipe[0], 1) == b"c" else 1)
_, status = os.waitpid(child, 0)
assert status == 0, status
print("fine")
"""


def test_a_forked_child_renews_its_own_claims() -> None:
    """The parent's thread is not there any more: the child starts one."""
    done = subprocess.run(
        [sys.executable, "-c", FORKING], capture_output=True, text=True, check=False, timeout=PATIENCE
    )

    assert (done.stdout.strip(), done.stderr) == ("fine", "")


def test_a_guard_renews_while_the_application_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler that takes for longer than its lease: its claim is renewed, and its answer is remembered."""
    monkeypatch.setattr(sys.modules["seeother.policy.idempotency.once"], "LEASE_SECONDS", LEASE)
    renewed: queue.Queue[bool] = queue.Queue()
    plain = MemoryLedger.renew

    def renew(ledger: MemoryLedger, granted: Granted, lease: float) -> bool:
        said = plain(ledger, granted, lease)
        renewed.put(said)
        return said

    monkeypatch.setattr(MemoryLedger, "renew", renew)
    said: list[bool] = []

    def slow(_environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        said.extend([renewed.get(timeout=PATIENCE) for _ in range(4)])
        start_response("201 Created", [("Content-Type", "text/plain")])
        return [b"made"]

    guard = guarded(slow, route=[ORDERS])
    calls = [Call(guard, "POST /orders", b"sku=tea", HTTP_IDEMPOTENCY_KEY=f'"{KEY}"') for _ in range(2)]

    assert [call.rest() for call in calls] == [b"made", b"made"]
    assert said == [True] * 4
