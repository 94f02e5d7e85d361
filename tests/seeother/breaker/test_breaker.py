# SPDX-License-Identifier: Apache-2.0
"""Every transition of the table, the permits, and what a refusal says."""

import gc

import pytest

from seeother.breaker import TRANSITIONS, Breaker, BreakerPolicy, Event, Outcome, Reason, Rejected, State, StateChanged
from tests.clock import FakeClock
from tests.seeother.breaker.calls import call, make, permit, refused, stands, trip

FAILURES = [each for each in Outcome if each.is_failure]


def bring(breaker: Breaker, clock: FakeClock, state: State) -> None:
    """Bring a new breaker into a state."""
    if state is State.FORCED_OPEN:
        breaker.force_open(clock.monotonic())
    elif state is State.DISABLED:
        breaker.disable(clock.monotonic())
    elif state is not State.CLOSED:
        trip(breaker, clock)
    if state is State.HALF_OPEN:
        clock.advance(breaker.policy.open_seconds)
        permit(breaker, clock).cancel(clock.monotonic())
    assert stands(breaker) is state


def cause(breaker: Breaker, clock: FakeClock, event: Event) -> None:
    """Make an event happen, as far as a breaker's user can."""
    match event:
        case Event.TRIP:
            trip(breaker, clock)
        case Event.WAIT_OVER:
            clock.advance(breaker.policy.open_seconds)
            permit(breaker, clock)
        case Event.PROBES_PASSED:
            call(breaker, clock)
        case Event.PROBES_FAILED:
            call(breaker, clock, Outcome.TIMEOUT)
        case Event.FORCE_OPEN:
            breaker.force_open(clock.monotonic())
        case Event.DISABLE:
            breaker.disable(clock.monotonic())
        case Event.RESET:
            breaker.reset(clock.monotonic())


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row.before}-{row.event}")
def test_every_transition_of_the_table_happens(row: tuple[State, Event, State, str], clock: FakeClock) -> None:
    """The state before, the event, the state after; told as news, with a generation of its own."""
    before, event, state, _ = row
    breaker = make(clock)
    bring(breaker, clock, before)
    generation = breaker.read(clock.monotonic()).generation
    news: list[object] = []
    breaker.listeners.listen(news.append)

    cause(breaker, clock, event)

    assert stands(breaker) is state
    changed = [each for each in news if isinstance(each, StateChanged)]
    assert [(each.event, each.before, each.after) for each in changed] == [(event, before, state)]
    assert changed[0].generation > generation


def test_the_article_s_breaker(clock: FakeClock) -> None:
    """Nineteen failures are too few; the twentieth call opens it for thirty seconds; one probe closes it."""
    breaker = make(clock)
    for _ in range(19):
        call(breaker, clock, Outcome.FAILURE)
    assert stands(breaker) is State.CLOSED

    call(breaker, clock, Outcome.FAILURE)
    assert refused(breaker, clock) == Rejected("inventory", Reason.OPEN, 30.0)
    clock.advance(29.5)
    assert refused(breaker, clock).retry_after == pytest.approx(0.5)
    clock.advance(0.5)
    probe = permit(breaker, clock)
    assert refused(breaker, clock).reason is Reason.PROBING
    probe.done(Outcome.SUCCESS, clock.monotonic())

    assert stands(breaker) is State.CLOSED
    assert breaker.read(clock.monotonic()).failures == 0


@pytest.mark.parametrize("outcome", FAILURES)
def test_every_failure_counts(outcome: Outcome, clock: FakeClock) -> None:
    """Half of the calls is enough, whatever the other half says."""
    breaker = make(clock)
    for _ in range(10):
        call(breaker, clock)
    for _ in range(9):
        call(breaker, clock, outcome)
    assert stands(breaker) is State.CLOSED

    call(breaker, clock, outcome)
    assert stands(breaker) is State.OPEN


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.BACK_PRESSURE])
def test_what_is_no_verdict_counts_for_nothing(outcome: Outcome, clock: FakeClock) -> None:
    """Neither as a call nor as a failure."""
    breaker = make(clock)
    for _ in range(100):
        call(breaker, clock, outcome)

    assert breaker.read(clock.monotonic())[:5] == (State.CLOSED, 1, 0, 0, 0)


def test_the_minimum_is_reached_by_a_success(clock: FakeClock) -> None:
    """The call that makes up the number decides, although it is a good one."""
    breaker = make(clock)
    for _ in range(12):
        call(breaker, clock, Outcome.FAILURE)
    for _ in range(7):
        call(breaker, clock)
    assert stands(breaker) is State.CLOSED

    call(breaker, clock)
    assert stands(breaker) is State.OPEN


def test_slow_calls_open_it_too(clock: FakeClock) -> None:
    """They succeed, and are too late."""
    breaker = make(clock, BreakerPolicy(slow_rate=0.5, window_calls=20))
    for _ in range(10):
        call(breaker, clock)
    for _ in range(10):
        call(breaker, clock, seconds=0.4)

    assert stands(breaker) is State.OPEN


