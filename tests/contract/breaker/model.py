# SPDX-License-Identifier: Apache-2.0
"""A breaker as one would write it without a thought for its cost: lists of everything, looked through each time."""

from dataclasses import dataclass, field

from seeother.breaker import BreakerPolicy, Outcome, Reason, State


@dataclass
class Call:
    """One call that was let through."""

    generation: int
    began: float
    is_probe: bool


@dataclass
class Model:
    """The reference: a window by count, or one that forgets nothing."""

    policy: BreakerPolicy
    now: float
    state: State = State.CLOSED
    generation: int = 0
    inside: list[Call] = field(default_factory=list[Call])
    probes: list[Call] = field(default_factory=list[Call])
    ended: list[tuple[bool, bool]] = field(default_factory=list[tuple[bool, bool]])  # of this generation: failed, slow
    asked: list[float] = field(default_factory=list[float])
    openings: int = 0
    open_until: float = 0.0
    held_until: float = 0.0

    def begin(self, state: State) -> None:
        """A new generation."""
        if state is State.OPEN:
            self.openings += 1
            grown = self.policy.open_seconds * self.policy.open_growth ** (self.openings - 1)
            wanted = max([grown, *[each - self.now for each in self.asked]])
            self.open_until = self.now + min(wanted, self.policy.open_most_seconds)
        if state is State.CLOSED:
            self.openings = 0
        self.state = state
        self.generation += 1
        self.probes, self.ended, self.asked = [], [], []

    def enter(self) -> Call | Reason:
        """A call, or why not."""
        if self.state is State.FORCED_OPEN or (self.state is State.OPEN and self.now < self.open_until):
            return Reason.OPEN
        if self.state is State.OPEN:
            self.begin(State.HALF_OPEN)
        if self.state is not State.DISABLED and self.now < self.held_until:
            return Reason.BACK_PRESSURE
        if self.state is State.HALF_OPEN and len(self.probes) + len(self.ended) >= self.policy.probes:
            self.probes = [each for each in self.probes if self.now - each.began < self.policy.probe_seconds]
            if len(self.probes) + len(self.ended) >= self.policy.probes:
                return Reason.PROBING
        if len(self.inside) >= self.policy.concurrent:
            return Reason.FULL
        call = Call(self.generation, self.now, self.state is State.HALF_OPEN)
        self.inside.append(call)
        if call.is_probe:
            self.probes.append(call)
        return call

    def finish(self, call: Call, outcome: Outcome, retry_after: float | None) -> None:
        """The end of a call."""
        self.inside = [each for each in self.inside if each is not call]
        counts = call.generation == self.generation and (not call.is_probe or any(call is each for each in self.probes))
        self.probes = [each for each in self.probes if each is not call]
        if not counts or outcome is Outcome.CANCELLED:
            return
        if outcome is Outcome.BACK_PRESSURE:
            if self.state is not State.DISABLED:
                wait = min(retry_after or 0.0, self.policy.back_pressure_most_seconds)
                self.held_until = max(self.held_until, self.now + wait)
            return
        failed = outcome in {Outcome.FAILURE, Outcome.TIMEOUT, Outcome.CUT, Outcome.UNREACHABLE}
        if failed and retry_after is not None:
            self.asked.append(self.now + retry_after)
        self.ended.append((failed, self.now - call.began >= self.policy.slow_seconds))
        self.judge()

    def judge(self) -> None:
        """Whether what has ended changes the state."""
        size = self.policy.probes if self.state is State.HALF_OPEN else self.policy.window_calls or len(self.ended)
        last = self.ended[-size:]
        failures, slow = sum(each[0] for each in last), sum(each[1] for each in last)
        total = self.policy.probes if self.state is State.HALF_OPEN else len(last)
        too_much = failures >= self.policy.failure_rate * total or slow >= self.policy.slow_rate * total
        if self.state is State.HALF_OPEN:
            if too_much:
                self.begin(State.OPEN)
            elif len(last) >= total:
                self.begin(State.CLOSED)
        elif self.state is State.CLOSED and too_much and len(last) >= self.policy.minimum_calls:
            self.begin(State.OPEN)
