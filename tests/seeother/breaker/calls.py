# SPDX-License-Identifier: Apache-2.0
"""Calls through a breaker, as a driver makes them."""

from seeother.breaker import Breaker, BreakerPolicy, Outcome, Permit, Rejected, State
from tests.clock import FakeClock


def make(clock: FakeClock, policy: BreakerPolicy | None = None) -> Breaker:
    """A breaker that begins now."""
    return Breaker("inventory", policy, now=clock.monotonic())


def permit(breaker: Breaker, clock: FakeClock) -> Permit:
    """A permit, where there must be one."""
    answer = breaker.enter(clock.monotonic())
    assert isinstance(answer, Permit)
    return answer


def call(
    breaker: Breaker,
    clock: FakeClock,
    outcome: Outcome = Outcome.SUCCESS,
    *,
    seconds: float = 0.0,
    retry_after: float | None = None,
) -> None:
    """One call that is let through and takes so long."""
    leave = permit(breaker, clock)
    clock.advance(seconds)
    leave.done(outcome, clock.monotonic(), retry_after=retry_after)


def refused(breaker: Breaker, clock: FakeClock) -> Rejected:
    """What a call is told that must be refused."""
    answer = breaker.enter(clock.monotonic())
    assert isinstance(answer, Rejected)
    return answer


def stands(breaker: Breaker) -> State:
    """Its state; a type checker takes what was asserted of an attribute to stay so."""
    return breaker.state


def trip(breaker: Breaker, clock: FakeClock, *, retry_after: float | None = None) -> None:
    """Open it by failures alone."""
    while stands(breaker) is State.CLOSED:
        call(breaker, clock, Outcome.FAILURE, retry_after=retry_after)
    assert stands(breaker) is State.OPEN
