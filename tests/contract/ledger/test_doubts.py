# SPDX-License-Identifier: Apache-2.0
"""What every ledger promises of slow claims, which are renewed, and of unknown outcomes, which somebody looks into."""

import pytest

from seeother.ledger import Ledger
from seeother.message import Response
from seeother.policy import Doubt, Finished, Granted, LedgerKey, Running, Unknown
from tests.clock import FakeClock

KEY = LedgerKey("POST /orders|alice", "8e03978e")
SEE_OTHER = Response(303, ((b"location", b"/orders/7"),), b"")


def granted(ledger: Ledger, name: str = "8e03978e", lease: float = 30.0, *, rerun: bool = False) -> Granted:
    """The claim of a key that must be free."""
    verdict = ledger.claim(LedgerKey(KEY.scope, name), b"print", lease, rerun=rerun)
    assert isinstance(verdict, Granted)
    return verdict


def test_a_renewed_claim_runs_on(ledger: Ledger, clock: FakeClock) -> None:
    """Each renewal counts from now; the last one's end is the end."""
    claim = granted(ledger, lease=30.0)
    for _ in range(5):
        clock.advance(20.0)
        assert ledger.renew(claim, 30.0)
    clock.advance(29.0)
    running = ledger.claim(KEY, b"print", 30.0)
    clock.advance(1.0)

    assert isinstance(running, Running)
    assert ledger.claim(KEY, b"print", 30.0) == Unknown()


def test_a_renewal_may_shorten_a_lease(ledger: Ledger, clock: FakeClock) -> None:
    """It counts from now, whatever was before."""
    claim = granted(ledger, lease=1000.0)

    assert ledger.renew(claim, 5.0)
    clock.advance(5.0)

    assert ledger.claim(KEY, b"print", 30.0) == Unknown()


def test_a_renewed_claim_blocks_its_key_for_as_long_after_its_lease(ledger: Ledger, clock: FakeClock) -> None:
    """Retention of an unknown outcome counts from the end of the last lease."""
    claim = granted(ledger, lease=30.0)
    clock.advance(20.0)
    ledger.renew(claim, 30.0)

    clock.advance(30.0 + 999.0)
    before = ledger.claim(KEY, b"print", 30.0)
    clock.advance(1.0)

    assert before == Unknown()
    assert granted(ledger).token > claim.token


def test_a_late_owner_may_renew(ledger: Ledger, clock: FakeClock) -> None:
    """Its process slept through the lease and goes on: while nobody else has begun, the claim runs again."""
    claim = granted(ledger, lease=30.0)
    clock.advance(300.0)

    assert ledger.renew(claim, 30.0)

    assert isinstance(ledger.claim(KEY, b"print", 30.0, rerun=True), Running)
    assert ledger.unknown(10) == []
    assert ledger.settle(claim, SEE_OTHER, 60.0)


@pytest.mark.parametrize("end", ["settled", "released", "abandoned", "rerun", "expired"])
def test_what_no_longer_runs_is_not_renewed(ledger: Ledger, clock: FakeClock, end: str) -> None:
    """A renewal that comes late changes nothing."""
    claim = granted(ledger, lease=30.0)
    if end == "settled":
        ledger.settle(claim, SEE_OTHER, 60.0)
    elif end == "released":
        ledger.release(claim)
    elif end == "abandoned":
        ledger.abandon(claim)
    elif end == "rerun":
        clock.advance(30.0)
        granted(ledger, rerun=True)
    else:
        clock.advance(1030.0)
    before = None if end in {"released", "expired"} else ledger.claim(KEY, b"print", 30.0)

    assert not ledger.renew(claim, 3000.0)

    clock.advance(29.0)
    after = ledger.claim(KEY, b"print", 30.0)
    assert isinstance(after, Granted) if before is None else type(after) is type(before)


def test_unknown_outcomes_are_found_oldest_first(ledger: Ledger, clock: FakeClock) -> None:
    """Abandoned ones and those past their lease, with the moment of their claim; nothing else."""
    began = clock.time()
    lapsed = granted(ledger, "lapsed", 2.0)
    clock.advance(1.0)
    abandoned = granted(ledger, "abandoned", 600.0)
    ledger.abandon(abandoned)
    clock.advance(1.0)
    ledger.settle(granted(ledger, "finished"), SEE_OTHER, 600.0)
    ledger.release(granted(ledger, "released"))
    running = granted(ledger, "running", 600.0)
    clock.advance(1.0)
    second = granted(ledger, "second", 5.0)
    clock.advance(5.0)

    found = ledger.unknown(10)

    assert [doubt.granted for doubt in found] == [lapsed, abandoned, second]
    assert [doubt.since - began for doubt in found] == pytest.approx([0.0, 1.0, 3.0], abs=0.01)
    assert ledger.unknown(2) == found[:2]
    assert ledger.unknown(0) == []
    assert running not in [doubt.granted for doubt in found]


