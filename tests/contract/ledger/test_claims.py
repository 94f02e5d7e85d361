# SPDX-License-Identifier: Apache-2.0
"""What every ledger promises, step by step."""

import pytest

from seeother.ledger import Ledger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Mismatch, Running, Unknown
from tests.clock import FakeClock

KEY = LedgerKey("POST /orders|alice", "8e03978e")
SEE_OTHER = Response(303, ((b"location", b"/orders/7"),), b"")


def granted(ledger: Ledger, key: LedgerKey = KEY, lease: float = 30.0) -> Granted:
    """The claim of a key that must be free."""
    verdict = ledger.claim(key, b"print", lease)
    assert isinstance(verdict, Granted)
    return verdict


def counted(ledger: Ledger, answers: int) -> int:
    """What a purge says of so many answers; Redis forgets them by itself."""
    return 0 if type(ledger).__name__ == "RedisLedger" else answers


def test_a_free_key_is_granted_once(ledger: Ledger) -> None:
    """The first claim gets the key, the second hears that it is under way."""
    first = ledger.claim(KEY, b"print", 30.0)
    second = ledger.claim(KEY, b"print", 30.0)

    assert isinstance(first, Granted)
    assert first.key == KEY
    assert isinstance(second, Running)


def test_scope_and_key_are_apart(ledger: Ledger) -> None:
    """Keys are equal only if both parts are: nothing is glued together."""
    keys = [
        LedgerKey("a", "bc"),
        LedgerKey("ab", "c"),
        LedgerKey("", "abc"),
        LedgerKey("a", "BC"),
        LedgerKey("ä", "bc"),
    ]

    tokens = [granted(ledger, key).token for key in keys]

    assert len(set(tokens)) == len(keys)


def test_retry_after_follows_the_time_it_takes(ledger: Ledger, clock: FakeClock) -> None:
    """At least a second, then as long again as it has taken, never past the lease."""
    granted(ledger, lease=30.0)

    waits: list[float] = []
    for _ in range(4):
        verdict = ledger.claim(KEY, b"print", 30.0)
        assert isinstance(verdict, Running)
        waits.append(verdict.retry_after)
        clock.advance(8.0)

    assert waits == pytest.approx([1.0, 8.0, 14.0, 6.0])


@pytest.mark.parametrize("state", ["running", "expired", "abandoned", "finished"])
def test_another_request_under_the_key_is_a_mismatch(ledger: Ledger, clock: FakeClock, state: str) -> None:
    """Whatever became of the first request, its key is not for another one."""
    claim = granted(ledger, lease=30.0)
    if state == "expired":
        clock.advance(31.0)
    elif state == "abandoned":
        ledger.abandon(claim)
    elif state == "finished":
        ledger.settle(claim, SEE_OTHER, 60.0)

    assert ledger.claim(KEY, b"other", 30.0) == Mismatch()
    assert ledger.claim(KEY, b"other", 30.0, rerun=True) == Mismatch()


def test_a_lease_that_runs_out_leaves_an_unknown_outcome(ledger: Ledger, clock: FakeClock) -> None:
    """There is no silent second run: not at the end of the lease, and not shortly before the retention ends."""
    granted(ledger, lease=30.0)

    clock.advance(30.0)
    at_the_end = ledger.claim(KEY, b"print", 30.0)
    clock.advance(999.0)
    long_after = ledger.claim(KEY, b"print", 30.0)

    assert at_the_end == Unknown()
    assert long_after == Unknown()


def test_an_unknown_outcome_ends_with_its_retention(ledger: Ledger, clock: FakeClock) -> None:
    """An unknown outcome blocks its key for a stated time, then the key is free."""
    first = granted(ledger, lease=30.0)

    clock.advance(1030.0)
    second = granted(ledger)

    assert second.token > first.token
    assert not ledger.settle(first, SEE_OTHER, 60.0)