def test_failures_of_long_ago_do_not_open_it(clock: FakeClock) -> None:
    """Ten seconds on, they are out of the window."""
    breaker = make(clock)
    for _ in range(19):
        call(breaker, clock, Outcome.FAILURE)
    clock.advance(10.0)
    call(breaker, clock, Outcome.FAILURE)

    assert stands(breaker) is State.CLOSED


def test_late_outcomes_of_an_earlier_generation_count_for_nothing(clock: FakeClock) -> None:
    """A late success does not close it, late failures do not open it again, and all give their places back."""
    breaker = make(clock)
    late = [permit(breaker, clock) for _ in range(40)]
    trip(breaker, clock)
    late[0].done(Outcome.SUCCESS, clock.monotonic())
    assert stands(breaker) is State.OPEN

    clock.advance(30.0)
    probe = permit(breaker, clock)
    late[1].done(Outcome.FAILURE, clock.monotonic())
    late[2].done(Outcome.SUCCESS, clock.monotonic())
    assert stands(breaker) is State.HALF_OPEN

    probe.done(Outcome.SUCCESS, clock.monotonic())
    for leave in late[3:]:
        leave.done(Outcome.FAILURE, clock.monotonic())
    assert breaker.read(clock.monotonic())[2:] == (0, 0, 0, 0, 0)
    assert stands(breaker) is State.CLOSED


def test_a_probe_of_an_earlier_half_open_counts_for_nothing(clock: FakeClock) -> None:
    """Two probes are out, one failure reopens it, and the other's success comes in the next half-open."""
    breaker = make(clock, BreakerPolicy(probes=2))
    trip(breaker, clock)
    clock.advance(30.0)
    late, failing = permit(breaker, clock), permit(breaker, clock)
    failing.done(Outcome.TIMEOUT, clock.monotonic())
    clock.advance(30.0)
    probes = [permit(breaker, clock), permit(breaker, clock)]

    late.done(Outcome.SUCCESS, clock.monotonic())
    probes[0].done(Outcome.SUCCESS, clock.monotonic())
    assert stands(breaker) is State.HALF_OPEN
    probes[1].done(Outcome.SUCCESS, clock.monotonic())
    assert stands(breaker) is State.CLOSED


def test_probes_are_judged_by_rate(clock: FakeClock) -> None:
    """Of ten probes four may fail; the fifth decides before the others are back."""
    breaker = make(clock, BreakerPolicy(probes=10))
    for failing, state in ((4, State.CLOSED), (5, State.OPEN)):
        trip(breaker, clock)
        clock.advance(30.0)
        probes = [permit(breaker, clock) for _ in range(10)]
        assert refused(breaker, clock).reason is Reason.PROBING
        for number, probe in enumerate(probes):
            probe.done(Outcome.FAILURE if number < failing else Outcome.SUCCESS, clock.monotonic())
        assert stands(breaker) is state


def test_a_probe_that_has_come_back_has_used_its_permit(clock: FakeClock) -> None:
    """One of three is back: two more may go, not three."""
    breaker = make(clock, BreakerPolicy(probes=3))
    trip(breaker, clock)
    clock.advance(30.0)
    call(breaker, clock)
    probes = [permit(breaker, clock) for _ in range(2)]

    assert refused(breaker, clock).reason is Reason.PROBING
    for probe in probes:
        probe.done(Outcome.SUCCESS, clock.monotonic())
    assert stands(breaker) is State.CLOSED


def test_a_slow_probe_does_not_close_it(clock: FakeClock) -> None:
    """It came back, and too late."""
    breaker = make(clock)
    trip(breaker, clock)
    clock.advance(30.0)
    call(breaker, clock, seconds=0.5)

    assert stands(breaker) is State.OPEN


def test_a_cancelled_probe_gives_its_permit_back_at_once(clock: FakeClock) -> None:
    """Who asked went away; the next call is the probe."""
    breaker = make(clock)
    bring(breaker, clock, State.HALF_OPEN)
    permit(breaker, clock).cancel(clock.monotonic())
    call(breaker, clock)

    assert stands(breaker) is State.CLOSED


def test_a_stuck_probe_gives_its_permit_back_after_its_bound(clock: FakeClock) -> None:
    """Nothing is heard of it for ten seconds; what it says afterwards does not count."""
    breaker = make(clock)
    bring(breaker, clock, State.HALF_OPEN)
    stuck = permit(breaker, clock)
    clock.advance(9.9)
    assert refused(breaker, clock).reason is Reason.PROBING
    clock.advance(0.1)

    probe = permit(breaker, clock)
    assert refused(breaker, clock).reason is Reason.PROBING
    stuck.done(Outcome.FAILURE, clock.monotonic())
    assert stands(breaker) is State.HALF_OPEN
    probe.done(Outcome.SUCCESS, clock.monotonic())
    assert stands(breaker) is State.CLOSED
    assert breaker.read(clock.monotonic()).running == 0


