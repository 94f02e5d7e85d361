# SPDX-License-Identifier: Apache-2.0
"""Whatever happens in whatever order, a breaker does what the plain model does, with either window."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from seeother.breaker import Breaker, BreakerPolicy, Outcome, Permit, Rejected, State
from tests.contract.breaker.model import Call, Model

OUTCOMES = st.sampled_from([Outcome.SUCCESS, Outcome.SUCCESS, *Outcome])
POLICIES = st.builds(
    BreakerPolicy,
    concurrent=st.integers(1, 6),
    minimum_calls=st.integers(1, 5),
    failure_rate=st.sampled_from([0.25, 0.5, 1.0]),
    slow_rate=st.sampled_from([0.5, 1.0]),
    slow_seconds=st.just(1.0),
    open_seconds=st.just(2.0),
    open_growth=st.sampled_from([1.0, 2.0]),
    open_most_seconds=st.just(20.0),
    probes=st.integers(1, 4),
    probe_seconds=st.just(3.0),
    back_pressure_most_seconds=st.just(5.0),
)


class Breakers(RuleBasedStateMachine):
    """One of ours and the model, told the same; times are whole quarters, so that both add them up exactly."""

    window_calls: int | None

    @initialize(policy=POLICIES, window=st.integers(0, 4))
    def begin(self, policy: BreakerPolicy, window: int) -> None:
        """Both begin."""
        self.now = 1000.0
        window_calls = None if self.window_calls is None else policy.minimum_calls + window
        policy = replace(policy, window_calls=window_calls, window_seconds=1e9)
        self.ours = Breaker("inventory", policy, now=self.now)
        self.model = Model(policy, self.now, held_until=self.now)
        self.out: list[tuple[Permit, Call]] = []

    @rule(quarters=st.integers(1, 20))
    def pass_time(self, quarters: int) -> None:
        """Let time pass."""
        self.now += quarters / 4
        self.model.now = self.now

    @rule(times=st.integers(1, 4))
    def call_at_once(self, times: int) -> None:
        """Several calls go out together."""
        for _ in range(times):
            self.call()

    def call(self) -> None:
        """Both let a call through, or refuse it for the same reason."""
        answer, wanted = self.ours.enter(self.now), self.model.enter()
        if isinstance(answer, Rejected):
            assert answer.reason is wanted
            assert answer.retry_after > 0
        else:
            assert isinstance(wanted, Call), f"should be refused: {wanted}"
            self.out.append((answer, wanted))

    @rule(outcome=OUTCOMES, times=st.integers(1, 5))
    def call_and_finish(self, outcome: Outcome, times: int) -> None:
        """Several quick calls, one after the other."""
        for _ in range(times):
            before = len(self.out)
            self.call()
            if len(self.out) > before:
                self.finish(-1, outcome, None)

    @precondition(lambda self: bool(getattr(self, "out", None)))
    @rule(which=st.integers(0, 30), outcome=OUTCOMES, retry_after=st.none() | st.sampled_from([0.0, 2.0, 7.0, 100.0]))
    def finish(self, which: int, outcome: Outcome, retry_after: float | None) -> None:
        """A call that is out ends somehow, maybe long after the generation in which it began."""
        permit, call = self.out.pop(which % len(self.out))
        permit.done(outcome, self.now, retry_after=retry_after)
        self.model.finish(call, outcome, retry_after)

    @rule(order=st.sampled_from([State.FORCED_OPEN, State.DISABLED, State.CLOSED]))
    def operate(self, order: State) -> None:
        """An operator steps in; to order what is already so changes nothing, save a reset."""
        if order is State.FORCED_OPEN:
            self.ours.force_open(self.now)
        elif order is State.DISABLED:
            self.ours.disable(self.now)
        else:
            self.ours.reset(self.now)
            self.model.held_until = self.now
        if order is State.CLOSED or self.model.state is not order:
            self.model.begin(order)

    @invariant()
    def both_stand_alike(self) -> None:
        """State and numbers are the same."""
        if not hasattr(self, "ours"):
            return
        reading = self.ours.read(self.now)
        assert reading.state is self.model.state
        assert reading.running == len(self.model.inside)
        if reading.state is State.CLOSED:
            last = self.model.ended[-(self.model.policy.window_calls or 10**9) :]
            assert reading.calls == len(last)
            assert reading.failures == sum(failed for failed, _ in last)
            assert reading.slow == sum(slow for _, slow in last)


@pytest.mark.parametrize("window", [7, None], ids=["count", "time"])
def test_a_breaker_does_what_the_model_does(window: int | None) -> None:
    """Stateful, with many calls out at once."""

    class Machine(Breakers):
        window_calls = window

    run_state_machine_as_test(Machine, settings=settings(max_examples=150, stateful_step_count=60))