@pytest.mark.parametrize(
    "answer",
    [
        SEE_OTHER,
        Response(204, (), b""),
        Response(
            201,
            (
                (b"set-cookie", b"a=1; Path=/"),
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"set-cookie", b"b=2"),
                (b"set-cookie", b"a=1; Path=/"),
                (b"x-latin", b"caf\xe9 \xff\x80"),
                (b"x-quote", b"\"\\ '\t"),
                (b"x-empty", b""),
            ),
            bytes(range(256)) * 5,
        ),
        Response(422, ((b"content-type", b"application/json"),), b'{"a": "\xc3\xa4"}'),
    ],
    ids=["303", "204", "cookies and bytes", "422"],
)
def test_an_answer_is_replayed_byte_for_byte(ledger: Ledger, answer: Response) -> None:
    """Status, fields with order and duplicates, and content come back as they were."""
    assert ledger.settle(granted(ledger), answer, 60.0)

    assert ledger.claim(KEY, b"print", 30.0) == Finished(answer)
    assert ledger.claim(KEY, b"print", 30.0, rerun=True) == Finished(answer)


def test_a_finished_key_is_free_when_its_time_is_up(ledger: Ledger, clock: FakeClock) -> None:
    """The answer is kept for as long as was asked, no longer."""
    first = granted(ledger)
    ledger.settle(first, SEE_OTHER, 60.0)

    clock.advance(59.5)
    kept = ledger.claim(KEY, b"print", 30.0)
    clock.advance(0.5)
    second = granted(ledger)

    assert kept == Finished(SEE_OTHER)
    assert second.token > first.token


def test_a_late_owner_may_settle(ledger: Ledger, clock: FakeClock) -> None:
    """Its lease is over but nobody else has begun: the outcome becomes known."""
    claim = granted(ledger, lease=30.0)
    clock.advance(300.0)
    before = ledger.claim(KEY, b"print", 30.0)

    settled = ledger.settle(claim, SEE_OTHER, 60.0)

    assert before == Unknown()
    assert settled
    assert ledger.claim(KEY, b"print", 30.0) == Finished(SEE_OTHER)


def test_a_stale_owner_moves_nothing(ledger: Ledger, clock: FakeClock) -> None:
    """Its token is fenced off: it can neither settle nor release nor abandon what another has begun."""
    stale = granted(ledger, lease=30.0)
    clock.advance(31.0)
    fresh = ledger.claim(KEY, b"print", 30.0, rerun=True)
    assert isinstance(fresh, Granted)

    moved = [ledger.settle(stale, SEE_OTHER, 60.0), ledger.release(stale), ledger.abandon(stale)]

    assert moved == [False, False, False]
    assert isinstance(ledger.claim(KEY, b"print", 30.0), Running)
    assert ledger.settle(fresh, SEE_OTHER, 60.0)


def test_a_token_is_good_for_its_own_key_only(ledger: Ledger) -> None:
    """A claim that names another's key moves neither."""
    mine = granted(ledger)
    forged = Granted(LedgerKey(KEY.scope, "another"), mine.token)

    assert not ledger.settle(forged, SEE_OTHER, 60.0)
    assert not ledger.release(forged)
    assert not ledger.abandon(forged)
    assert isinstance(ledger.claim(KEY, b"print", 30.0), Running)


def test_a_released_key_is_free(ledger: Ledger) -> None:
    """Nothing happened, so the next may begin; the released claim is over."""
    first = granted(ledger)

    released = ledger.release(first)
    second = granted(ledger)

    assert released
    assert second.token > first.token
    assert not ledger.release(first)
    assert not ledger.settle(first, SEE_OTHER, 60.0)


def test_a_late_owner_may_release(ledger: Ledger, clock: FakeClock) -> None:
    """Who knows that nothing happened may say so after the lease too."""
    claim = granted(ledger, lease=30.0)
    clock.advance(31.0)

    assert ledger.release(claim)
    assert granted(ledger).token > claim.token