def test_unknown_outcomes_are_read_page_by_page(ledger: Ledger, clock: FakeClock) -> None:
    """Each page begins behind the last one, though what stood there has been ended meanwhile, and the grace is kept."""
    claims: list[Granted] = []
    for number in range(5):
        claims.append(granted(ledger, str(number)))
        ledger.abandon(claims[-1])
        clock.advance(1.0)

    first = ledger.unknown(2)
    ledger.clear(first[1].granted)
    second = ledger.unknown(2, after=first[1])
    ledger.settle(second[0].granted, SEE_OTHER, 60.0)
    third = ledger.unknown(2, after=second[1])

    assert [[doubt.granted for doubt in page] for page in (first, second, third)] == [
        claims[:2],
        claims[2:4],
        claims[4:],
    ]
    assert ledger.unknown(2, after=third[0]) == []
    assert [doubt.granted for doubt in ledger.unknown(9, grace=2.0)] == [claims[0], claims[3]]


def test_unknown_outcomes_of_one_moment_are_all_found(ledger: Ledger) -> None:
    """Page by page, in some order."""
    claims = {granted(ledger, str(number)) for number in range(5)}
    for claim in claims:
        ledger.abandon(claim)

    found: list[Doubt] = []
    while page := ledger.unknown(2, after=found[-1] if found else None):
        found += page

    assert len(found) == 5
    assert {doubt.granted for doubt in found} == claims


def test_an_unknown_outcome_that_has_had_its_time_is_not_found(ledger: Ledger, clock: FakeClock) -> None:
    """Its key is free, so nobody can settle it any more."""
    ledger.abandon(granted(ledger))
    clock.advance(1000.0)

    assert ledger.unknown(10) == []


def test_a_doubt_can_be_settled(ledger: Ledger) -> None:
    """Whoever learnt how it ended has the token, and from then on everybody gets the answer."""
    ledger.abandon(granted(ledger))
    (doubt,) = ledger.unknown(10)

    assert ledger.settle(doubt.granted, SEE_OTHER, 60.0)

    assert ledger.unknown(10) == []
    assert ledger.claim(KEY, b"print", 30.0) == Finished(SEE_OTHER)
    assert not ledger.clear(doubt.granted)


@pytest.mark.parametrize("abandoned", [False, True])
def test_a_doubt_can_be_cleared(ledger: Ledger, clock: FakeClock, *, abandoned: bool) -> None:
    """Nothing had happened: the key is free, and its late owner is fenced off."""
    claim = granted(ledger, lease=30.0)
    if abandoned:
        ledger.abandon(claim)
    else:
        clock.advance(30.0)
    (doubt,) = ledger.unknown(10)

    assert ledger.clear(doubt.granted)

    fresh = granted(ledger)
    assert fresh.token > claim.token
    assert not any([ledger.clear(doubt.granted), ledger.settle(claim, SEE_OTHER, 60.0), ledger.renew(claim, 30.0)])
    assert isinstance(ledger.claim(KEY, b"print", 30.0), Running)


def test_what_runs_is_not_cleared(ledger: Ledger, clock: FakeClock) -> None:
    """Neither a claim within its lease nor one that was renewed while somebody looked into it."""
    claim = granted(ledger, lease=30.0)
    early = ledger.clear(claim)
    clock.advance(30.0)
    (doubt,) = ledger.unknown(10)
    ledger.renew(claim, 30.0)

    assert not early
    assert not ledger.clear(doubt.granted)
    assert isinstance(ledger.claim(KEY, b"print", 30.0), Running)


def test_a_doubt_names_one_claim(ledger: Ledger, clock: FakeClock) -> None:
    """The claim that took the key anew is not cleared by an old doubt, nor by one that names another's key."""
    old = granted(ledger, lease=30.0)
    clock.advance(30.0)
    fresh = granted(ledger, lease=30.0, rerun=True)
    clock.advance(30.0)
    other = Granted(LedgerKey(KEY.scope, "other"), fresh.token)

    assert [ledger.clear(old), ledger.clear(other)] == [False, False]
    assert [doubt.granted for doubt in ledger.unknown(10)] == [fresh]
    assert isinstance(ledger.unknown(10)[0], Doubt)
