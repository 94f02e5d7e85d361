# SPDX-License-Identifier: Apache-2.0
"""What is special about the ledger in memory: its bounds."""

import pytest

from seeother.errors import StoreError
from seeother.ledger import MemoryLedger
from seeother.message import Response
from seeother.policy import Granted, LedgerKey, Unknown
from tests.clock import FakeClock


def claimed(ledger: MemoryLedger, key: str, lease: float = 60.0) -> Granted:
    """The claim of a key that must be free."""
    verdict = ledger.claim(LedgerKey("s", key), b"print", lease)
    assert isinstance(verdict, Granted)
    return verdict


def test_a_full_ledger_refuses_rather_than_forgets() -> None:
    """An answer thrown away would let its action run twice; when its time is up there is room again."""
    clock = FakeClock()
    ledger = MemoryLedger(clock=clock, limit_entries=3)
    for key in ("a", "b", "c"):
        ledger.settle(claimed(ledger, key), Response(200), 100.0)

    with pytest.raises(StoreError, match=r"full \(3 keys") as caught:
        claimed(ledger, "d")
    clock.advance(100.0)
    claimed(ledger, "d")

    assert caught.value.retryable
    assert len(ledger) == 1


def test_a_known_key_is_answered_by_a_full_ledger() -> None:
    """Being full stops new keys only."""
    ledger = MemoryLedger(clock=FakeClock(), limit_entries=1)
    claim = claimed(ledger, "a")

    assert ledger.settle(claim, Response(200), 100.0)
    assert ledger.claim(claim.key, b"print", 60.0).__class__.__name__ == "Finished"


@pytest.mark.parametrize("limits", [{"limit_entries": 2}, {"limit_bytes": 100}], ids=["keys", "bytes"])
def test_an_unknown_outcome_is_not_forgotten_by_a_full_ledger(limits: dict[str, int]) -> None:
    """Whoever looks into it gets the key itself, for it takes no more room; the others hear that it is unknown."""
    ledger = MemoryLedger(clock=FakeClock(), **limits)
    lost = claimed(ledger, "u")
    ledger.abandon(lost)
    ledger.settle(claimed(ledger, "a"), Response(200), 100.0)

    again = ledger.claim(lost.key, b"print", 60.0, rerun=True)

    assert isinstance(again, Granted)
    assert ledger.abandon(again)
    assert ledger.claim(lost.key, b"print", 60.0) == Unknown()


def test_answers_have_a_bound_of_bytes() -> None:
    """Fields and content count; released and expired ones no longer do."""
    clock = FakeClock()
    ledger = MemoryLedger(clock=clock, limit_bytes=1000)
    ledger.settle(claimed(ledger, "a"), Response(200, (), b"x" * 600), 10.0)
    ledger.settle(claimed(ledger, "b"), Response(200, ((b"set-cookie", b"y" * 400),)), 20.0)

    with pytest.raises(StoreError, match="full"):
        claimed(ledger, "c")
    clock.advance(10.0)

    claimed(ledger, "c")


def test_claims_purge_as_they_go() -> None:
    """Nobody has to call purge: no more is held than what has not had its time, and what is a second over it."""
    clock = FakeClock()
    ledger = MemoryLedger(clock=clock)
    held: list[int] = []
    for number in range(5000):
        claim = claimed(ledger, str(number), lease=30.0)
        if number % 3 == 0:
            ledger.settle(claim, Response(200), 5.0)
        elif number % 3 == 1:
            ledger.settle(claim, Response(200), 60.0)
        else:
            ledger.release(claim)
        clock.advance(0.1)
        held.append(len(ledger))

    assert max(held) <= (5 + 60) * 10 / 3 + 2 * 10


def test_what_is_never_settled_is_forgotten_in_the_end() -> None:
    """A key that nobody settles is noted at the end of its lease and again at the end of its retention."""
    clock = FakeClock()
    ledger = MemoryLedger(clock=clock, keep_unknown=100.0)
    claimed(ledger, "lost", lease=30.0)
    for number in range(140):
        clock.advance(1.0)
        ledger.release(claimed(ledger, str(number)))

    assert len(ledger) == 0


def test_a_closed_ledger_is_empty() -> None:
    """Closing forgets everything."""
    ledger = MemoryLedger(clock=FakeClock())
    claimed(ledger, "a")

    ledger.close()

    assert len(ledger) == 0
    claimed(ledger, "a")
