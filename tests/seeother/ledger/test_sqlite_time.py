# SPDX-License-Identifier: Apache-2.0
"""A ledger's time does not jump, is one for all processes of a boot, and goes on after the next."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seeother.clock import SYSTEM_CLOCK
from seeother.ledger import Reconciler, SQLiteLedger
from seeother.ledger.sqlite_time import boot_of
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Running, Unknown
from tests.clock import FakeClock

KEY = LedgerKey("s", "k")
ANSWER = Response(303, ((b"location", b"/orders/7"),))
HOUR = 3600.0


@pytest.fixture
def clock() -> FakeClock:
    """The machine's clocks."""
    return FakeClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> Iterator[SQLiteLedger]:
    """A ledger of the first boot."""
    opened = SQLiteLedger(tmp_path / "ledger.db", clock=clock, boot="first", synchronous="normal")
    yield opened
    opened.close()


def claimed(ledger: SQLiteLedger, key: LedgerKey = KEY, lease: float = 60.0) -> Granted:
    """The claim of a key that must be free."""
    verdict = ledger.claim(key, b"print", lease)
    assert isinstance(verdict, Granted)
    return verdict


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 48 * HOUR, -48 * HOUR])
def test_a_clock_that_is_set_changes_nothing(
    ledger: SQLiteLedger, clock: FakeClock, tmp_path: Path, jump: float
) -> None:
    """Leases end and answers are forgotten when they would have been, for this process and for one that comes later."""
    finished = LedgerKey("s", "finished")
    ledger.settle(claimed(ledger, finished), ANSWER, 24 * HOUR)
    claimed(ledger)
    clock.jump(jump)
    later = SQLiteLedger(tmp_path / "ledger.db", clock=clock, boot="first", synchronous="normal")
    clock.advance(59.0)
    for each in (ledger, later):
        assert isinstance(each.claim(KEY, b"print", 60.0), Running)
        assert each.claim(finished, b"print", 60.0) == Finished(ANSWER)

    clock.advance(2.0)
    for each in (ledger, later):
        assert each.claim(KEY, b"print", 60.0) == Unknown()
    clock.advance(24 * HOUR)

    assert isinstance(later.claim(finished, b"print", 60.0), Granted)
    later.close()


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_an_unknown_outcome_is_dated_by_the_wall_clock(ledger: SQLiteLedger, clock: FakeClock, jump: float) -> None:
    """As it stands when somebody looks, for that is compared with other times; its age is what has really passed."""
    claim = claimed(ledger)
    ledger.abandon(claim)
    clock.jump(jump)
    clock.advance(59.0)
    young = Reconciler(ledger, lambda _: ANSWER).reconcile()
    (doubt,) = ledger.unknown(9)
    clock.advance(1.0)

    assert young == 0
    assert clock.time() - doubt.since == pytest.approx(60.0)
    assert Reconciler(ledger, lambda _: ANSWER).reconcile() == 1


def test_the_next_boot_goes_by_the_wall_clock(ledger: SQLiteLedger, clock: FakeClock, tmp_path: Path) -> None:
    """Its monotonic clock begins anew; what was claimed an hour ago is an hour old."""
    claimed(ledger, lease=2 * HOUR)
    ledger.close()
    rebooted = FakeClock(clock.time() + HOUR)
    later = SQLiteLedger(tmp_path / "ledger.db", clock=rebooted, boot="second", synchronous="normal")

    within = later.claim(KEY, b"print", 60.0)
    rebooted.advance(HOUR)
    over = later.claim(KEY, b"print", 60.0)
    later.close()

    assert isinstance(within, Running)
    assert over == Unknown()


def test_time_does_not_go_back_over_a_boot(ledger: SQLiteLedger, tmp_path: Path) -> None:
    """After a power cut the wall clock may be years behind: a lease goes on from the last claim, and no longer."""
    claimed(ledger, lease=60.0)
    ledger.close()
    rebooted = FakeClock(0.0)
    later = SQLiteLedger(tmp_path / "ledger.db", clock=rebooted, boot="second", synchronous="normal")

    within = later.claim(KEY, b"print", 60.0)
    rebooted.advance(60.0)
    over = later.claim(KEY, b"print", 60.0)
    later.close()

    assert isinstance(within, Running)
    assert over == Unknown()


def test_the_machine_knows_its_boot() -> None:
    """Two answers agree; of another clock nobody knows where it begins."""
    assert boot_of(SYSTEM_CLOCK) == boot_of(SYSTEM_CLOCK)
    assert boot_of(FakeClock()) is None