def test_an_abandoned_key_stays_unknown(ledger: Ledger, clock: FakeClock) -> None:
    """From now on until the retention ends, counted from now."""
    claim = granted(ledger, lease=30.0)
    clock.advance(10.0)

    abandoned = ledger.abandon(claim)
    at_once = ledger.claim(KEY, b"print", 30.0)
    clock.advance(999.0)
    later = ledger.claim(KEY, b"print", 30.0)
    clock.advance(1.0)

    assert abandoned
    assert at_once == Unknown()
    assert later == Unknown()
    granted(ledger)


def test_an_abandoned_claim_can_be_settled_but_not_released(ledger: Ledger) -> None:
    """The owner may learn how it ended; it can no longer say that nothing happened."""
    claim = granted(ledger)
    ledger.abandon(claim)

    released = ledger.release(claim)
    abandoned = ledger.abandon(claim)
    still = ledger.claim(KEY, b"print", 30.0)
    settled = ledger.settle(claim, SEE_OTHER, 60.0)

    assert not released
    assert not abandoned
    assert still == Unknown()
    assert settled
    assert ledger.claim(KEY, b"print", 30.0) == Finished(SEE_OTHER)


def test_the_first_answer_stays(ledger: Ledger) -> None:
    """A finished claim is finished: no second answer, no release, no doubt."""
    claim = granted(ledger)
    ledger.settle(claim, SEE_OTHER, 60.0)

    moved = [ledger.settle(claim, Response(500), 60.0), ledger.release(claim), ledger.abandon(claim)]

    assert moved == [False, False, False]
    assert ledger.claim(KEY, b"print", 30.0) == Finished(SEE_OTHER)


@pytest.mark.parametrize("abandoned", [False, True])
def test_an_unknown_key_is_granted_anew_on_request(ledger: Ledger, clock: FakeClock, *, abandoned: bool) -> None:
    """A claim that may run twice takes an unknown key, but never a running one."""
    first = granted(ledger, lease=30.0)
    while_running = ledger.claim(KEY, b"print", 30.0, rerun=True)
    if abandoned:
        ledger.abandon(first)
    else:
        clock.advance(30.0)

    second = ledger.claim(KEY, b"print", 30.0, rerun=True)

    assert isinstance(while_running, Running)
    assert isinstance(second, Granted)
    assert second.token > first.token
    assert not ledger.settle(first, SEE_OTHER, 60.0)


def test_a_purge_forgets_what_has_had_its_time(ledger: Ledger, clock: FakeClock) -> None:
    """Only that, and it says how many keys that were."""
    short, long = LedgerKey("s", "short"), LedgerKey("s", "long")
    ledger.settle(granted(ledger, short), SEE_OTHER, 10.0)
    ledger.settle(granted(ledger, long), SEE_OTHER, 100.0)
    granted(ledger, LedgerKey("s", "running"), lease=30.0)
    clock.advance(10.0)

    counts = [ledger.purge(), ledger.purge()]

    assert counts == [counted(ledger, 1), 0]
    assert ledger.claim(long, b"print", 30.0) == Finished(SEE_OTHER)
    assert isinstance(ledger.claim(LedgerKey("s", "running"), b"print", 30.0), Running)
    granted(ledger, short)


def test_a_purge_in_the_second_of_an_expiry_loses_nothing(ledger: Ledger, clock: FakeClock) -> None:
    """Keys that expire a moment after a purge are found by the next one."""
    clock.advance(0.25)
    first, second = LedgerKey("s", "first"), LedgerKey("s", "second")
    ledger.settle(granted(ledger, first), SEE_OTHER, 0.25)
    early = ledger.purge()
    ledger.settle(granted(ledger, second), SEE_OTHER, 0.25)
    clock.advance(0.25)

    assert early == 0
    assert ledger.purge() == counted(ledger, 2)