def test_a_forgotten_permit_gives_itself_back(clock: FakeClock) -> None:
    """A content that nobody reads to its end must not take a place for ever."""
    breaker = make(clock)
    permit(breaker, clock)
    gc.collect()

    assert breaker.read(clock.monotonic()).running == 0


def test_a_permit_is_heard_once(clock: FakeClock) -> None:
    """What is said again would give a place back that is somebody else's."""
    breaker = make(clock)
    other, leave = permit(breaker, clock), permit(breaker, clock)
    leave.done(Outcome.SUCCESS, clock.monotonic())
    leave.done(Outcome.FAILURE, clock.monotonic())
    leave.cancel(clock.monotonic())

    assert breaker.read(clock.monotonic())[2:] == (1, 0, 0, 1, 0)
    other.cancel(clock.monotonic())


def test_it_stays_open_as_long_as_it_was_asked_to(clock: FakeClock) -> None:
    """Retry-After of the failures counts, up to a bound, and less than the open time does not shorten it."""
    for asked, seconds in ((120.0, 120.0), (5.0, 30.0), (1e9, 300.0)):
        breaker = make(clock)
        trip(breaker, clock, retry_after=asked)
        assert refused(breaker, clock).retry_after == pytest.approx(seconds)


def test_it_stays_open_longer_each_time(clock: FakeClock) -> None:
    """Doubled up to the most, and anew once it has closed."""
    breaker = make(clock, BreakerPolicy(open_growth=2.0, open_most_seconds=100.0))
    trip(breaker, clock)
    for seconds in (30.0, 60.0, 100.0, 100.0):
        assert refused(breaker, clock).retry_after == pytest.approx(seconds)
        clock.advance(seconds)
        call(breaker, clock, Outcome.UNREACHABLE)
    clock.advance(100.0)
    call(breaker, clock)
    trip(breaker, clock)

    assert refused(breaker, clock).retry_after == pytest.approx(30.0)


def test_back_pressure_holds_calls_back_and_is_no_failure(clock: FakeClock) -> None:
    """After a 429 with Retry-After the breaker stays closed and waits, at most so long."""
    breaker = make(clock)
    call(breaker, clock, Outcome.BACK_PRESSURE, retry_after=5.0)
    assert stands(breaker) is State.CLOSED
    assert refused(breaker, clock) == Rejected("inventory", Reason.BACK_PRESSURE, 5.0)
    clock.advance(5.0)
    call(breaker, clock, Outcome.BACK_PRESSURE, retry_after=3600.0)
    assert refused(breaker, clock).retry_after == pytest.approx(30.0)
    clock.advance(30.0)
    call(breaker, clock)

    leaves = [permit(breaker, clock) for _ in range(2)]
    for leave, asked in zip(leaves, (9.0, 2.0), strict=True):
        leave.done(Outcome.BACK_PRESSURE, clock.monotonic(), retry_after=asked)
    assert refused(breaker, clock).retry_after == 9.0

    unheld = make(clock, BreakerPolicy(back_pressure_most_seconds=0.0))
    call(unheld, clock, Outcome.BACK_PRESSURE, retry_after=5.0)
    call(unheld, clock)


def test_a_probe_that_meets_back_pressure_is_no_verdict(clock: FakeClock) -> None:
    """It waits as asked, and then another one goes."""
    breaker = make(clock)
    bring(breaker, clock, State.HALF_OPEN)
    call(breaker, clock, Outcome.BACK_PRESSURE, retry_after=5.0)
    assert refused(breaker, clock) == Rejected("inventory", Reason.BACK_PRESSURE, 5.0)
    clock.advance(5.0)
    call(breaker, clock)

    assert stands(breaker) is State.CLOSED


def test_a_disabled_breaker_counts_nothing(clock: FakeClock) -> None:
    """It neither opens nor holds back, and begins with an empty window once it is reset."""
    breaker = make(clock)
    breaker.disable(clock.monotonic())
    for _ in range(50):
        call(breaker, clock, Outcome.FAILURE)
        call(breaker, clock)
    call(breaker, clock, Outcome.BACK_PRESSURE, retry_after=10.0)
    call(breaker, clock)
    assert stands(breaker) is State.DISABLED

    breaker.reset(clock.monotonic())
    assert breaker.read(clock.monotonic())[2:] == (0, 0, 0, 0, 0)


def test_a_reset_forgets_what_was_asked_for(clock: FakeClock) -> None:
    """Neither a 429 nor the openings before are remembered."""
    breaker = make(clock, BreakerPolicy(open_growth=2.0))
    trip(breaker, clock)
    breaker.reset(clock.monotonic())
    call(breaker, clock, Outcome.BACK_PRESSURE, retry_after=10.0)
    breaker.reset(clock.monotonic())
    trip(breaker, clock)

    assert refused(breaker, clock).retry_after == pytest.approx(30.0)
